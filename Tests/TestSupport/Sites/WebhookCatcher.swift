import NIOCore
import NIOHTTP1
import NIOPosix
package import Testing

/// A real HTTP server on a port of the loopback that keeps what is posted to it and answers as a test says.
package final class WebhookCatcher: Sendable {
    /// One request, whole.
    package struct Request: Sendable {
        package let path: String
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        /// The first header of this name, in whatever case.
        package subscript(name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package struct Answer: Sendable {
        var status: Int
        var headers: [(String, String)]
        /// It never comes.
        var stalls: Bool

        package init(_ status: Int = 200, _ headers: [(String, String)] = [], stalls: Bool = false) {
            self.status = status
            self.headers = headers
            self.stalls = stalls
        }
    }

    fileprivate struct State: Sendable {
        var requests: [Request] = []
        var connections = 0
    }

    package let port: Int
    private let state: CatcherState

    package var requests: [Request] { state.value.withLock { $0.requests } }
    package var connections: Int { state.value.withLock { $0.connections } }

    fileprivate final class CatcherState: Sendable {
        let value = Watched(State())

        func connected() { value.withLock { $0.connections += 1 } }

        func received(_ request: Request) -> Int {
            value.withLock { state in
                state.requests.append(request)
                return state.requests.count
            }
        }
    }

    private init(port: Int, state: CatcherState) {
        self.port = port
        self.state = state
    }

    package func url(_ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Waits until so many requests have come in all, and returns them.
    @discardableResult
    package func wait(for count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [Request] {
        try await state.value.wait(
            for: "\(count) requests; there were \(self.requests.count)", sourceLocation: sourceLocation
        ) { $0.requests.count >= count ? $0.requests : nil }
    }

    /// Lends a running catcher.
    ///
    /// - Parameter answer: Asked with each request and how many came before it.
    @discardableResult
    package static func catching<R>(
        _ answer: @escaping @Sendable (_ request: Request, _ number: Int) -> Answer = { _, _ in Answer() },
        _ body: (WebhookCatcher) async throws -> R
    ) async throws -> R {
        let state = CatcherState()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                state.connected()
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(CatcherHandler(state: state, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let catcher = WebhookCatcher(port: channel.localAddress?.port ?? 0, state: state)
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(catcher)) } catch { outcome = .failure(error) }
        try? await channel.close()
        return try outcome.get()
    }
}

private final class CatcherHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: WebhookCatcher.CatcherState
    private let answer: @Sendable (WebhookCatcher.Request, Int) -> WebhookCatcher.Answer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(
        state: WebhookCatcher.CatcherState,
        answer: @escaping @Sendable (WebhookCatcher.Request, Int) -> WebhookCatcher.Answer
    ) {
        self.state = state
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, [])
        case .body(let piece): body += piece.readableBytesView
        case .end:
            guard let head else { return }
            let request = WebhookCatcher.Request(
                path: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: body)
            let answer = answer(request, state.received(request) - 1)
            guard !answer.stalls else { return }
            var headers = HTTPHeaders(answer.headers)
            headers.add(name: "Content-Length", value: "0")
            let status = HTTPResponseStatus(statusCode: answer.status)
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
