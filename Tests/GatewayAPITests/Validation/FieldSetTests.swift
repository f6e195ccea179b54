import StrictJSON
import Testing

@testable import GatewayAPI

/// The texts and their order are OpenWA's; clients match on them (contract 2.1, 2.2).
struct FieldSetTests {
    private func problems(_ fields: FieldSet, _ json: String) throws -> [String] {
        guard case .object(let object) = try JSONReader.read(Array(json.utf8)) else {
            Issue.record("the body must be an object")
            return []
        }
        return fields.problems(in: object)
    }

    private func problems(of rule: Rule..., value: String) throws -> [String] {
        try problems(FieldSet([Field(name: "x", rules: rule, isOptional: false)]), "{\"x\":\(value)}")
    }

    // MARK: - The contract's own examples

    @Test("An empty send-text body names every rule, limits first and types last")
    func emptySendText() throws {
        #expect(
            try problems(SendTextBody.fields, "{}") == [
                "chatId should not be empty", "chatId must be a string",
                "text must be shorter than or equal to 4096 characters", "text should not be empty",
                "text must be a string",
            ])
    }

    @Test("An unknown property is the only problem when all else is right")
    func unknownProperty() throws {
        #expect(
            try problems(SendTextBody.fields, #"{"chatId":"1@c.us","text":"x","foo":1}"#) == [
                "property foo should not exist"
            ])
    }

    @Test("Unknown properties come first, in the order they were written")
    func unknownFirst() throws {
        #expect(
            try problems(SendTextBody.fields, #"{"z":1,"text":"","a":2,"chatId":"1@c.us"}"#) == [
                "property z should not exist", "property a should not exist", "text should not be empty",
            ])
    }

    private static let bulk: FieldSet = [
        .optional("batchId", .string),
        .required("messages", .array, .maximumCount(100), .nestedEach(item)),
        .optional("options", .nested(options)),
    ]
    private static let item: FieldSet = [
        .required("chatId", .string),
        .required("type", .oneOf(["text", "image", "video", "audio", "document"])),
        .optional("content", .nested([.optional("text", .string, .maximumLength(4096))])),
    ]
    private static let options: FieldSet = [
        .optional("delayBetweenMessages", .number, .minimum(1000), .maximum(60000)),
        .optional("stopOnError", .boolean),
    ]

    @Test("Bulk without messages has the two texts of the contract")
    func missingArray() throws {
        #expect(
            try problems(Self.bulk, "{}") == [
                "messages must contain no more than 100 elements", "messages must be an array",
            ])
    }

    @Test("Problems inside objects and lists carry the dotted path, and hide those of the list")
    func nestedPaths() throws {
        let json = #"""
            {"messages":[{"chatId":"1@c.us","type":"text"},
                         {"extra":1,"chatId":"1@c.us","type":"text","content":{"text":5,"b":0}},
                         {"chatId":"1@c.us","type":"sticker"}, 7, null],
             "options":{"delayBetweenMessages":1}}
            """#
        #expect(
            try problems(Self.bulk, json) == [
                "messages.1.property extra should not exist",
                "messages.1.content.property b should not exist",
                "messages.1.content.text must be shorter than or equal to 4096 characters",
                "messages.1.content.text must be a string",
                "messages.2.type must be one of the following values: text, image, video, audio, document",
                "messages.each value in nested property messages must be either object or array",
                "messages.each value in nested property messages must be either object or array",
                "options.delayBetweenMessages must not be less than 1000",
            ])
    }

    @Test("A nested property of the wrong kind says so after its other rules")
    func nestedKinds() throws {
        #expect(
            try problems(Self.bulk, #"{"messages":"x","options":3}"#) == [
                "messages must contain no more than 100 elements", "messages must be an array",
                "each value in nested property messages must be either object or array",
                "nested property options must be either object or array",
            ])
        #expect(
            try problems([.required("content", .object, .nested([]))], #"{"content":null}"#) == [
                "content must be an object"
            ])
    }

    // MARK: - Every rule and its text

    @Test("Each rule refuses with its own text")
    func texts() throws {
        #expect(try problems(of: .string, value: "1") == ["x must be a string"])
        #expect(try problems(of: .notEmpty, value: "\"\"") == ["x should not be empty"])
        #expect(try problems(of: .notEmpty, value: "null") == ["x should not be empty"])
        #expect(
            try problems(of: .maximumLength(3), value: "\"abcd\"") == [
                "x must be shorter than or equal to 3 characters"
            ])
        #expect(
            try problems(of: .minimumLength(3), value: "\"ab\"") == ["x must be longer than or equal to 3 characters"])
        #expect(try problems(of: .boolean, value: "\"true\"") == ["x must be a boolean value"])
        #expect(
            try problems(of: .number, value: "\"1\"") == [
                "x must be a number conforming to the specified constraints"
            ])
        #expect(
            try problems(of: .number, value: "1e999") == [
                "x must be a number conforming to the specified constraints"
            ])
        #expect(try problems(of: .integer, value: "1.5") == ["x must be an integer number"])
        #expect(try problems(of: .minimum(2), value: "1") == ["x must not be less than 2"])
        #expect(try problems(of: .maximum(2), value: "2.1") == ["x must not be greater than 2"])
        #expect(
            try problems(of: .oneOf(["a", "b"]), value: "\"c\"") == [
                "x must be one of the following values: a, b"
            ])
        #expect(try problems(of: .url, value: "\"nope\"") == ["x must be a URL address"])
        #expect(try problems(of: .latitude, value: "90.1") == ["x must be a latitude string or number"])
        #expect(try problems(of: .longitude, value: "\"east\"") == ["x must be a longitude string or number"])
        #expect(try problems(of: .array, value: "{}") == ["x must be an array"])
        #expect(try problems(of: .minimumCount(2), value: "[1]") == ["x must contain at least 2 elements"])
        #expect(try problems(of: .maximumCount(2), value: "[1,2,3]") == ["x must contain no more than 2 elements"])
        #expect(try problems(of: .notEmptyArray, value: "[]") == ["x should not be empty"])
        #expect(try problems(of: .unique, value: "[\"a\",\"a\"]") == ["All x's elements must be unique"])
        #expect(try problems(of: .object, value: "[]") == ["x must be an object"])
        #expect(try problems(of: .isoDate, value: "\"soon\"") == ["x must be a valid ISO 8601 date string"])
        #expect(try problems(of: .each(.string), value: "[\"a\",1]") == ["each value in x must be a string"])
        #expect(
            try problems(of: .each(.maximumLength(1)), value: "[\"ab\"]") == [
                "each value in x must be shorter than or equal to 1 characters"
            ])
        let digits = Rule.Pattern(description: "/^[0-9]+$/") { $0.utf8.allSatisfy { (48...57).contains($0) } }
        #expect(try problems(of: .matches(digits), value: "\"a\"") == ["x must match /^[0-9]+$/ regular expression"])
        #expect(try problems(of: .stating("only digits", .matches(digits)), value: "\"a\"") == ["only digits"])
        #expect(
            try problems(of: .each(.stating("each x is digits", .matches(digits))), value: "[\"a\"]") == [
                "each x is digits"
            ])
    }

    @Test(
        "Values that obey have no problem",
        arguments: [
            (.string, "\"\""), (.notEmpty, "0"), (.notEmpty, "[]"), (.maximumLength(2), "\"😀é\""),
            (.minimumLength(2), "\"😀é\""), (.boolean, "false"), (.number, "1.5"), (.integer, "5.0"), (.integer, "-3"),
            (.minimum(1), "1"), (.maximum(1), "1"), (.oneOf(["a"]), "\"a\""), (.url, "\"https://example.com/a?b\""),
            (.url, "\"HTTP://localhost:8080\""), (.latitude, "-90"), (.latitude, "\"45.5\""), (.longitude, "180"),
            (.array, "[]"), (.unique, "[\"a\",\"b\",1]"), (.object, "{\"a\":1}"), (.isoDate, "\"2027-03-01\""),
            (.each(.string), "[]"), (.each(.string), "\"alone\""),
        ] as [(Rule, String)])
    func obeyed(rule: Rule, value: String) throws {
        #expect(try problems(of: rule, value: value) == [])
    }

    @Test("What a text means is judged only when nothing else is wrong")
    func readings() throws {
        let text = "chatId must be a phone number with country code or a WhatsApp id such as 6281234567890@c.us"
        #expect(try problems(SendTextBody.fields, #"{"chatId":"hello","text":"x"}"#) == [text])
        #expect(try problems(SendTextBody.fields, #"{"chatId":"hello","text":""}"#) == ["text should not be empty"])
    }

    @Test("Lengths count code points, so a pair of surrogates counts once")
    func codePoints() throws {
        let fits = String(repeating: "😀", count: 4096)
        #expect(try problems(SendTextBody.fields, #"{"chatId":"628111111111@c.us","text":"\#(fits)"}"#) == [])
        #expect(
            try problems(SendTextBody.fields, #"{"chatId":"628111111111@c.us","text":"\#(fits)x"}"#) == [
                "text must be shorter than or equal to 4096 characters"
            ])
    }

    @Test("Null counts as absent for an optional property, and as wrong for a required one")
    func nulls() throws {
        #expect(try problems([.optional("x", .string, .notEmpty)], #"{"x":null}"#) == [])
        #expect(
            try problems([.required("x", .string, .notEmpty)], #"{"x":null}"#) == [
                "x should not be empty", "x must be a string",
            ])
    }

    @Test("Endless problems are told up to a limit, and long names are cut")
    func bounded() throws {
        let names = (0..<5000).map { "\"p\($0)\":0" }.joined(separator: ",")
        #expect(try problems(FieldSet.none, "{\(names)}").count == 1000)
        let long = String(repeating: "n", count: 100_000)
        #expect(try problems(FieldSet.none, "{\"\(long)\":0}").map(\.utf8.count) == [229])
    }

    @Test("Creating a session names its rules in the same order")
    func createSession() throws {
        #expect(
            try problems(CreateSessionBody.fields, #"{"name":"a!","proxyUrl":"http://x"}"#) == [
                "property proxyUrl should not exist",
                "Session name can only contain letters, numbers, and hyphens",
                "name must be longer than or equal to 3 characters",
            ])
        #expect(
            try problems(CreateSessionBody.fields, #"{"config":"x"}"#) == [
                "Session name can only contain letters, numbers, and hyphens",
                "name must be shorter than or equal to 50 characters",
                "name must be longer than or equal to 3 characters",
                "name must be a string", "config must be an object",
            ])
    }

    @Test("Mentions are individual people")
    func mentions() throws {
        func body(_ mentions: String) -> String { #"{"chatId":"628111111111@c.us","text":"x","mentions":\#(mentions)}"# }
        #expect(try problems(SendTextBody.fields, body(#"["628111111111@c.us","123456@lid"]"#)) == [])
        #expect(
            try problems(SendTextBody.fields, body(#"["120363021234567890@g.us"]"#)) == [
                "each mentions entry must be an individual WID - <digits>@c.us or <digits>@lid"
            ])
        #expect(
            try problems(SendTextBody.fields, body("[1]")) == [
                "each mentions entry must be an individual WID - <digits>@c.us or <digits>@lid",
                "each value in mentions must be shorter than or equal to 64 characters",
                "each value in mentions must be a string",
            ])
    }
}
