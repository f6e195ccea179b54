import NIOCore
import StrictJSON
import Testing

@testable import GatewayAPI

struct RequestContentTests {
    private static let form = "application/x-www-form-urlencoded"

    private func read(_ body: String, _ type: String? = "application/json") throws(APIError) -> RequestContent {
        try RequestContent.reading(ByteBuffer(string: body), contentType: type)
    }

    @Test("JSON is read whatever the case and parameters of its type")
    func json() throws {
        for type in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            #expect(try read("{}", type) == .json(.object(JSONObject())))
        }
    }

    @Test("Other types, and no type, leave the body empty", arguments: [nil, "text/plain", "application/xml", ""])
    func otherTypes(type: String?) throws {
        #expect(try read(#"{"chatId":"1@c.us"}"#, type) == .empty)
    }

    @Test("No body is an empty body, and a blank one is malformed JSON")
    func empty() throws {
        #expect(try read("") == .empty)
        #expect(throws: APIError.malformedBody("Unexpected end of JSON input")) { try read("  ") }
    }

    @Test("A bare value is no body", arguments: ["1", "\"x\"", "null", "true"])
    func bareValues(body: String) {
        #expect(throws: APIError.malformedBody("JSON body must be an object")) { try read(body) }
    }

    @Test("Another character set is refused")
    func charset() {
        #expect(throws: APIError.unsupportedEncoding("unsupported charset \"iso-8859-1\"")) {
            try read("{}", "application/json; charset=ISO-8859-1")
        }
    }

    @Test("A list as body is an object with indices")
    func list() throws {
        #expect(
            throws: APIError.invalidBody([
                "property 0 should not exist", "property 1 should not exist", "chatId should not be empty",
                "chatId must be a string", "text must be shorter than or equal to 4096 characters",
                "text should not be empty", "text must be a string",
            ])
        ) { try read("[1,2]").values(for: SendTextBody.fields) }
    }

    private static let fields: FieldSet = [
        .optional("text", .string), .optional("count", .integer), .optional("flag", .boolean),
        .optional("list", .array, .each(.string)), .optional("numbers", .array, .each(.number)),
    ]

    @Test("A form's texts become what their fields declare")
    func formConversion() throws {
        let content = try read("text=12&count=12&flag=true&list=one&numbers=1&numbers=2.5", Self.form)
        let values = try content.values(for: Self.fields)
        #expect(values.string("text") == "12")
        #expect(values.integer("count") == 12)
        #expect(values.boolean("flag"))
        #expect(values.optionalStrings("list") == ["one"])
        #expect(values.has("numbers"))
    }

    @Test("A form's text that cannot be converted is judged as text")
    func formMistakes() throws {
        #expect(
            throws: APIError.invalidBody([
                "property extra should not exist", "text must be a string", "count must be an integer number",
                "flag must be a boolean value",
            ])
        ) { try read("text=a&text=b&count=x&flag=yes&extra=1", Self.form).values(for: Self.fields) }
    }

    @Test("A form is decoded, plus signs and all")
    func formDecoding() throws {
        let content = try read("text=a+b%20c%2B%C3%A9&list[]=x&list[]=y%26z", Self.form)
        let values = try content.values(for: Self.fields)
        #expect(values.string("text") == "a b c+é")
        #expect(values.optionalStrings("list") == ["x", "y&z"])
    }

    @Test(
        "Broken escapes, bytes that are not UTF-8 and NUL are refused",
        arguments: ["a=%", "a=%4", "a=%zz", "a=%FF", "a=%00", "%00=a"])
    func brokenForms(body: String) {
        #expect(throws: APIError.malformedBody("Form fields must be percent-encoded UTF-8 without NUL characters")) {
            try read(body, Self.form)
        }
    }
}
