package import WABinary

/// A stanza of the server, read as what it is.
///
/// Reading never fails: what is malformed or not known stays ``unknown(_:)``, and is answered with
/// ``AckStanza/answering(_:error:)`` where the server waits for it. Replies to our requests (iqs of type `result` or
/// `error`) belong to whoever asked and are unknown here.
package enum IncomingStanza: Equatable, Sendable {
    case message(MessageStanza)
    case receipt(ReceiptStanza)
    case retryReceipt(RetryReceipt)
    /// Nil for an ack of something other than a message, which nobody waits for.
    case ack(MessageAck?)
    case notification(NotificationStanza)
    case call(CallStanza)
    case presence(PresenceStanza)
    case chatState(ChatStateStanza)
    case info(InfoStanza)
    case pairDevice(PairDevice)
    case pairSuccess(PairSuccess)
    case ping(ServerPing)
    case success(LoginSuccess)
    case failure(LoginFailure)
    case streamError(StreamError)
    case streamEnd
    case unknown(Node)

    package init(_ node: Node) {
        self.init(node, own: nil)
    }

    /// `own` tells messages of our other devices from those of others; nil before we are linked.
    package init(_ node: Node, own: OwnAddresses?) {
        let stanza: IncomingStanza? =
            switch node.tag {
            case "message": MessageStanza(node, own: own).map(Self.message)
            case "receipt": RetryReceipt(node).map(Self.retryReceipt) ?? ReceiptStanza(node).map(Self.receipt)
            case "ack": .ack(MessageAck(node))
            case "notification": NotificationStanza(node).map(Self.notification)
            case "call": CallStanza(node).map(Self.call)
            case "presence": PresenceStanza(node).map(Self.presence)
            case "chatstate": ChatStateStanza(node).map(Self.chatState)
            case "ib": .info(InfoStanza(node))
            case "iq": Self.request(node)
            case "success": .success(LoginSuccess(node))
            case "failure": .failure(LoginFailure(node))
            case "stream:error": .streamError(StreamError(node))
            case "xmlstreamend": .streamEnd
            default: nil
            }
        self = stanza ?? .unknown(node)
    }

    private static func request(_ node: Node) -> IncomingStanza? {
        PairDevice(node).map(Self.pairDevice) ?? PairSuccess(node).map(Self.pairSuccess)
            ?? ServerPing(node).map(Self.ping)
    }
}
