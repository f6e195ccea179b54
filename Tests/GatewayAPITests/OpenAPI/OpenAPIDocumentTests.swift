import Foundation
import Hummingbird
import StrictJSON
import TestSupport
import Testing

@testable import GatewayAPI

struct OpenAPIDocumentTests {
    private static func committed() throws -> JSONValue {
        let file = RepositoryRoot.url.appending(path: "openapi.json")
        return try JSONReader.read(Array(try Data(contentsOf: file)))
    }

    /// Every `METHOD path` of a document.
    private static func operations(in document: JSONValue) -> [(name: String, operation: JSONObject)] {
        guard case .object(let paths)? = document["paths"] else { return [] }
        return paths.members.flatMap { path in
            path.value.members.compactMap { method in
                guard case .object(let operation) = method.value else { return nil }
                return ("\(method.name.uppercased()) \(path.name)", operation)
            }
        }
    }

    @Test("openapi.json is what `openwa openapi` prints, and what the server serves to everybody")
    func committedFile() async throws {
        let file = RepositoryRoot.url.appending(path: "openapi.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        let version = try #require(try Self.committed()["info"]?["version"]?.string)
        try await withRoutes(APIConfiguration(version: version)) { caller, _ in
            let served = try await caller.with(key: nil).get("/api/openapi.json")
            #expect(served.status == 200)
            #expect(served.text == text, "run: swift run openwa openapi > openapi.json")
        }
    }

    @Test("Every route that is registered is declared, and nothing else is")
    func coverage() async throws {
        try await withGateway { fixture in
            let (router, index, _) = APIApplication.routes(fixture.gateway, configuration: APIConfiguration())
            // Socket.IO is a protocol of its own on HTTP: no client of it reads the document.
            let routes = router.routes.filter { $0.method != .head && "\($0.path)" != "/socket.io" }
            let registered = Set(routes.map { "\($0.method) \($0.path)" })
            let undeclared = index.routes.filter { $0.operation == nil }.map { "\($0.method) /api/\($0.path)" }
            #expect(undeclared.isEmpty, "these routes have no Operation")
            let document = try JSONReader.read(index.document)
            let declared = Set(Self.operations(in: document).map(\.name))
            #expect(declared == registered)
        }
    }

    @Test("Each operation has a name of its own, and says who may call, what goes wrong and what each field means")
    func completeness() throws {
        let document = try Self.committed()
        let operations = Self.operations(in: document)
        let identifiers = operations.compactMap { $0.operation["operationId"]?.string }
        #expect(identifiers.count == operations.count && Set(identifiers).count == identifiers.count)
        for (name, operation) in operations {
            #expect(operation["summary"]?.string?.isEmpty == false, "\(name)")
            #expect(operation["description"]?.string?.isEmpty == false, "\(name)")
            guard case .array(let parameters)? = operation["parameters"] else { continue }
            for parameter in parameters {
                let field = parameter["name"]?.string ?? ""
                #expect(parameter["description"] != nil, "FieldGlossary has no row for '\(field)' of \(name)")
                if parameter["in"] == .string("path") {
                    #expect(parameter["example"] != nil, "FieldGlossary has no example for '\(field)'")
                }
            }
        }
        for schema in document["components"]?["schemas"]?.members ?? [] {
            for property in schema.value["properties"]?.members ?? [] where property.value["description"] == nil {
                #expect(
                    ["type", "title", "detail", "instance", "errors"].contains(property.name)
                        || property.value["$ref"] != nil,
                    "FieldGlossary has no row for '\(property.name)' of \(schema.name)")
            }
        }
    }

    @Test("A body's schema says what its rules say")
    func fields() throws {
        let fields: FieldSet = [
            .required("chatId", .string, .notEmpty, .maximumLength(9)), .optional("count", .integer, .minimum(1)),
            .optional("tags", .array, .maximumCount(2), .each(.string), .each(.maximumLength(3))),
            .required("items", .array, .nestedEach([.required("type", .oneOf(["a", "b"]))])),
            .optional("place", .nested([.required("latitude", .latitude)])),
        ]
        var writer = SchemaWriter()
        let text = writer.json(of: Schema(fields)).indentedText.filter { !$0.isWhitespace }
        #expect(
            text == """
                {"type":"object","required":["chatId","items"],"properties":{"chatId":{"type":"string","minLength":1,\
                "maxLength":9,"description":"\(FieldGlossary.text(of: "chatId")!.filter { !$0.isWhitespace })"},\
                "count":{"type":"integer","minimum":1},"tags":{"type":"array","maxItems":2,"items":{"type":"string",\
                "maxLength":3}},"items":{"type":"array","items":{"type":"object","required":["type"],"properties":\
                {"type":{"type":"string","enum":["a","b"],"description":"\(FieldGlossary.text(of: "type")!
                    .filter { !$0.isWhitespace })"}},"additionalProperties":false}},"place":{"type":"object",\
                "required":["latitude"],"properties":{"latitude":{"type":["number","string"],"minimum":-90,"maximum":90,\
                "description":"\(FieldGlossary.text(of: "latitude")!.filter { !$0.isWhitespace })"}},\
                "additionalProperties":false}},"additionalProperties":false}
                """)
    }

    @Test("The page is whole in itself, and only its own script may run")
    func page() async throws {
        try await withRoutes { caller, _ in
            let page = try await caller.with(key: nil).get("/api/docs")
            #expect(page.status == 200)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let policies = page.headers.filter { $0.name == .contentSecurityPolicy }
            #expect(policies.count == 1)
            let nonce = try #require(page.text.firstMatch(of: /<script nonce="([0-9a-f]+)">/)?.1)
            #expect(policies[0].value.contains("script-src 'nonce-\(nonce)'"))
            #expect(!page.text.contains("{{"))
            #expect(page.text.matches(of: /(src|href)="(https?:)?\/\//).isEmpty, "nothing from elsewhere")
            let again = try await caller.get("/api/docs")
            #expect(!again.text.contains(nonce), "each copy has a nonce of its own")
        }
        try await withRoutes(APIConfiguration(servesDocumentation: false)) { caller, _ in
            for (path, status) in [("docs", 404), ("openapi.json", 404), ("errors", 200)] {
                let answer = try await caller.get("/api/\(path)")
                #expect(answer.status == status)
            }
        }
    }
}

extension JSONValue {
    subscript(name: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[name]
    }

    var members: [JSONObject.Member] {
        guard case .object(let object) = self else { return [] }
        return object.members
    }
}
