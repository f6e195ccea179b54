import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// The ports clients connect to: one for `ws` and, with a TLS context, one for `wss`.
///
/// Every path is taken (`/ws/chat` is what clients ask for; some append a query). All connections live on the host's
/// event loop.
struct SimulatorListener {
    let host: SimulatorHost
    let logger: Logger

    /// Binds a port; 0 lets the system choose one.
    func bind(address: String, port: Int, tls: NIOSSLContext?) async throws -> any Channel {
        try await ServerBootstrap(group: host.eventLoop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try prepare(channel, tls: tls) }
            }
            .bind(host: address, port: port)
            .get()
    }

    private func prepare(_ channel: any Channel, tls: NIOSSLContext?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: ConnectionHandler.Limits.frameByteCount,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    pipeline.removeHandler(try pipeline.handler(type: PlainRequestHandler.self), promise: nil)
                    let id = host.assumeIsolated { $0.newConnectionID() }
                    try pipeline.addHandler(ConnectionHandler(id: id, host: host, logger: logger))
                }
            })
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
        try pipeline.addHandler(PlainRequestHandler())
    }
}

/// Answers a plain HTTP request on the WebSocket port with one sentence; it never sees an upgrade.
private final class PlainRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let text = ByteBuffer(string: "This is the OpenWA simulator. Connect a WhatsApp client here over WebSocket.\n")
        let headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(text.readableBytes)",
            "Connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: .upgradeRequired, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}
