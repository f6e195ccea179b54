package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTPTypes

extension AcceptedConnection: ServerChildChannelValue {}

/// The framework's HTTP/1.1 channel whose connections may be dropped.
package struct CarefulHTTP1Channel: ServerChildChannel {
    package typealias Value = AcceptedConnection<HTTPRequestPart, HTTPResponsePart>

    private let base: HTTP1Channel

    package init(responder: @escaping HTTPChannelHandler.Responder) { base = HTTP1Channel(responder: responder) }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).map(AcceptedConnection.init)
    }

    package func handle(value: Value, logger: Logger) async {
        await base.handle(value: value.serve(), logger: logger)
    }
}
