import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The framework's HTTP/1.1 channel with a `WebSocketDoor` and a `ConnectionGuard` behind its decoder.
struct GuardedHTTP1Channel: ServerChildChannel {
    typealias Value = AcceptedConnection<HTTPRequestPart, HTTPResponsePart>

    private let base: HTTP1Channel
    private let limits: ConnectionProgress.Limits
    private let maximumBodyByteCount: @Sendable (_ uri: String) -> Int
    private let webSockets: WebSocketDoor.Admission

    /// - Parameters:
    ///   - maximumBodyByteCount: The largest body that the route of a request target reads.
    ///   - webSockets: Who may leave HTTP for a WebSocket.
    init(
        _ configuration: APIConfiguration, maximumBodyByteCount: @escaping @Sendable (_ uri: String) -> Int,
        webSockets: @escaping WebSocketDoor.Admission, responder: @escaping HTTPChannelHandler.Responder
    ) {
        base = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                idleTimeout: .seconds(Int64(configuration.idleSeconds)),
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 200)))
        limits = ConnectionProgress.Limits(
            silence: .seconds(configuration.bodySilenceSeconds), request: .seconds(configuration.requestSeconds))
        self.maximumBodyByteCount = maximumBodyByteCount
        self.webSockets = webSockets
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).map(AcceptedConnection.init).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandlers(
                [
                    WebSocketDoor(admit: webSockets),
                    ConnectionGuard(limits: limits, maximumBodyByteCount: maximumBodyByteCount),
                ], position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value.serve(), logger: logger)
    }
}
