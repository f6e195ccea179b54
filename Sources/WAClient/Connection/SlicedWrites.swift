import NIOCore

/// Hands large writes to TLS in slices, each flushed before the next.
///
/// The TLS handler keeps a buffer as large as the largest write it ever got, for as long as the connection lives: 64 KiB with
/// the first upload of prekeys, in every session. (Its option against that has no effect as of swift-nio-ssl 2.37.)
final class SlicedWrites: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Half of a TLS record.
    private static let limit = 8_192

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var buffer = unwrapOutboundIn(data)
        while buffer.readableBytes > Self.limit, let slice = buffer.readSlice(length: Self.limit) {
            context.writeAndFlush(wrapOutboundOut(slice), promise: nil)
        }
        context.write(wrapOutboundOut(buffer), promise: promise)
    }
}
