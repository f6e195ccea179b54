import Storage

/// A stored message as those see it that quote it, forward it or change it.
struct StoredMessage: Sendable, Equatable {
    let messageID: String
    let isFromMe: Bool
    /// Its chat and, for other people's messages in groups, its writer: neutral ids, as the row has them.
    let chat: String
    let author: String
    let type: String
    let body: String
    /// The serialized protobuf; nil for a bare text.
    let content: [UInt8]?
    let timestampSeconds: Int64
    let status: MessageStatus
    /// Why it failed.
    let error: String?

    /// Whether there is something left to quote or forward.
    var isRevoked: Bool { type == Self.revoked }

    static let revoked = "revoked"

    var key: OutgoingMessageKey {
        OutgoingMessageKey(chat: chat, id: messageID, isFromMe: isFromMe, participant: author.isEmpty ? nil : author)
    }

    init(_ row: SQLRow) throws {
        messageID = try row.text("message_id")
        isFromMe = try row.boolean("from_me")
        chat = try row.text("chat")
        author = try row.text("author")
        type = try row.text("type")
        body = try row.text("body")
        content = try row.optionalBlob("content")
        timestampSeconds = try row.integer("timestamp")
        guard let status = MessageStatus(rawValue: try row.integer("status")) else {
            throw StorageError.unexpectedValue(column: "status", expected: "a message status")
        }
        self.status = status
        error = try row.optionalText("error")
    }
}

extension MessageStore {
    /// The newest message with this id, in one of these chats where any are given.
    func message(
        _ reference: MessageReference, in chats: [String]?, of sessionID: String, on connection: any SQLConnection
    ) throws -> StoredMessage? {
        let candidates = try connection.query(
            """
            SELECT message_id, from_me, chat, author, type, body, content, timestamp, status, error FROM gateway_messages
            WHERE session_id = $1 AND message_id = $2 ORDER BY seq DESC LIMIT 20
            """, [.text(sessionID), .text(reference.id)]
        ).map(StoredMessage.init)
        return candidates.first { message in
            (chats?.contains(message.chat) ?? true) && (reference.isFromMe ?? message.isFromMe) == message.isFromMe
        }
    }

    /// Our message with this id.
    func ownMessage(
        _ messageID: String, of sessionID: String, on connection: any SQLConnection
    ) throws -> StoredMessage? {
        let reference = MessageReference(isFromMe: true, chat: "", id: messageID)
        return try message(reference, in: nil, of: sessionID, on: connection)
    }

    /// The writer gave a message a new text.
    ///
    /// - Parameter atMilliseconds: When they did; an older wording than the one known counts no more.
    /// - Returns: how many rows changed.
    @discardableResult
    func replace(
        _ key: RowKey, body: String, content: [UInt8]?, atMilliseconds: Int64, in sessionID: String,
        on connection: any SQLConnection
    ) throws -> Int {
        try connection.execute(
            """
            UPDATE gateway_messages SET body = $6, content = $7, edited_at = $8
            WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5 AND type <> 'revoked'
                AND (edited_at IS NULL OR edited_at <= $8)
            """, key.arguments(sessionID) + [.text(body), SQLValue(content), .integer(atMilliseconds)])
    }

    /// What our message says is known now: its file was uploaded.
    func keep(
        _ content: [UInt8], of messageID: String, in sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET content = $3
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1 AND type <> 'revoked'
            """, [.text(sessionID), .text(messageID), .blob(content)])
    }

    /// A message was taken back: that there was one stays, what it said goes (contract 3.6).
    @discardableResult
    func revoke(_ key: RowKey, in sessionID: String, on connection: any SQLConnection) throws -> Int {
        try InboundMediaStore.forget(key, in: sessionID, on: connection)
        return try connection.execute(
            """
            UPDATE gateway_messages SET body = '', type = 'revoked', content = NULL, metadata = NULL
            WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5
            """, key.arguments(sessionID))
    }

    /// What makes a row the one and only.
    struct RowKey: Sendable, Equatable {
        let messageID: String
        let isFromMe: Bool
        let chat: String
        /// The writer in a group when it was not us, else ''.
        let author: String

        func arguments(_ sessionID: String) -> [SQLValue] {
            [.text(sessionID), .text(messageID), SQLValue(isFromMe), .text(chat), .text(author)]
        }
    }
}

extension StoredMessage {
    var rowKey: MessageStore.RowKey {
        MessageStore.RowKey(messageID: messageID, isFromMe: isFromMe, chat: chat, author: author)
    }
}
