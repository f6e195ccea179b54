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
            try outbox.acknowledge(
                messageID, in: session.id, own: session.ownID, serverSeconds: seconds, on: connection)
            try touch(now, on: connection)
        case .sendSettled(let messageID, .refused(let refusal)):
            try outbox.fail(messageID, in: session.id, code: refusal.code, on: connection)
        case .sendSettled(_, .interrupted):
            break
        case .receipt(let update):
            try advance(update, on: connection)
        case .paired(let account):
            try SessionStore.link(
                session.id, phone: account.phone.user, pushName: account.pushName, connectedAtMilliseconds: nil,
                nowMilliseconds: now, on: connection)
        case .loggedOut:
            try SessionStore.unlink(session.id, nowMilliseconds: now, on: connection)
            try outbox.failAll(of: session.id, code: "LOGGED_OUT", nowMilliseconds: now, on: connection)
        case .stateChanged, .online, .identityChanged, .sendProgress, .history, .contactChanged, .chatChanged,
            .messageChanged, .groupChanged, .presence, .call, .labelChanged, .rejected:
            break
        }
    }

    private func store(
        _ message: ReceivedMessage, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        guard let (type, body) = message.content.storedForm else { return try apply(message, on: connection) }
        let chat = ChatID.neutral(message.chat)
        let writer = ChatID.neutral(message.sender)
        let own = session.phone
        let isGroup = isGroupMessage(message)
        try messages.insert(
            MessageStore.NewRow(
                sessionID: session.id, messageID: message.id, isFromMe: message.isFromMe, chat: chat,
                author: isGroup ? writer : "", sender: message.isFromMe ? own ?? "me" : isGroup ? chat : writer,
                recipient: message.isFromMe ? chat : session.ownID, body: body,
                type: type, timestampSeconds: message.timestampSeconds,
                status: message.isFromMe ? .sent : .delivered, pushName: message.pushName,
                content: message.content.bytesToKeep, createdAtMilliseconds: now),
            on: connection)
    }

    private func isGroupMessage(_ message: ReceivedMessage) -> Bool {
        message.chat.account != message.sender.account && !message.isFromMe
    }

    /// A receipt of an edit's stanza is one of the message that was edited.
    private func advance(_ update: DeliveryUpdate, on connection: any SQLConnection) throws {
        let status = update.status.messageStatus
        let changed = try messages.advance(
            update.messageIDs, in: session.id, isFromMe: !update.isOwnReading, to: status, on: connection)
        guard changed < update.messageIDs.count, !update.isOwnReading else { return }
        let edited = try ActionStore(messages: messages).edited(
            by: update.messageIDs, in: session.id, on: connection)
        try messages.advance(edited, in: session.id, isFromMe: true, to: status, on: connection)
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
