import Storage
import WABinary
import WAClient
import WAProtocol

/// What the gateway writes down of a client's events, inside the transaction in which the client stores them.
///
/// So a received message is in `gateway_messages` exactly when its ratchet has moved on, and an outbox row is gone exactly
/// when the client will not send it again.
struct ClientRecording: Sendable {
    let session: GatewaySession
    let outbox: OutboxStore
    let nowMilliseconds: @Sendable () -> Int64

    private var messages: MessageStore { outbox.messages }

    func record(_ event: ClientEvent, on connection: any SQLConnection) throws {
        let now = nowMilliseconds()
        switch event {
        case .received(let message):
            try store(message, nowMilliseconds: now, on: connection)
            try touch(now, on: connection)
        case .sendSettled(let messageID, .acknowledged(let seconds)):
            try outbox.acknowledge(messageID, in: session.id, serverSeconds: seconds, on: connection)
            try touch(now, on: connection)
        case .sendSettled(let messageID, .refused(let refusal)):
            try outbox.fail(messageID, in: session.id, code: refusal.code, on: connection)
        case .sendSettled(_, .interrupted):
            break
        case .receipt(let update):
            try messages.advance(
                update.messageIDs, in: session.id, isFromMe: !update.isOwnReading, to: update.status.messageStatus,
                on: connection)
        case .paired(let account):
            try SessionStore.link(
                session.id, phone: account.phone.user, pushName: account.pushName, connectedAtMilliseconds: nil,
                nowMilliseconds: now, on: connection)
        case .loggedOut:
            try SessionStore.unlink(session.id, nowMilliseconds: now, on: connection)
            try outbox.failAll(of: session.id, code: "LOGGED_OUT", on: connection)
        case .stateChanged, .online, .identityChanged:
            break
        }
    }

    private func store(
        _ message: ReceivedMessage, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        guard let (type, body) = message.content.storedForm else { return }
        let chat = ChatID.neutral(message.chat)
        let writer = ChatID.neutral(message.sender)
        let isGroup = message.chat.account != message.sender.account && !message.isFromMe
        let own = session.phone
        try messages.insert(
            MessageStore.NewRow(
                sessionID: session.id, messageID: message.id, isFromMe: message.isFromMe, chat: chat,
                author: isGroup ? writer : "", sender: message.isFromMe ? own ?? "me" : isGroup ? chat : writer,
                recipient: message.isFromMe ? chat : own.map { ChatID(.phone, $0).description } ?? "me", body: body,
                type: type, timestampSeconds: message.timestampSeconds,
                status: message.isFromMe ? .sent : .delivered, pushName: message.pushName,
                createdAtMilliseconds: now),
            on: connection)
    }

    private func touch(_ now: Int64, on connection: any SQLConnection) throws {
        guard session.isActive(nowMilliseconds: now) else { return }
        try SessionStore.touch(session.id, lastActiveMilliseconds: now, on: connection)
    }
}

extension DeliveryUpdate.Status {
    fileprivate var messageStatus: MessageStatus {
        switch self {
        case .delivered: .delivered
        case .read, .played: .read
        }
    }
}

extension SendRefusal {
    /// The stable name of a refusal, in stored rows and in errors.
    var code: String {
        switch self {
        case .notOnWhatsApp: "NOT_ON_WHATSAPP"
        case .noKeys: "RECIPIENT_HAS_NO_KEYS"
        case .unsupportedRecipient: "RECIPIENT_UNSUPPORTED"
        case .notAGroupMember: "NOT_A_GROUP_MEMBER"
        case .mediaUnavailable: "MEDIA_UNAVAILABLE"
        case .server(463): "REACHOUT_RESTRICTED"
        case .server(let code): "WHATSAPP_\(code)"
        }
    }
}
