import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// A WebSocket over TCP, with TLS when the endpoint asks for it.
///
/// Outgoing bytes are collected under a lock and written by one event-loop turn, so that many sends in a row
/// cost one flush. The HTTP handlers leave the pipeline after the upgrade.
final class NIOWebSocketLink: WebSocketLink {
    private struct Outgoing {
        var waiting: [[UInt8]] = []
        var isScheduled = false
    }

    private let channel: any Channel
    private let outgoing = Mutex(Outgoing())

    private init(channel: any Channel) { self.channel = channel }

    func send(_ bytes: [UInt8]) {
        let schedules = outgoing.withLock { outgoing in
            outgoing.waiting.append(bytes)
            defer { outgoing.isScheduled = true }
            return !outgoing.isScheduled
        }
        if schedules { channel.eventLoop.execute { self.flush() } }
    }

    func readWhile(_ isWanted: @escaping @Sendable () -> Bool) {
        channel.eventLoop.execute { [channel] in
            channel.setOption(.autoRead, value: isWanted()).whenFailure { _ in }
        }
    }

    func close() { channel.close(promise: nil) }

    private func flush() {
        let batch = outgoing.withLock { outgoing in
            outgoing.isScheduled = false
            defer { outgoing.waiting = [] }
            return outgoing.waiting
        }
        for bytes in batch {
            let frame = WebSocketFrame(
                fin: true, opcode: .binary, maskKey: .drawn(), data: channel.allocator.buffer(bytes: bytes))
            channel.write(frame, promise: nil)
        }
        channel.flush()
    }

    /// Opens a link: TCP within 20 s, TLS against the given context, then the WebSocket upgrade with WhatsApp's origin.
    static func open(
        _ endpoint: ServerEndpoint, origin: String, tls: NIOSSLContext?, on group: any EventLoopGroup, receiver: LinkReceiver
    ) async throws -> NIOWebSocketLink {
        let connectTimeoutSeconds: Int64 = 20
        let eventLoop = group.next()
        let upgraded = eventLoop.makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(connectTimeoutSeconds))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if endpoint.isSecure {
                        guard let tls else { throw ClientError.unreachable("no TLS context for \(endpoint)") }
                        let isAddress = (try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)) != nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : endpoint.host))
                        try channel.pipeline.syncOperations.addHandler(SlicedWrites())
                    }
                    try addUpgrade(to: channel, endpoint: endpoint, origin: origin, upgraded: upgraded, receiver: receiver)
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: endpoint.host, port: endpoint.port).get()
        } catch {
            upgraded.fail(error)
            throw ClientError.unreachable("\(error)")
        }
        let deadline = eventLoop.scheduleTask(in: .seconds(connectTimeoutSeconds)) {
            upgraded.fail(ClientError.timedOut)
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        do {
            try await upgraded.futureResult.get()
        } catch {
            channel.close(promise: nil)
            throw error
        }
        return NIOWebSocketLink(channel: channel)
    }

    private static func addUpgrade(
        to channel: any Channel, endpoint: ServerEndpoint, origin: String, upgraded: EventLoopPromise<Void>,
        receiver: LinkReceiver
    ) throws {
        let upgrader = NIOWebSocketClientUpgrader(maxFrameSize: 1 << 24) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(LinkHandler(receiver: receiver))
                upgraded.succeed()
            }
        }
        let request = UpgradeRequestHandler(endpoint: endpoint, origin: origin, upgraded: upgraded)
        let configuration: NIOHTTPClientUpgradeSendableConfiguration = (
            upgraders: [upgrader],
            completionHandler: { context in context.pipeline.syncOperations.removeHandler(request, promise: nil) }
        )
        try channel.pipeline.syncOperations.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes, withClientUpgrade: configuration)
        try channel.pipeline.syncOperations.addHandler(request)
    }
}

/// Asks for the upgrade once the channel is active, and turns any other answer into an error.
private final class UpgradeRequestHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let endpoint: ServerEndpoint
    private let origin: String
    private let upgraded: EventLoopPromise<Void>

    init(endpoint: ServerEndpoint, origin: String, upgraded: EventLoopPromise<Void>) {
        self.endpoint = endpoint
        self.origin = origin
        self.upgraded = upgraded
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers: HTTPHeaders = [
            "Host": endpoint.port == (endpoint.isSecure ? 443 : 80) ? endpoint.host : "\(endpoint.host):\(endpoint.port)",
            "Origin": origin,
            "Cache-Control": "no-cache",
            "Pragma": "no-cache",
            "Content-Length": "0",
        ]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: endpoint.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        upgraded.fail(ClientError.upgradeRefused(status: Int(head.status.code)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        upgraded.fail(ClientError.unreachable("closed before the WebSocket upgrade"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        upgraded.fail(ClientError.unreachable("\(error)"))
        context.close(promise: nil)
    }
}

/// Hands the bytes of binary messages on, answers pings, and reports the end once.
private final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let receiver: LinkReceiver
    private var failure: (any Error)?

    init(receiver: LinkReceiver) { self.receiver = receiver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .continuation:
            receiver.received(Array(frame.unmaskedData.readableBytesView))
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .drawn(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            context.close(promise: nil)
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        receiver.closed(failure)
        context.fireChannelInactive()
    }
}

extension WebSocketMaskingKey {
    /// From one draw of the system's generator; NIO's `random()` makes a system call for each byte.
    fileprivate static func drawn() -> WebSocketMaskingKey {
        let bits = UInt32.random(in: .min ... .max)
        return [UInt8(bits >> 24), UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
    }
}
