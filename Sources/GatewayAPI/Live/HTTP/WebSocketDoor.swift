import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Turns an HTTP/1.1 connection into a WebSocket when a request asks for it and somebody wants it.
///
/// ```
/// decoder ─► WebSocketDoor ─► ConnectionGuard ─► framework          before
/// frame decoder ─► aggregator ─► EngineWebSocketHandler             after; the framework waits for the end
/// ```
/// Any request of a connection may ask, not only its first: clients with a pool of connections do so. It must be
/// the only one under way. Whoever is not wanted is passed on as a plain request, and its route says why.
final class WebSocketDoor: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The handler for a WebSocket that a request may become; nil refuses. The text is the address of the socket's other end.
    typealias Admission = @Sendable (HTTPRequestHead, String?) -> EngineWebSocketHandler?

    /// Frames are as large as the bodies of polling requests; a message may come in some pieces.
    private static let maximumFragmentCount = 256

    private let admit: Admission
    private var openRequests = 0
    private var asking: HTTPRequestHead?

    init(admit: @escaping Admission) {
        self.admit = admit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if openRequests == 0, Self.asksForWebSocket(head) {
                asking = head
            } else {
                openRequests += 1
                context.fireChannelRead(data)
            }
        case .body:
            // A request for a WebSocket has no body.
            if asking == nil { context.fireChannelRead(data) }
        case .end:
            guard let head = asking else { return context.fireChannelRead(data) }
            asking = nil
            answer(head, context)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { openRequests -= 1 }
        context.write(data, promise: promise)
    }

    private static func asksForWebSocket(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.version == .http1_1
            && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // Checks version and key, and knows what `Sec-WebSocket-Accept` must be.
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        upgrader.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:])
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success(let headers):
                    guard let handler = self.admit(head, context.remoteAddress?.ipAddress) else {
                        return self.passOn(head, context)
                    }
                    self.upgrade(to: handler, headers, context)
                case .failure: self.passOn(head, context)
                }
            }
    }

    private func passOn(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        openRequests += 1
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.fireChannelRead(wrapInboundOut(.end(nil)))
        context.fireChannelReadComplete()
    }

    private func upgrade(
        to handler: EngineWebSocketHandler, _ headers: HTTPHeaders, _ context: ChannelHandlerContext
    ) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
            // The decoder goes first, so that it does not read frames; nothing of the other side is due before the answer.
            pipeline.removeHandler(decoder).assumeIsolated().flatMap {
                let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
                return context.writeAndFlush(self.wrapOutboundOut(.head(head))).assumeIsolated().nonisolated()
            }.flatMap { pipeline.removeHandler(encoder) }.whenComplete { result in
                do {
                    try result.get()
                    try self.furnish(pipeline, with: handler)
                } catch {
                    context.close(promise: nil)
                }
            }
        } catch {
            context.close(promise: nil)
        }
    }

    private func furnish(_ pipeline: ChannelPipeline.SynchronousOperations, with handler: EngineWebSocketHandler) throws
    {
        let limit = EnginePayload.maximumByteCount
        try pipeline.addHandler(WebSocketFrameEncoder(), position: .before(self))
        try pipeline.addHandler(
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limit)), position: .before(self))
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: Self.maximumFragmentCount,
                maxAccumulatedFrameSize: limit), position: .before(self))
        try pipeline.addHandler(handler, position: .before(self))
        // It would take the silence of HTTP for idleness.
        try pipeline.removeHandler(pipeline.handler(type: HTTPConnectionStateHandler.self), promise: nil)
        pipeline.removeHandler(self, promise: nil)
    }
}
