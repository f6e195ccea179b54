import Gateway
import GatewayAPI
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SimulatorServer
import TestSupport
import Testing
import WASimulator

extension World {
    private static let key = "end-to-end-tests-7c1f0e9a4b6d2358"

    /// The path of a message route of the session.
    static func path(_ route: String) -> String { "/sessions/\(session)/messages/\(route)" }

    /// Lends the HTTP API of this gateway, on a port of its own.
    func withAPI(_ body: @Sendable (JSONCaller) async throws -> Void) async throws {
        _ = try await gateway.bootstrapKeys(APIKeyBootstrap(masterKey: Self.key, file: folder + "/.api-key"))
        let logger = Logger(label: "api", factory: { _ in SwiftLogNoOpLogHandler() })
        let (ports, announced) = AsyncStream.makeStream(of: Int.self)
        let application = APIApplication.make(
            gateway, configuration: APIConfiguration(port: 0, accessLogLevel: nil), logger: logger
        ) { channel in
            announced.yield(channel.localAddress?.port ?? 0)
        }
        let services = ServiceGroup(services: [application], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // A server that could not bind never says on which port: then the stream ends without one.
                defer { announced.finish() }
                try? await services.run()
            }
            defer { group.cancelAll() }
            let port = try #require(await ports.first(where: { _ in true }), "the API does not listen")
            try await body(JSONCaller(baseURL: "http://127.0.0.1:\(port)/api", headers: ["X-API-Key": Self.key]))
        }
    }

    /// A message as a device shows it once its file, if it has one, is there or is known not to be.
    func shown(_ id: String, on device: DeviceAddress) async throws -> InboxMessage {
        let message = await simulator.host.firstValue(within: .patience) { server in
            let message = (try? server.inbox(of: device))?.first { $0.id == id }
            return message?.media == .downloading ? nil : message
        }
        return try #require(message, "\(device) does not show message \(id)")
    }
}

extension [SiteAddress] {
    /// What a gateway is told of the simulator's own sites.
    var overrides: [String: DestinationResolver.Override] {
        Dictionary(grouping: self, by: \.host).compactMapValues { ports in
            DestinationResolver.Override(
                address: ports[0].address, httpPort: ports.first { $0.port == 80 }?.actualPort,
                httpsPort: ports.first { $0.port == 443 }?.actualPort)
        }
    }
}
