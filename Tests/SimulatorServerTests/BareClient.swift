import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization
import WABinary
import WACrypto
import WANoise

/// The least that can talk to a WhatsApp server: WebSocket, frames, Noise, nodes. Nothing of the product's client.
///
/// Used by one task at a time; its methods leave the caller's actor, as those of the channel underneath do.
final class BareClient {
    enum Failure: Error, Equatable { case ended, noUpgrade }

    /// What the caller wants to happen on the wire; defaults are a well-behaved client.
    struct Options: Sendable {
        var path = "/ws/chat"
        var trust: ServerTrust
        /// PEM of the TLS root to trust, for `wss`.
        var authorityPEM: String?
        var routingInfo: [UInt8]?
        /// Every byte in a WebSocket message of its own, as no client does and every server must take.
        var writesBytewise = false
        var nowSeconds: Int64
    }

    private var input: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
    private let output: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    private let bytewise: Bool
    private var frames = FrameCodec()
    private var pongs: [String] = []
    private var transport: NoiseTransport?

    private init(
        _ input: NIOAsyncChannelInboundStream<WebSocketFrame>, _ output: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
        bytewise: Bool
    ) {
        self.input = input.makeAsyncIterator()
        self.output = output
        self.bytewise = bytewise
    }

    /// Shakes hands with the given static key and ClientPayload, then lends the connection to `body`.
    @concurrent
    static func connect<R: Sendable>(
        to url: String, staticKey: KeyPair = KeyPair(), payload: [UInt8], options: Options,
        _ body: @Sendable @concurrent (BareClient) async throws -> R
    ) async throws -> R {
        let channel = try await open(url, options)
        let result = Mutex<R?>(nil)
        do {
            try await channel.executeThenClose { inbound, outbound in
                let client = BareClient(inbound, outbound, bytewise: options.writesBytewise)
                try await client.shakeHands(staticKey: staticKey, payload: payload, options: options)
                let found = try await body(client)
                result.withLock { $0 = found }
            }
        } catch {
            // Closing may find the channel closed by the server a moment before; what the body found holds all the same.
            guard let found = result.withLock({ $0 }) else { throw error }
            return found
        }
        guard let found = result.withLock({ $0 }) else { throw Failure.ended }
        return found
    }

    @concurrent
    private func shakeHands(staticKey: KeyPair, payload: [UInt8], options: Options) async throws {
        var initiator = NoiseInitiator(staticKey: staticKey)
        let preamble = ConnectionHeader.preamble(routingInfo: options.routingInfo)
        try await write(preamble + FrameCodec.frame(initiator.clientHello()))
        let (finish, transport) = try initiator.clientFinish(
            answering: try await nextFrame(), payload: payload, trust: options.trust, nowSeconds: options.nowSeconds)
        try await write(FrameCodec.frame(finish))
        self.transport = transport
    }

    @concurrent
    func send(_ node: Node) async throws {
        try await sendPlaintext(FramePayload.pack(node))
    }

    /// Seals bytes that need not be a node.
    @concurrent
    func sendPlaintext(_ bytes: [UInt8]) async throws {
        guard let sealed = try transport?.seal(bytes) else { throw Failure.ended }
        try await write(FrameCodec.frame(sealed))
    }

    /// The next node; throws `ended` when the server closed.
    @concurrent
    func next() async throws -> Node {
        let frame = try await nextFrame()
        guard let plaintext = try transport?.open(frame) else { throw Failure.ended }
        return try FramePayload.unpack(plaintext)
    }

    /// Skips nodes until one fits.
    @concurrent
    func next(where fits: @Sendable (Node) -> Bool) async throws -> Node {
        while true {
            let node = try await next()
            if fits(node) { return node }
        }
    }

    @concurrent
    func ping(_ text: String) async throws {
        try await output.write(
            WebSocketFrame(fin: true, opcode: .ping, maskKey: .random(), data: ByteBuffer(string: text)))
    }

    @concurrent
    func nextPong() async throws -> String {
        while pongs.isEmpty { try await read() }
        return pongs.removeFirst()
    }

    @concurrent
    private func nextFrame() async throws -> [UInt8] {
        while true {
            if let frame = try frames.next() { return frame }
            try await read()
        }
    }

    /// Takes one WebSocket message; throws `ended` at the end of the connection, orderly or not.
    @concurrent
    private func read() async throws {
        guard let message = try? await input.next() else { throw Failure.ended }
        switch message.opcode {
        case .binary, .continuation: frames.append(message.unmaskedData.readableBytesView)
        case .pong: pongs.append(String(buffer: message.unmaskedData))
        case .connectionClose: throw Failure.ended
        default: break
        }
    }

    @concurrent
    private func write(_ bytes: [UInt8]) async throws {
        for piece in bytewise ? bytes.map({ [$0] }) : [bytes] {
            try await output.write(
                WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: ByteBuffer(bytes: piece)))
        }
    }

    @concurrent
    private static func open(
        _ url: String, _ options: Options
    ) async throws -> NIOAsyncChannel<WebSocketFrame, WebSocketFrame> {
        let isSecure = url.hasPrefix("wss://")
        let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }.split(separator: ":")
        let tls = try options.authorityPEM.map { pem in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
            return try NIOSSLContext(configuration: configuration)
        }
        let upgrade = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: String(authority[0]), port: Int(authority[1]) ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if isSecure, let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    let upgrader = NIOTypedWebSocketClientUpgrader<NIOAsyncChannel<WebSocketFrame, WebSocketFrame>?>(
                        maxFrameSize: 1 << 24,
                        upgradePipelineHandler: { channel, _ in
                            channel.eventLoop.makeCompletedFuture {
                                try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                            }
                        })
                    let head = HTTPRequestHead(
                        version: .http1_1, method: .GET, uri: options.path,
                        headers: ["Host": "localhost", "Origin": "https://web.whatsapp.com", "Content-Length": "0"])
                    let configuration = NIOTypedHTTPClientUpgradeConfiguration(
                        upgradeRequestHead: head, upgraders: [upgrader],
                        notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(nil) })
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(upgradeConfiguration: configuration))
                }
            }
        guard let channel = try await upgrade.get() else { throw Failure.noUpgrade }
        return channel
    }
}
