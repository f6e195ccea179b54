import Gateway
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

@testable import GatewayAPI

/// Serves HTTP on a port of its own for the length of a closure.
func withAPI(
    _ configuration: APIConfiguration = APIConfiguration(), _ body: (Int, GatewayFixture) async throws -> Void
) async throws {
    try await withGateway { fixture in
        try await serve(fixture, configuration, body)
    }
}

private func serve(
    _ fixture: GatewayFixture, _ configuration: APIConfiguration, _ body: (Int, GatewayFixture) async throws -> Void
) async throws {
    var configuration = configuration
    configuration.port = 0
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let (ports, announced) = AsyncStream.makeStream(of: Int.self)
    let application = APIApplication.make(fixture.gateway, configuration: configuration, logger: logger) { channel in
        announced.yield(channel.localAddress?.port ?? 0)
    }
    try await withService(Announcing(application: application, announced: announced), logger: logger) {
        // None comes if the server ends before it listens; then that is what is thrown.
        if let port = await ports.first(where: { _ in true }) { try await body(port, fixture) }
    }
}

/// Ends the announcement of the port with the service: one that could not bind never says where it listens.
private struct Announcing<Server: Service>: Service {
    let application: Server
    let announced: AsyncStream<Int>.Continuation

    func run() async throws {
        defer { announced.finish() }
        try await application.run()
    }
}
