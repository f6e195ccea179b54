import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SimulatorServer
import Testing

/// What the control API answers to one request.
struct ControlAnswer {
    let status: UInt
    /// Empty where there is no body.
    let json: [String: Any]

    subscript(name: String) -> Any? { json[name] }

    static func call(
        _ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil, on simulator: RunningSimulator
    ) async throws -> ControlAnswer {
        var request = HTTPClientRequest(url: try #require(simulator.controlURL) + path)
        request.method = method
        if let body { request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body))) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = [UInt8](try await response.body.collect(upTo: 1 << 20).readableBytesView)
        guard !bytes.isEmpty else { return ControlAnswer(status: response.status.code, json: [:]) }
        let json = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        return ControlAnswer(status: response.status.code, json: try #require(json))
    }
}
