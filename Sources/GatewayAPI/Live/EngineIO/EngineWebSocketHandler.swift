import NIOCore
import NIOWebSocket

/// One WebSocket that carries, or may carry, an Engine.IO session: frames to packets and back.
///
/// What stands behind it in the pipeline belongs to the time before the upgrade and hears only of the channel's end.
final class EngineWebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// How long the other side may take to answer our close frame.
    private static let farewell = TimeAmount.seconds(2)

    private let open: (any EngineConnection.Writer) -> EngineConnection?
    private var connection: EngineConnection?
    private var writer: Writer?
    private var context: ChannelHandlerContext?
    private var isClosing = false

    /// - Parameter open: Begins or finds the session for the new WebSocket; nil closes it.
    init(open: @escaping (any EngineConnection.Writer) -> EngineConnection?) {
        self.open = open
    }

    /// Hops to the channel's event loop; there the order of calls is kept.
    private final class Writer: EngineConnection.Writer {
        private let handler: NIOLoopBound<EngineWebSocketHandler>
        private let eventLoop: any EventLoop

        init(_ handler: EngineWebSocketHandler, _ eventLoop: any EventLoop) {
            self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
            self.eventLoop = eventLoop
        }

        func write(_ packets: [EnginePacket], written: @escaping @Sendable (Int) -> Void) {
            eventLoop.execute { self.handler.value.write(packets, written: written) }
        }

        func close(_ reason: EngineSession.End) {
            eventLoop.execute { self.handler.value.close(reason.closeCode) }
        }
    }

    // MARK: - From the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let writer = Writer(self, context.eventLoop)
        self.writer = writer
        connection = open(writer)
        // The answer to the upgrade is on its way already; close behind it.
        if connection == nil { writer.close(.closedByServer) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text where !isClosing:
            received(try? EnginePacket(text: frame.unmaskedData.readableBytesView))
        case .binary where !isClosing:
            received(.binary(Array(frame.unmaskedData.readableBytesView)))
        case .ping where !isClosing:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            if isClosing {
                context.close(promise: nil)
            } else {
                ended()
                close(.normalClosure)
            }
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is NIOWebSocketError || error is NIOWebSocketFrameAggregator.Error else {
            context.close(promise: nil)
            return
        }
        ended()
        close(error as? NIOWebSocketError == .invalidFrameLength ? .messageTooLarge : .protocolError)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        // The other side will say no more; there is no half of a WebSocket.
        case ChannelEvent.inputClosed: context.close(promise: nil)
        // The server is about to end.
        case is ChannelShouldQuiesceEvent:
            if let connection { connection.close() } else { close(.goingAway) }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func received(_ packet: EnginePacket?) {
        guard let connection, let writer else { return }
        connection.received(packet, on: writer)
    }

    private func ended() {
        guard let connection, let writer else { return }
        self.connection = nil
        self.writer = nil
        connection.closed(writer)
    }

    // MARK: - To the channel

    private func write(_ packets: [EnginePacket], written: @escaping @Sendable (Int) -> Void) {
        let byteCount = packets.reduce(0) { $0 + $1.byteCount }
        guard let context, !isClosing, let last = packets.last else { return written(byteCount) }
        for packet in packets.dropLast() { context.write(wrapOutboundOut(Self.frame(packet)), promise: nil) }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in written(byteCount) }
        context.writeAndFlush(wrapOutboundOut(Self.frame(last)), promise: promise)
    }

    private static func frame(_ packet: EnginePacket) -> WebSocketFrame {
        if case .binary(let bytes) = packet {
            return WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes))
        }
        return WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: packet.text))
    }

    private func close(_ code: WebSocketErrorCode) {
        guard let context, !isClosing else { return }
        isClosing = true
        var reason = context.channel.allocator.buffer(capacity: 2)
        reason.write(webSocketErrorCode: code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: reason)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.farewell) { self.context?.close(promise: nil) }
    }
}

extension EngineSession.End {
    /// What the close frame says.
    fileprivate var closeCode: WebSocketErrorCode {
        switch self {
        case .closedByClient, .closedByServer, .transportClosed, .pingTimeout: .normalClosure
        case .protocolViolation: .protocolError
        case .tooSlow: .policyViolation
        }
    }
}
