import Foundation
package import Logging
import NIOCore
import NIOPosix
package import WACrypto
package import WASimulator

/// Where a simulator listens and how it behaves. Every port may be 0: the system chooses.
package struct SimulatorSettings: Sendable {
    /// The address of all ports. The control API can make phones do anything, so think before leaving loopback.
    package var address = "127.0.0.1"
    /// The port of `ws`.
    package var port = 0
    /// The port of `wss`; nil for none.
    package var tlsPort: Int? = 0
    /// The port of the control API; nil for none.
    package var controlPort: Int? = 0
    /// The port of the media server (`https`).
    package var mediaPort = 0
    /// Whether `example.com` of the documentation's examples is served too, see `PlaygroundSites`.
    package var servesPlaygroundSites = false
    package var configuration = SimulatorConfiguration()
    /// The simulator's clock, Unix milliseconds.
    package var nowMilliseconds: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }

    package init() {}
}

/// A simulator on its ports: everything a client or a test needs to find it.
package struct RunningSimulator: Sendable {
    package let host: SimulatorHost
    /// For a client's endpoint, such as `ws://127.0.0.1:40001/ws/chat`.
    package let webSocketURL: String
    /// The same over TLS; nil when there is no TLS port.
    package let secureWebSocketURL: String?
    /// What a client adds to its trusted TLS roots to use `secureWebSocketURL`, PEM.
    package let authorityPEM: String
    /// The media server that `media_conn` names; its certificate is signed by the same authority.
    package let media: MediaServer
    /// Where the hosts of the playground really are; empty unless the settings ask for them.
    package let sites: [SiteAddress]
    /// The control API, such as `http://127.0.0.1:40003`; nil when there is none. Its routes are in Docs/simulator.md.
    package internal(set) var controlURL: String?

    /// What a client trusts in place of WhatsApp's root key.
    package var rootKey: PublicKey { host.identity.rootKey }
}

/// Runs a simulator for as long as `body` does; its ports are open before `body` starts and closed when this returns.
package func withRunningSimulator<R: Sendable>(
    _ settings: SimulatorSettings, logger: Logger, _ body: @Sendable (RunningSimulator) async throws -> R
) async throws -> R {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
        let result = try await run(settings, on: group, logger: logger, body)
        try await group.shutdownGracefully()
        return result
    } catch {
        try await group.shutdownGracefully()
        throw error
    }
}

private func run<R: Sendable>(
    _ settings: SimulatorSettings, on group: MultiThreadedEventLoopGroup, logger: Logger,
    _ body: @Sendable (RunningSimulator) async throws -> R
) async throws -> R {
    let authority = try CertificateAuthority(
        now: Date(timeIntervalSince1970: Double(settings.nowMilliseconds()) / 1_000))
    let tls = try authority.simulatorContext()
    let address = settings.address

    let store = try BlobStore()
    defer { store.removeFolder() }
    let mediaPort = try await SmallHTTPServer.bind(
        address: address, port: settings.mediaPort, tls: tls, group: MultiThreadedEventLoopGroup.singleton)
    let media = MediaServer(store: store, host: "\(reachable(address)):\(mediaPort.port)")
    var configuration = settings.configuration
    configuration.mediaHosts = [media.host]

    let host = SimulatorHost(
        configuration: configuration, store: store, eventLoop: group.next(), nowMilliseconds: settings.nowMilliseconds)
    let listener = SimulatorListener(host: host, logger: logger)
    let plain: any Channel
    var secure: (any Channel)?
    let sites: PlaygroundSites?
    do {
        plain = try await listener.bind(address: address, port: settings.port, tls: nil)
        if let port = settings.tlsPort {
            secure = try await listener.bind(address: address, port: port, tls: tls)
        }
        sites = settings.servesPlaygroundSites ? try await PlaygroundSites.bind(address: address, authority) : nil
    } catch {
        await mediaPort.close()
        throw error
    }
    let simulator = RunningSimulator(
        host: host, webSocketURL: "ws://\(address):\(plain.localAddress?.port ?? 0)/ws/chat",
        secureWebSocketURL: secure.map { "wss://\(address):\($0.localAddress?.port ?? 0)/ws/chat" },
        authorityPEM: authority.authorityPEM, media: media, sites: sites?.addresses ?? [], controlURL: nil)

    let outcome: Result<R, any Error>
    do {
        outcome = .success(
            try await withThrowingTaskGroup(of: Void.self, returning: R.self) { tasks in
                let routes = BlobRoutes(store: store, host: host, authority: media.host)
                tasks.addTask { await mediaPort.run { try await routes.respond(to: $0) } }
                tasks.addTask { await MediaReader(store: store).run(for: host) }
                if let sites { tasks.addTask { await sites.run() } }
                defer { tasks.cancelAll() }
                guard let port = settings.controlPort else { return try await body(simulator) }
                let control = ControlAPI(simulator: simulator, logger: logger)
                return try await control.run(address: address, port: port, group: group, body)
            })
    } catch {
        outcome = .failure(error)
    }
    try? await plain.close()
    try? await secure?.close()
    await host.shutDown()
    return try outcome.get()
}

/// Under which name the own machine reaches a port that listens on this address.
private func reachable(_ address: String) -> String {
    ["0.0.0.0", "::", ""].contains(address) ? "127.0.0.1" : address
}
