import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import SimulatorServer
import Synchronization
import WAClient

/// A request as a media host saw it.
struct SeenRequest: Sendable {
    let method: String
    /// With the query.
    let path: String
    let origin: String?
    let body: [UInt8]

    /// The query's value for a name, as written.
    func query(_ name: String) -> String? {
        path.split(separator: "?").last?.split(separator: "&").first { $0.hasPrefix(name + "=") }
            .map { String($0.dropFirst(name.count + 1)) }
    }
}

struct CannedReply: Sendable {
    var status = 200
    var body: [UInt8] = []
    var headers: [String: String] = [:]

    static func json(_ text: String) -> CannedReply { CannedReply(body: Array(text.utf8)) }
}

/// A media host of a test: it answers as `respond` says and remembers what it saw.
struct MediaServer: Sendable {
    /// `127.0.0.1:<port>`, as a `hostname` in a media connection.
    let host: String
    private let log: RequestLog

    var seen: [SeenRequest] { log.requests.withLock { $0 } }

    final class RequestLog: Sendable {
        let requests = Mutex<[SeenRequest]>([])
    }

    /// Serves on a port of its own for the length of `body`.
    static func run(
        _ respond: @escaping @Sendable (SeenRequest) -> CannedReply, _ body: @Sendable (MediaServer) async throws -> Void
    ) async throws {
        let log = RequestLog()
        let (ports, announced) = AsyncStream.makeStream(of: Int.self)
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            let bytes = try await request.body.collect(upTo: 64 << 20)
            let seen = SeenRequest(
                method: request.method.rawValue, path: request.uri.string, origin: request.headers[.origin],
                body: Array(bytes.readableBytesView))
            log.requests.withLock { $0.append(seen) }
            let reply = respond(seen)
            var response = Response(
                status: .init(code: reply.status), body: .init(byteBuffer: ByteBuffer(bytes: reply.body)))
            for (name, value) in reply.headers {
                if let name = HTTPField.Name(name) { response.headers[name] = value }
            }
            return response
        }
        var logger = Logger(label: "media-server")
        logger.logLevel = .critical
        let application = Application(
            responder: responder, server: HTTPServerBuilder { CarefulHTTP1Channel(responder: $0) },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announced.yield($0.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // A server that could not bind never says on which port: then the stream ends without one.
                defer { announced.finish() }
                try await application.run()
            }
            defer { group.cancelAll() }
            guard let port = await ports.first(where: { _ in true }) else { return try await group.waitForAll() }
            try await body(MediaServer(host: "127.0.0.1:\(port)", log: log))
        }
    }
}

/// The product's HTTP client over plain TCP, since the test's server has no certificate.
struct PlainMediaHTTP: MediaHTTP {
    private static let client = MediaHTTPClient(on: MultiThreadedEventLoopGroup.singleton)

    func execute(_ request: MediaHTTPRequest) async throws -> MediaHTTPResponse {
        let url = "http" + request.url.dropFirst("https".count)
        return try await Self.client.execute(MediaHTTPRequest(url: url, headers: request.headers, body: request.body))
    }
}

/// Time that passes as soon as somebody waits for it, and remembers for how long.
final class ImpatientClock: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant

    private let waits = Mutex<[Duration]>([])

    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }
    var waited: [Duration] { waits.withLock { $0 } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        // To whole seconds: the deadline was computed a moment ago.
        let seconds = Int64((ContinuousClock.now.duration(to: deadline) / .seconds(1)).rounded())
        waits.withLock { $0.append(.seconds(seconds)) }
    }
}
