import Gateway
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import StrictJSON
import Testing

@testable import GatewayAPI

@Suite("The documentation's examples")
struct ExampleTests {
    @Test("Every example works as it is written, and its answer has the declared status and shape")
    func examples() async throws {
        try await withWorld(seed: 4) { world in
            let scene = try await ExampleScene(world)
            let configuration = APIConfiguration()
            let index = APIApplication.routes(world.gateway, configuration: configuration).index
            let document = try JSONReader.read(index.document)
            let validator = SchemaValidator(document: document)
            let logger = Logger(label: "examples") { _ in SwiftLogNoOpLogHandler() }
            let application = APIApplication.make(world.gateway, configuration: configuration, logger: logger)
            try await application.test(.router) { client in
                for route in index.routes {
                    guard let operation = route.operation else { continue }
                    for example in operation.examples {
                        let values = try await scene.prepare(route.operationID)
                        let answer = try await client.executeRequest(
                            uri: route.uri(example, values), method: route.method,
                            headers: [
                                .contentType: "application/json", .init("X-API-Key")!: ExampleScene.key,
                                // Files are uploaded behind the answer; whether they arrive is shown by the tests of media.
                                .init("Prefer")!: operation.body?.acceptsFiles == true ? "respond-async" : "",
                            ],
                            body: example.body.map { ByteBuffer(string: $0) })
                        let name: Comment = "\(route.method) /api/\(route.path), \(example.title)"
                        let text = String(buffer: answer.body)
                        #expect(answer.status == operation.answer.status, "\(name): \(text.prefix(500))")
                        check(text, against: validator, in: document, route, status: answer.status.code, name)
                    }
                    guard route.access != .open else { continue }
                    let refused = try await client.executeRequest(
                        uri: route.uri(Example(), ["sessionId": "x"]), method: route.method, headers: [:], body: nil)
                    #expect(refused.status == .unauthorized)
                    check(
                        String(buffer: refused.body), against: validator, in: document, route, status: 401,
                        "without a key: \(route.path)")
                }
            }
        }
    }

    private func check(
        _ text: String, against validator: SchemaValidator, in document: JSONValue, _ route: APIRoute, status: Int,
        _ name: Comment
    ) {
        let answer = Self.member(
            "paths", route.documentedPath, route.method.rawValue.lowercased(), "responses", "\(status)", of: document)
        guard let content = Self.member("content", of: answer) else {
            #expect(text.isEmpty, name)
            return
        }
        guard let schema = Self.member("application/json", "schema", of: content) else { return }
        do {
            let problems = validator.problems(try JSONReader.read(Array(text.utf8)), schema)
            #expect(problems.isEmpty, name)
        } catch {
            Issue.record("\(name): the answer is no JSON: \(text.prefix(200))")
        }
    }

    private static func member(_ names: String..., of value: JSONValue?) -> JSONValue? {
        names.reduce(value) { value, name in
            guard case .object(let object)? = value else { return nil }
            return object[name]
        }
    }
}

extension APIRoute {
    /// The request line's target, with the given values in its path, and the glossary's elsewhere.
    fileprivate func uri(_ example: Example, _ values: [String: String]) -> String {
        let parts = path.split(separator: "/").map { part in
            guard part.hasPrefix("{") else { return String(part) }
            let name = String(part.dropFirst().dropLast())
            return values[name] ?? FieldGlossary.example(of: name) ?? "missing"
        }
        return "/api/" + parts.joined(separator: "/") + (example.query.isEmpty ? "" : "?" + example.query)
    }
}
