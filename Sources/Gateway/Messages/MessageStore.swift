import Storage

/// The stored messages of all sessions, both ways.
///
/// A row is inserted once, its status only grows, its order never changes. Everything that inserts or updates runs in the
/// caller's transaction, so that a message and what it belongs to (outbox entry, ratchet, receipt) stand or fall together.
struct MessageStore: Sendable {
    let sequence: RowSequence

    /// A message to be stored.
    struct NewRow: Sendable {
        let sessionID: String
        let messageID: String
        let isFromMe: Bool
        let chat: String
        /// The writer in a group, else ''.
        var author = ""
        let sender: String
        let recipient: String
        let body: String
        let type: String
        let timestampSeconds: Int64
        let status: MessageStatus
        var metadataJSON: String?
        var pushName: String?
        /// The serialized protobuf; nil for a bare text.
        var content: [UInt8]?
        let createdAtMilliseconds: Int64
    }

    /// Stores a message, or leaves the one that is there.
    ///
    /// - Returns: the row's number; nil when the message was stored before.
    @discardableResult
    func insert(_ row: NewRow, on connection: any SQLConnection) throws -> Int64? {
        let number = sequence.next()
        let inserted = try connection.execute(
            """
            INSERT INTO gateway_messages (session_id, seq, message_id, from_me, chat, author, sender, recipient, body, type,
                timestamp, status, metadata, push_name, created_at, content)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ON CONFLICT (session_id, message_id, from_me, chat, author) DO NOTHING
            """,
            [
                .text(row.sessionID), .integer(number), .text(row.messageID), SQLValue(row.isFromMe), .text(row.chat),
                .text(row.author), .text(row.sender), .text(row.recipient), .text(row.body), .text(row.type),
                .integer(row.timestampSeconds), .integer(row.status.rawValue), SQLValue(row.metadataJSON),
                SQLValue(row.pushName), .integer(row.createdAtMilliseconds), SQLValue(row.content),
            ])
        return inserted == 0 ? nil : number
    }

    /// WhatsApp has our message: its time becomes the message's, unless it was known to be further along already.
    ///
    /// - Returns: whether it is a message; actions have no row here.
    func acknowledge(
        _ messageID: String, in sessionID: String, timestampSeconds: Int64, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE gateway_messages SET timestamp = $3, status = CASE WHEN status < 1 THEN 1 ELSE status END
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1
            """, [.text(sessionID), .text(messageID), .integer(timestampSeconds)]) > 0
    }

    /// WhatsApp refused our message, or it could not be sent.
    func fail(_ messageID: String, in sessionID: String, code: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET status = -1, error = $3
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1 AND status < 1
            """, [.text(sessionID), .text(messageID), .text(code)])
    }

    /// Devices reported on messages: ours when `isFromMe`, else ones we received. A status never goes back, and `failed` stays.
    ///
    /// - Returns: how many rows moved forward.
    @discardableResult
    func advance(
        _ messageIDs: [String], in sessionID: String, isFromMe: Bool, to status: MessageStatus,
        on connection: any SQLConnection
    ) throws -> Int {
        var changed = 0
        for messageID in messageIDs {
            changed += try connection.execute(
                """
                UPDATE gateway_messages SET status = $4
                WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND status >= 0 AND status < $4
                """, [.text(sessionID), .text(messageID), SQLValue(isFromMe), .integer(status.rawValue)])
        }
        return changed
    }

    /// The received messages of a chat that nobody has read yet, newest first: id and writer ('' outside groups).
    func unread(
        in chats: [String], of sessionID: String, limit: Int, on connection: any SQLConnection
    ) throws -> [(messageID: String, author: String)] {
        let forms = MessageQuery.padded(chats)
        return try connection.query(
            """
            SELECT message_id, author FROM gateway_messages
            WHERE session_id = $1 AND chat IN ($2, $3, $4) AND from_me = 0 AND status < 3 ORDER BY seq DESC LIMIT $5
            """, [.text(sessionID)] + forms + [SQLValue(limit)]
        ).map { (try $0.text("message_id"), try $0.text("author")) }
    }
}
