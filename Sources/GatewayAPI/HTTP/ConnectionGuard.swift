import NIOCore
import NIOHTTP1

/// Watches one connection between the HTTP codec and the framework, as `ConnectionProgress` decides.
///
/// A request that arrives in one piece, as nearly all do, starts no timer.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var progress: ConnectionProgress
    private let maximumBodyByteCount: @Sendable (_ uri: String) -> Int
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var timer: Scheduled<Void>?

    init(limits: ConnectionProgress.Limits, maximumBodyByteCount: @escaping @Sendable (_ uri: String) -> Int) {
        progress = ConnectionProgress(limits: limits)
        self.maximumBodyByteCount = maximumBodyByteCount
        start = clock.now
    }

    private var now: Duration { clock.now - start }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let action: ConnectionProgress.ReadAction
        switch unwrapInboundIn(data) {
        case .head(let head): 
            action = progress.headRead(
                invites: invites(head), isLast: isLast(head), at: now)
        case .body(let bytes): action = progress.bodyRead(byteCount: bytes.readableBytes, at: now)
        case .end: action = progress.endRead()
        }
        switch action {
        case .pass: context.fireChannelRead(data)
        case .passAndInvite:
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
            context.fireChannelRead(data)
        case .drop: break
        case .close: context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if progress.isWaitingForBytes { startTimer(context) }
        if progress.isFinished { context.read() }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            switch progress.headWritten(isLast: !head.isKeepAlive) {
            case .pass: context.write(data, promise: promise)
            case .passAsLast:
                head.headers.replaceOrAdd(name: "Connection", value: "close")
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            }
        case .end:
            let action = progress.endWritten(at: now)
            context.write(data, promise: promise)
            if action == .passAndFinish { finish(context) }
        case .head, .body:
            context.write(data, promise: promise)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    /// Ends our side. Closing at once would let the system discard the answer while the caller still sends.
    private func finish(_ context: ChannelHandlerContext) {
        context.flush()
        context.close(mode: .output, promise: nil)
        timer?.cancel()
        timer = nil
        startTimer(context)
        // Also when the framework, which will see nothing of it, has stopped reading.
        context.read()
    }

    /// Whether the caller waits for permission to send a body that will be read.
    private func invites(_ head: HTTPRequestHead) -> Bool {
        guard head.version == .http1_1, let expect = head.headers.first(name: "expect") else { return false }
        guard expect.lowercased() == "100-continue" else { return false }
        let declared = head.headers.first(name: "content-length").flatMap(Int.init) ?? 0
        return declared <= maximumBodyByteCount(head.uri)
    }

    /// Whether no request is read after this one: the caller wants it so, or asks for another protocol, behind which the
    /// decoder reads nothing, whether or not that was granted.
    private func isLast(_ head: HTTPRequestHead) -> Bool {
        guard head.version == .http1_1, head.isKeepAlive else { return true }
        return head.headers.contains(name: "upgrade")
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        schedule(context, after: progress.firstTimer)
    }

    private func schedule(_ context: ChannelHandlerContext, after delay: Duration) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
            self.timer = nil
            switch self.progress.timerFired(at: self.now) {
            case .stop: break
            case .again(let delay): self.schedule(context, after: delay)
            case .close: context.close(promise: nil)
            }
        }
    }
}
