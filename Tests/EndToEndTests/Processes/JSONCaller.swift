import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Calls an API that speaks JSON, as any program outside would.
struct JSONCaller: Sendable {
    /// Such as `http://127.0.0.1:2785`; paths are appended to it.
    let baseURL: String
    var headers: [String: String] = [:]

    struct Answer: Sendable {
        let status: UInt
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func decoded<Model: Decodable>(as type: Model.Type = Model.self) throws -> Model {
            do {
                return try JSONDecoder().decode(type, from: Data(body))
            } catch {
                throw Unexpected(answer: self)
            }
        }

        /// The answer itself, if it is one of success.
        func successful() throws -> Answer {
            guard (200..<300).contains(status) else { throw Unexpected(answer: self) }
            return self
        }
    }

    struct Unexpected: Error, CustomStringConvertible {
        let answer: Answer
        var description: String { "\(answer.status) \(answer.text.prefix(500))" }
    }

    /// Many connections to one host, which is what the tests are about; it lives as long as the test process.
    private static let client = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        configuration.timeout.connect = .seconds(5)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    func get(_ path: String) async throws -> Answer { try await call(.GET, path) }

    func delete(_ path: String) async throws -> Answer { try await call(.DELETE, path) }

    func post(_ path: String, _ body: [String: String] = [:]) async throws -> Answer {
        try await call(.POST, path, JSONEncoder().encode(body))
    }

    func post(_ path: String, _ body: some Encodable) async throws -> Answer {
        try await call(.POST, path, JSONEncoder().encode(body))
    }

    func post(_ path: String, bytes: [UInt8], contentType: String) async throws -> Answer {
        try await call(.POST, path, Data(bytes), contentType: contentType)
    }

    func put(_ path: String, _ body: [String: Int]) async throws -> Answer {
        try await call(.PUT, path, JSONEncoder().encode(body))
    }

    private func call(
        _ method: HTTPMethod, _ path: String, _ body: Data? = nil, contentType: String = "application/json"
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await Self.client.execute(request, timeout: .seconds(130))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: response.status.code,
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 }),
            body: Array(bytes.readableBytesView))
    }
}
