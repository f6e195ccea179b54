package import NIOCore
import NIOPosix

/// Accepts one connection, drops what `setup` makes of it, and returns once the client has seen the end.
package func dropConnection(
    _ setup: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
) async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer(setup)
        .bind(host: "127.0.0.1", port: 0).get()
    let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(to: server.localAddress!).get()
    try await client.closeFuture.get()
    try await server.close()
}
