import AsyncHTTPClient
import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL

/// Media hosts over AsyncHTTPClient: one client, and so one pool of connections and one TLS context, per process.
package final class MediaHTTPClient: MediaHTTP {
    /// Whole transfers; silence is noticed much earlier.
    private static let transferLimit = TimeAmount.hours(1)
    private static let connectLimit = TimeAmount.seconds(10)
    private static let silenceLimit = TimeAmount.seconds(60)

    private let client: HTTPClient

    /// - Parameters:
    ///   - additionalRoots: Trusted besides the system's.
    ///   - dnsOverride: Addresses to connect to in place of what DNS says, by host name; certificates are checked against
    ///     the name all the same.
    package init(
        on group: any EventLoopGroup, additionalRoots: [NIOSSLCertificate] = [], dnsOverride: [String: String] = [:]
    ) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.additionalTrustRoots = additionalRoots.isEmpty ? [] : [.certificates(additionalRoots)]
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connectLimit, read: Self.silenceLimit, write: Self.silenceLimit))
        configuration.dnsOverride = dnsOverride
        // A host that cannot be reached is left for the next one, not tried until the time limit.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    deinit {
        client.shutdown { _ in }
    }

    package func execute(_ request: MediaHTTPRequest) async throws -> MediaHTTPResponse {
        var outgoing = HTTPClientRequest(url: request.url)
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        if case .file(let file, let offset) = request.body {
            outgoing.method = .POST
            outgoing.body = .stream(file.windows(from: offset), length: .known(Int64(file.byteCount - offset)))
        }
        let response = try await client.execute(outgoing, timeout: Self.transferLimit)
        return MediaHTTPResponse(status: Int(response.status.code), body: response.body)
    }
}
