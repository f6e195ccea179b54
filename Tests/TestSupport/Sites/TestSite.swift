import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A small web server on a port of the loopback, which counts who connects.
package final class TestSite: Sendable {
    /// What it answers to one path.
    package struct Answer: Sendable {
        var status: Int
        var headers: [(String, String)]
        var body: [UInt8]
        /// Bytes that are sent after the body, all zero, without keeping them anywhere.
        var padding: Int
        /// Never ends the answer.
        var stalls: Bool

        package init(
            _ status: Int = 200, _ headers: [(String, String)] = [], body: [UInt8] = [], padding: Int = 0, stalls: Bool = false
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.padding = padding
            self.stalls = stalls
        }
    }

    package let port: Int
    private let visits: SiteVisits

    /// How many connections were accepted.
    package var connections: Int { visits.seen.withLock { $0.connections } }
    /// Host header and path of each request.
    package var requests: [String] { visits.seen.withLock { $0.requests } }

    private init(port: Int, visits: SiteVisits) {
        self.port = port
        self.visits = visits
    }

    /// Lends a running site.
    @discardableResult
    package static func serving<R>(
        _ answers: @escaping @Sendable (_ path: String) -> Answer = { _ in Answer(404) },
        _ body: (TestSite) async throws -> R
    ) async throws -> R {
        let visits = SiteVisits()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                visits.connected()
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(SiteHandler(visits: visits, answers: answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let site = TestSite(port: channel.localAddress?.port ?? 0, visits: visits)
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(site)) } catch { outcome = .failure(error) }
        try? await channel.close()
        return try outcome.get()
    }
}

private final class SiteVisits: Sendable {
    struct Seen {
        var connections = 0
        var requests: [String] = []
    }

    let seen = Mutex(Seen())

    func connected() { seen.withLock { $0.connections += 1 } }
    func asked(_ request: String) { seen.withLock { $0.requests.append(request) } }
}

private final class SiteHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let visits: SiteVisits
    private let answers: @Sendable (String) -> TestSite.Answer

    init(visits: SiteVisits, answers: @escaping @Sendable (String) -> TestSite.Answer) {
        self.visits = visits
        self.answers = answers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        visits.asked("\(head.headers.first(name: "Host") ?? "-")\(head.uri)")
        let answer = answers(head.uri)
        var headers = HTTPHeaders(answer.headers)
        if !answer.stalls, !headers.contains(name: "Content-Length"), !headers.contains(name: "Transfer-Encoding") {
            headers.add(name: "Content-Length", value: String(answer.body.count + answer.padding))
        }
        let status = HTTPResponseStatus(statusCode: answer.status)
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        if answer.stalls { return }
        pad(context, answer.padding)
    }

    /// One window after the other has left, so that a large answer costs no memory.
    private func pad(_ context: ChannelHandlerContext, _ rest: Int) {
        guard rest > 0 else { return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        let count = min(rest, 64 * 1024)
        let window = ByteBuffer(repeating: 0, count: count)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(window)))).whenSuccess {
            let (handler, context) = bound.value
            handler.pad(context, rest - count)
        }
    }
}
