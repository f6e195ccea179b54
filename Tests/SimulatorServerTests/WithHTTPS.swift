import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import SimulatorServer
import Testing

/// A client that trusts the simulator's authority and nobody else.
struct HTTPSClient {
    struct Answer {
        let status: UInt
        let headers: HTTPHeaders
        let body: [UInt8]

        var json: [String: String] {
            get throws { try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: String]) }
        }
    }

    let client: HTTPClient

    func call(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], _ body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 26)
        return Answer(status: response.status.code, headers: response.headers, body: [UInt8](bytes.readableBytesView))
    }
}

/// - Parameter names: where hosts really are, as an address.
func withHTTPS<R>(
    trusting simulator: RunningSimulator, names: [String: String] = [:], _ body: (HTTPSClient) async throws -> R
) async throws -> R {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(simulator.authorityPEM.utf8)))
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.dnsOverride = names
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    do {
        let result = try await body(HTTPSClient(client: client))
        try await client.shutdown()
        return result
    } catch {
        try await client.shutdown()
        throw error
    }
}
