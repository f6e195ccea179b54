import Storage
import WABinary
import WAClient
import WAProtocol

/// What a received message became in the tables.
enum ReceivedOutcome: Sendable, Equatable {
    /// A row of its own, under this number; also when only the phone could show it before, and now it is here.
    case stored(sequence: Int64)
    /// The row was there before.
    case repeated
    /// Messages that disappear are not kept (`STORE_EPHEMERAL_MESSAGES`), and nobody is told of them.
    case suppressed
    case reacted(ReactionContent)
    /// The message as it reads now.
    case edited(StoredMessage)
    /// The message as it read before.
    case revoked(StoredMessage)
    /// Somebody's vote in this poll of ours or theirs; nil when the poll is not known here.
    case voted(StoredMessage?)
    /// It changes nothing that is known here.
    case nothing
}

extension ClientRecording {
    /// Keeps a received message, or does what it says to another one.
    func store(
        _ message: ReceivedMessage, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws -> ReceivedOutcome {
        guard let row = row(of: message, createdAtMilliseconds: now) else { return try apply(message, on: connection) }
        if row.expiresAtMilliseconds != nil, !storesEphemeral { return .suppressed }
        guard let number = try messages.insert(row, on: connection) else {
            guard message.unavailable == nil, let filled = try messages.unmask(row, on: connection) else {
                return .repeated
            }
            try media.record(message, messageSeq: filled, in: session.id, nowMilliseconds: now, on: connection)
            return .stored(sequence: filled)
        }
        try media.record(message, messageSeq: number, in: session.id, nowMilliseconds: now, on: connection)
        try ChatStore.note(
            messageIn: row.chat, timestampSeconds: row.timestampSeconds, isUnread: !row.isFromMe, in: session.id,
            on: connection)
        if let name = message.pushName, !message.isFromMe, !name.isEmpty {
            try ContactStore.learnPushName(name, ChatID.neutral(message.sender), of: session.id, on: connection)
        }
        return .stored(sequence: number)
    }

    /// The row of what is a message of its own; nil for what is about another one.
    func row(of message: ReceivedMessage, createdAtMilliseconds now: Int64) -> MessageStore.NewRow? {
        // What only the phone can show leaves a row all the same, for the content that may come.
        let masked = message.unavailable.map { _ in (type: MessageStore.maskedType, body: "") }
        let bare = masked ?? message.takenBackForm
        guard let (type, body) = bare ?? message.content.storedForm else { return nil }
        let chat = ChatID.neutral(message.chat)
        let writer = ChatID.neutral(message.sender)
        let isGroup = message.chat.account != message.sender.account && !message.isFromMe
        let content = bare == nil ? message.content.bytesToKeep : nil
        let payload = MessagePayload(
            messageID: message.id, isFromMe: message.isFromMe, chat: chat, author: isGroup ? writer : "",
            own: session.ownID, body: body, type: type, timestampSeconds: message.timestampSeconds,
            content: content == nil ? nil : message.content, expiresAfterSeconds: message.expiresAfterSeconds,
            isViewOnce: message.isViewOnce)
        return MessageStore.NewRow(
            sessionID: session.id, messageID: message.id, isFromMe: message.isFromMe, chat: chat,
            author: isGroup ? writer : "", sender: message.isFromMe ? session.phone ?? "me" : isGroup ? chat : writer,
            recipient: message.isFromMe ? chat : session.ownID, body: body,
            type: type, timestampSeconds: message.timestampSeconds,
            status: message.isFromMe ? .sent : .delivered, metadataJSON: payload.metadataJSONText,
            pushName: message.pushName,
            content: content, createdAtMilliseconds: now,
            expiresAtMilliseconds: message.expiresAfterSeconds.flatMap { seconds in
                seconds > 0 ? (message.timestampSeconds + seconds) * 1000 : nil
            })
    }
}

extension ReceivedMessage {
    /// How the history tells of what was taken back before we came: as a revocation of itself, and only that it was there.
    fileprivate var takenBackForm: (type: String, body: String)? {
        guard case .revoke(let revocation) = content, revocation.key.id == id else { return nil }
        return ("revoked", "")
    }
}
