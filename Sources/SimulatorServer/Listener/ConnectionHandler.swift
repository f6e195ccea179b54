import Logging
import NIOCore
import NIOSSL
import NIOWebSocket
import WABinary
import WACrypto
import WANoise
import WASimulator

/// One client's connection: WebSocket messages in and out, frames inside them, the Noise handshake, then sealed nodes.
///
/// ```
/// client ─► [ED 00 01 len³ routing] 57 41 06 03   len³ ClientHello   len³ ClientFinish   len³ sealed node …
/// server ─►                                       len³ ServerHello                       len³ sealed node …
/// ```
/// Frames follow no WebSocket message boundary in either direction (protocol reference §1.1): what one burst of input
/// causes for a connection goes out as one message. All of it happens on the one event loop that also owns the
/// simulated server, so nothing is queued between reading a frame and answering it; what a client does not read is
/// bounded by `Limits.unreadByteCount`.
///
/// `@unchecked Sendable` because NIO calls a handler on its channel's event loop only, and that loop is the executor of
/// the host, the only other caller; so nothing here is ever touched from two threads.
final class ConnectionHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    enum Limits {
        /// Largest frame taken from a client. An upload of 812 prekeys is 50 KB; a patch of app state with inline
        /// values is the largest thing a client sends.
        static let frameByteCount = 8 << 20
        /// What may wait for a client that does not read, before it is dropped.
        static let unreadByteCount = 64 << 20
        /// A client has this long from connecting to its ClientFinish.
        static let handshake = TimeAmount.seconds(20)
        /// A client has this long to answer our close frame.
        static let closing = TimeAmount.seconds(2)
    }

    private enum Phase {
        case preamble(PreambleReader)
        case clientHello
        case clientFinish(NoiseResponder)
        case nodes
        /// We sent a close frame; what still arrives is ignored.
        case closing
        case closed
    }

    let id: ConnectionID
    private let host: SimulatorHost
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var phase = Phase.preamble(PreambleReader())
    private var frames = FrameCodec(maximumLength: Limits.frameByteCount)
    private var transport: NoiseTransport?
    private var handshakeTimeout: Scheduled<Void>?
    /// Frames sealed and not yet written; sealing order is writing order.
    private var outgoing: ByteBuffer?
    private var unreadByteCount = 0
    /// Set by a fault: the connection drops when this many more bytes were written.
    private var byteCountUntilCut: Int?

    init(id: ConnectionID, host: SimulatorHost, logger: Logger) {
        self.id = id
        self.host = host
        self.logger = logger
    }

    // MARK: - From the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        host.assumeIsolated { $0.accepted(self) }
        handshakeTimeout = context.eventLoop.assumeIsolated().scheduleTask(in: Limits.handshake) { [self] in
            fail("no complete handshake in time")
        }
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
        let message = unwrapInboundIn(data)
        switch message.opcode {
        case .binary, .continuation:
            received(message.unmaskedData)
        case .ping:
            write(opcode: .pong, message.unmaskedData)
        case .connectionClose:
            if case .closing = phase {} else { write(opcode: .connectionClose, message.unmaskedData) }
            context.close(promise: nil)
        case .text:
            fail("text instead of binary messages")
        default:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        host.assumeIsolated { $0.flush() }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that goes away in the middle of TLS or TCP is ordinary: the channel becomes inactive on its own.
        logger.debug("\(id) failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    // MARK: - Frames

    private func received(_ buffer: ByteBuffer) {
        do {
            if case .preamble(var reader) = phase {
                reader.append(buffer.readableBytesView)
                phase = .preamble(reader)
                guard let preamble = try reader.finished() else { return }
                phase = .clientHello
                frames.append(preamble.remainder)
            } else {
                frames.append(buffer.readableBytesView)
            }
            while let frame = try frames.next() {
                guard try received(frame: frame) else { return }
            }
        } catch {
            fail("\(error)")
        }
    }

    /// False when nothing more is to be read.
    private func received(frame: [UInt8]) throws -> Bool {
        switch phase {
        case .clientHello:
            var responder = host.assumeIsolated { $0.noiseResponder() }
            write(framed: try responder.serverHello(answering: frame))
            phase = .clientFinish(responder)
        case .clientFinish(var responder):
            let (clientStatic, payload, transport) = try responder.finish(frame)
            self.transport = transport
            phase = .nodes
            handshakeTimeout?.cancel()
            handshakeTimeout = nil
            host.assumeIsolated { $0.connected(id, clientStatic: clientStatic, payload: payload) }
        case .nodes:
            guard let plaintext = try transport?.open(frame) else { return false }
            host.assumeIsolated { $0.received(plaintext, on: id) }
        case .preamble, .closing, .closed:
            return false
        }
        return true
    }

    // MARK: - To the channel, called by the host

    /// Seals one node behind those before it; `flush` writes them.
    func send(_ node: Node) { send(payload: FramePayload.pack(node)) }

    /// The same of bytes that need not be a node.
    func send(payload: [UInt8]) {
        guard case .nodes = phase else { return }
        do {
            guard let sealed = try transport?.seal(payload) else { return }
            write(framed: sealed)
        } catch {
            fail("\(error)")
        }
    }

    /// Writes everything sealed so far as one WebSocket message.
    func flush() {
        guard var bytes = outgoing, bytes.readableBytes > 0 else { return }
        outgoing = nil
        guard let limit = byteCountUntilCut else { return write(opcode: .binary, bytes) }
        guard bytes.readableBytes >= limit else {
            byteCountUntilCut = limit - bytes.readableBytes
            return write(opcode: .binary, bytes)
        }
        if let last = bytes.readSlice(length: limit), limit > 0 { write(opcode: .binary, last) }
        drop()
    }

    /// Writes what is sealed, then closes in good order.
    func close() {
        flush()
        guard let context, case .nodes = phase else { return }
        phase = .closing
        var reason = context.channel.allocator.buffer(capacity: 2)
        reason.write(webSocketErrorCode: .normalClosure)
        write(opcode: .connectionClose, reason)
        context.eventLoop.assumeIsolated().scheduleTask(in: Limits.closing) { [self] in
            self.context?.close(promise: nil)
        }
    }

    /// Drops the connection without a word once this many more bytes are written; 0 drops it now.
    func cut(afterByteCount count: Int) {
        byteCountUntilCut = count
        if count == 0 {
            outgoing = nil
            drop()
        }
    }

    // MARK: - Ends

    /// Closes below TLS, so that the client sees neither a close frame nor an orderly TLS end.
    private func drop() {
        phase = .closed
        guard let context else { return }
        let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        (tls ?? context).close(promise: nil)
    }

    private func fail(_ reason: String) {
        logger.debug("\(id) dropped", metadata: ["reason": "\(reason)"])
        drop()
    }

    private func ended() {
        phase = .closed
        outgoing = nil
        handshakeTimeout?.cancel()
        handshakeTimeout = nil
        host.assumeIsolated { $0.disconnected(id) }
    }

    // MARK: - Writing

    private func write(framed payload: [UInt8]) {
        guard let context else { return }
        let frame = FrameCodec.frame(payload)
        if outgoing == nil {
            outgoing = context.channel.allocator.buffer(capacity: frame.count)
            host.assumeIsolated { $0.hasOutgoing(self) }
        }
        outgoing?.writeBytes(frame)
    }

    private func write(opcode: WebSocketOpcode, _ bytes: ByteBuffer) {
        guard let context, context.channel.isActive else { return }
        let count = bytes.readableBytes
        unreadByteCount += count
        guard unreadByteCount <= Limits.unreadByteCount else { return fail("too much unread") }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in unreadByteCount -= count }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: bytes)), promise: written)
    }
}
