import Storage
import WAProtocol

extension InboundMediaStore {
    /// The row of a message, and of its file.
    static func key(
        of message: StoredMessage, in sessionID: String, on connection: any SQLConnection
    ) throws -> InboundMedia.Key? {
        try connection.query(
            """
            SELECT seq FROM gateway_messages
            WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5
            """, message.rowKey.arguments(sessionID)
        ).first.map { InboundMedia.Key(sessionID: sessionID, messageSeq: try $0.integer("seq")) }
    }

    /// What names the message to our phone; nil when it is gone.
    static func messageKey(of key: InboundMedia.Key, on connection: any SQLConnection) throws -> MessageKey? {
        let rows = try connection.query(
            "SELECT message_id, from_me, chat, author FROM gateway_messages WHERE session_id = $1 AND seq = $2",
            [.text(key.sessionID), .integer(key.messageSeq)])
        guard let row = rows.first else { return nil }
        let author = try row.text("author")
        return MessageKey(
            chat: try ChatID(parsing: row.text("chat")).jid, id: try row.text("message_id"),
            isFromMe: try row.boolean("from_me"),
            participant: author.isEmpty ? nil : try ChatID(parsing: author).jid)
    }

    /// A message was taken back: its file is nobody's any more.
    static func forget(
        _ key: MessageStore.RowKey, in sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            DELETE FROM gateway_inbound_media WHERE session_id = $1 AND message_seq IN (
                SELECT seq FROM gateway_messages
                WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5)
            """, key.arguments(sessionID))
    }
}

extension MessageRecord {
    /// The same messages with what is known of their files.
    static func withMedia(
        _ messages: [MessageRecord], of sessionID: String, on connection: any SQLConnection
    ) throws -> [MessageRecord] {
        let rows = messages.compactMap { MessageRowID($0.id)?.sequence }
        guard !rows.isEmpty else { return messages }
        var media: [Int64: (mimetype: String, isStored: Bool)] = [:]
        for row in try connection.query(
            """
            SELECT message_seq, mimetype, state FROM gateway_inbound_media
            WHERE session_id = $1 AND message_seq IN (SELECT value FROM json_each($2))
            """, [.text(sessionID), .text("[" + rows.map(String.init).joined(separator: ",") + "]")])
        {
            media[try row.integer("message_seq")] = (
                try row.text("mimetype"), try row.text("state") == InboundMedia.State.stored.rawValue
            )
        }
        return messages.map { message in
            guard let file = MessageRowID(message.id).flatMap({ media[$0.sequence] }) else { return message }
            var message = message
            (message.mediaMimetype, message.isMediaStored) = file
            return message
        }
    }
}
