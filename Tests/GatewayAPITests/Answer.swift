import Hummingbird
import HummingbirdTesting
import NIOCore
import StrictJSON

@testable import GatewayAPI

/// One answer, with its body read as JSON.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let json: JSONValue?
    let text: String
    let bytes: [UInt8]

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        bytes = Array(response.body.readableBytesView)
        json = try? JSONReader.read(bytes)
        text = String(decoding: bytes, as: UTF8.self)
    }

    subscript(name: String) -> JSONValue? {
        guard case .object(let object) = json else { return nil }
        return object[name]
    }

    /// The names of the body's members, in their order.
    var names: [String] {
        guard case .object(let object) = json else { return [] }
        return object.members.map(\.name)
    }

    /// The elements of a body that is a list.
    var elements: [JSONValue] {
        guard case .array(let elements) = json else { return [] }
        return elements
    }

    /// The `message` of an error: one text, or those of a list.
    var message: [String] {
        switch self["message"] {
        case .string(let text): [text]
        case .array(let texts): texts.compactMap(\.string)
        default: []
        }
    }
}

/// Sends requests straight to the routes.
struct TestCaller {
    let client: any TestClientProtocol
    var key: String?

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await call(.get, path, headers: headers)
    }

    func post(_ path: String, _ body: String? = nil, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await call(.post, path, body: body, headers: headers)
    }

    func call(
        _ method: HTTPRequest.Method, _ path: String, body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var all = headers
        if let key, all[.apiKey] == nil, all[.authorization] == nil { all[.apiKey] = key }
        if body != nil, all[.contentType] == nil { all[.contentType] = "application/json" }
        return Answer(
            try await client.executeRequest(
                uri: path, method: method, headers: all, body: body.map { ByteBuffer(string: $0) }))
    }

    /// The same caller with another key, or none.
    func with(key: String?) -> TestCaller {
        TestCaller(client: client, key: key)
    }
}
