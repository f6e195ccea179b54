import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// HTTP clients, each tied to one address of one host, kept for a while because their TLS contexts are dear.
///
/// The library pins by an exact match of the host's text and falls back to a look-up of its own otherwise; that is why
/// only rebuilt URLs (`WebURL`) come here. Redirects are off: each hop needs a judgement first.
final class PinnedClients: Sendable {
    private struct Key: Hashable {
        let host: String
        let address: String
    }

    private struct Idle {
        let key: Key
        let client: HTTPClient
    }

    /// Oldest first.
    private let idle = Mutex<[Idle]>([])
    private let additionalRoots: [NIOSSLCertificate]

    private static let maximumIdle = 16

    init(additionalRoots: [NIOSSLCertificate]) {
        self.additionalRoots = additionalRoots
    }

    deinit {
        let rest = idle.withLock { $0 }
        Task { for entry in rest { try? await entry.client.shutdown() } }
    }

    /// Lends the client for a destination at one of its addresses; nobody else uses it meanwhile.
    func lend<R>(
        _ destination: VettedDestination, at address: NetworkAddress, _ body: (HTTPClient) async throws -> R
    ) async throws -> R {
        let key = Key(host: destination.url.hostText, address: address.text)
        let client = idle.withLock { idle in
            idle.lastIndex { $0.key == key }.map { idle.remove(at: $0).client }
        }
        let lent = client ?? make(key, for: destination.url.host)
        let outcome: Result<R, any Error>
        do {
            outcome = .success(try await body(lent))
        } catch {
            outcome = .failure(error)
        }
        let surplus = idle.withLock { idle in
            idle.append(Idle(key: key, client: lent))
            return idle.count > Self.maximumIdle ? idle.removeFirst().client : nil
        }
        if let surplus { Task { try? await surplus.shutdown() } }
        return try outcome.get()
    }

    private func make(_ key: Key, for host: WebURL.Host) -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.additionalTrustRoots = additionalRoots.isEmpty ? [] : [.certificates(additionalRoots)]
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(30)))
        configuration.connectionPool.idleTimeout = .seconds(10)
        // The next address is ours to choose; here an address that refuses would be tried until the time is up.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        if case .name(let name) = host { configuration.dnsOverride = [name.description: key.address] }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
