import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// HTTP clients, each tied to one address of one host, used by any number of requests at a time: their connections stay open
/// and are used again.
///
/// Beside `PinnedClients`, whose clients are lent to one fetch at a time: an endpoint gets many requests, a media host few.
final class SharedClients: Sendable {
    private struct Key: Hashable {
        let host: String
        let address: String
    }

    private struct Entry {
        let client: HTTPClient
        var users = 0
        /// Grows with each use.
        var lastUse = 0
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var uses = 0
    }

    private let state = Mutex(State())
    private let additionalRoots: [NIOSSLCertificate]
    private let connectionsPerHost: Int

    /// How many clients without users are kept.
    private static let maximumIdle = 64

    init(additionalRoots: [NIOSSLCertificate], connectionsPerHost: Int) {
        self.additionalRoots = additionalRoots
        self.connectionsPerHost = connectionsPerHost
    }

    deinit {
        let rest = state.withLock { $0.entries.values.map(\.client) }
        Task { for client in rest { try? await client.shutdown() } }
    }

    func lend<R>(
        _ destination: VettedDestination, at address: NetworkAddress, _ body: (HTTPClient) async throws -> R
    ) async throws -> R {
        let key = Key(host: destination.url.hostText, address: address.text)
        let client = take(key, host: destination.url.host)
        defer { giveBack(key) }
        return try await body(client)
    }

    private func take(_ key: Key, host: WebURL.Host) -> HTTPClient {
        state.withLock { state in
            state.uses += 1
            var entry = state.entries[key] ?? Entry(client: make(key, for: host))
            entry.users += 1
            entry.lastUse = state.uses
            state.entries[key] = entry
            return entry.client
        }
    }

    private func giveBack(_ key: Key) {
        let surplus = state.withLock { state -> HTTPClient? in
            state.entries[key]?.users -= 1
            let idle = state.entries.filter { $0.value.users == 0 }
            guard idle.count > Self.maximumIdle, let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
                return nil
            }
            return state.entries.removeValue(forKey: oldest.key)?.client
        }
        if let surplus { Task { try? await surplus.shutdown() } }
    }

    private func make(_ key: Key, for host: WebURL.Host) -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.additionalTrustRoots = additionalRoots.isEmpty ? [] : [.certificates(additionalRoots)]
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(60)))
        configuration.connectionPool.idleTimeout = .seconds(60)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsPerHost
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        if case .name(let name) = host { configuration.dnsOverride = [name.description: key.address] }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
