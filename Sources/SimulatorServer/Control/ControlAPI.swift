import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import WASimulator

/// The HTTP door to the simulator, for scripts and people: make phones, scan, read what arrived, say things, cause
/// mishaps.
///
/// Everything is JSON; the routes are described in Docs/simulator.md. Nothing has to be polled: what can be waited for
/// takes `waitSeconds`. Errors are 4xx with `{"error": code, "message": sentence}`.
struct ControlAPI {
    let simulator: RunningSimulator
    let logger: Logger

    /// Serves while `body` runs, and lends it the simulator with the address of this API.
    func run<R: Sendable>(
        address: String, port: Int, group: MultiThreadedEventLoopGroup,
        _ body: @Sendable (RunningSimulator) async throws -> R
    ) async throws -> R {
        // The end of `body` cancels the server, which it would report as an error for every idle connection.
        var logger = logger
        logger.logLevel = .critical
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, server: HTTPServerBuilder { CarefulHTTP1Channel(responder: $0) },
            configuration: .init(address: .hostname(address, port: port), serverName: "openwa-simulator"),
            onServerRunning: { channel in
                bound.yield(channel.localAddress?.port ?? 0)
                bound.finish()
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                // A server that could not bind never says on which port: then the stream ends without one.
                defer { bound.finish() }
                try await application.run()
            }
            defer { tasks.cancelAll() }
            guard let port = await ports.first(where: { _ in true }) else {
                try await tasks.next()
                throw CancellationError()
            }
            var simulator = simulator
            simulator.controlURL = "http://\(address):\(port)"
            return try await body(simulator)
        }
    }

    private var router: Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ControlErrorMiddleware())
        PhoneRoutes(host: simulator.host).add(to: router)
        MessageRoutes(host: simulator.host, media: simulator.media).add(to: router)
        ReceiptRoutes(host: simulator.host).add(to: router)
        PresenceRoutes(host: simulator.host).add(to: router)
        CallRoutes(host: simulator.host).add(to: router)
        ChannelRoutes(host: simulator.host).add(to: router)
        BusinessRoutes(host: simulator.host).add(to: router)
        GroupRoutes(host: simulator.host).add(to: router)
        MishapRoutes(host: simulator.host).add(to: router)
        HistoryRoutes(host: simulator.host).add(to: router)
        AppStateRoutes(host: simulator.host).add(to: router)
        ProfileRoutes(host: simulator.host).add(to: router)
        MediaRoutes(simulator: simulator).add(to: router)
        ServerRoutes(simulator: simulator).add(to: router)
        return router
    }
}
