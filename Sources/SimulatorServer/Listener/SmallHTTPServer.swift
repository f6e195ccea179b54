package import NIOCore
package import NIOHTTP1
import NIOPosix
package import NIOSSL

/// A small HTTP/1.1 server on one port, with TLS or without: for the blob store, the playground's sites and benchmarks.
///
/// One child task a connection, one exchange after another; bodies stream with the connection's own pace.
package struct SmallHTTPServer: Sendable {
    fileprivate typealias Connection = AcceptedConnection<HTTPServerRequestPart, HTTPServerResponsePart>
    package typealias Respond = @Sendable @concurrent (HTTPExchange) async throws -> Void

    private let channel: NIOAsyncChannel<Connection, Never>

    package var port: Int { channel.channel.localAddress?.port ?? 0 }

    /// Binds a port; 0 lets the system choose one. Connections wait until `run`.
    package static func bind(
        address: String, port: Int, tls: NIOSSLContext?, group: any EventLoopGroup
    ) async throws -> SmallHTTPServer {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .bind(host: address, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    return Connection(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            }
        return SmallHTTPServer(channel: channel)
    }

    /// Serves until the task is cancelled, then closes the port and every connection.
    @concurrent
    package func run(_ respond: @escaping Respond) async {
        try? await channel.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { tasks in
                for try await connection in connections {
                    tasks.addTask { await Self.serve(connection, respond) }
                }
            }
        }
    }

    /// For a server that will never run.
    @concurrent
    func close() async {
        try? await channel.executeThenClose { _ in }
    }

    /// Whatever goes wrong on a connection, or is thrown by `respond`, ends this connection alone.
    @concurrent
    private static func serve(_ connection: Connection, _ respond: @escaping Respond) async {
        try? await connection.serve().executeThenClose { inbound, outbound in
            let exchange = HTTPExchange(inbound, outbound)
            while try await exchange.begin() {
                try await respond(exchange)
                guard try await exchange.finish() else { return }
            }
        }
    }
}

/// One request and its answer. Used by one task at a time.
package final class HTTPExchange {
    private var inbound: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    package private(set) var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
    private var isBodyRead = false
    private var isAnswered = false

    fileprivate init(
        _ inbound: NIOAsyncChannelInboundStream<HTTPServerRequestPart>,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Waits for the next request; false at the end of the connection.
    @concurrent
    fileprivate func begin() async throws -> Bool {
        guard case .head(let head)? = try await inbound.next() else { return false }
        self.head = head
        isBodyRead = false
        isAnswered = false
        return true
    }

    /// Reads what is left of the body; false when the connection is to be closed.
    @concurrent
    fileprivate func finish() async throws -> Bool {
        guard isAnswered else { return false }
        while try await nextBody() != nil {}
        return head.isKeepAlive
    }

    /// The next piece of the request's body; nil at its end. Throws when the connection ends before.
    @concurrent
    package func nextBody() async throws -> ByteBuffer? {
        guard !isBodyRead else { return nil }
        switch try await inbound.next() {
        case .body(let bytes)?: return bytes
        case .end?:
            isBodyRead = true
            return nil
        case .head?, nil: throw ChannelError.inputClosed
        }
    }

    @concurrent
    package func answer(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders = [:], _ body: ByteBuffer = ByteBuffer()
    ) async throws {
        try await begin(status, headers, byteCount: body.readableBytes)
        if head.method != .HEAD, body.readableBytes > 0 { try await write(body) }
        try await end()
    }

    /// Begins an answer whose body of this length follows with `write`, then `end`.
    @concurrent
    func begin(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, byteCount: Int) async throws {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Length", value: String(byteCount))
        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
    }

    @concurrent
    func write(_ bytes: ByteBuffer) async throws {
        try await outbound.write(.body(.byteBuffer(bytes)))
    }

    @concurrent
    func end() async throws {
        try await outbound.write(.end(nil))
        isAnswered = true
    }
}
