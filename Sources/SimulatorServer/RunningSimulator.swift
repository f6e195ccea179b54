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
    let host = SimulatorHost(
        configuration: settings.configuration, eventLoop: group.next(), nowMilliseconds: settings.nowMilliseconds)
    let certificate = try GeneratedCertificate(
        now: Date(timeIntervalSince1970: Double(settings.nowMilliseconds()) / 1_000))
    let listener = SimulatorListener(host: host, logger: logger)

    let plain = try await listener.bind(address: settings.address, port: settings.port, tls: nil)
    var secure: (any Channel)?
    if let port = settings.tlsPort {
        secure = try await listener.bind(address: settings.address, port: port, tls: certificate.serverContext())
    }
    let address = settings.address
    let webSocketURL = "ws://\(address):\(plain.localAddress?.port ?? 0)/ws/chat"
    let secureURL = secure.map { "wss://\(address):\($0.localAddress?.port ?? 0)/ws/chat" }

    let simulator = RunningSimulator(
        host: host, webSocketURL: webSocketURL, secureWebSocketURL: secureURL,
        authorityPEM: certificate.authorityPEM, controlURL: nil)

    let outcome: Result<R, any Error>
    do {
        if let port = settings.controlPort {
            let control = ControlAPI(simulator: simulator, logger: logger)
            outcome = .success(try await control.run(address: address, port: port, group: group, body))
        } else {
            outcome = .success(try await body(simulator))
        }
    } catch {
        outcome = .failure(error)
    }
    try? await plain.close()
    try? await secure?.close()
    await host.shutDown()
    return try outcome.get()
}
