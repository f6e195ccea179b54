import Storage

/// The stored messages of all sessions, both ways.
///
/// A row is inserted once, its status only grows, its order never changes. Everything that inserts or updates runs in the
/// caller's transaction, so that a message and what it belongs to (outbox entry, ratchet, receipt) stand or fall together.
struct MessageStore: Sendable {
    /// Of a message whose content is on the phone only.
    static let maskedType = "masked"

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
        var status: MessageStatus
        var metadataJSON: String?
        var pushName: String?
        /// The serialized protobuf; nil for a bare text.
        var content: [UInt8]?
        let createdAtMilliseconds: Int64
        var isStarred = false
        /// When it disappears; nil for a message that stays.
        var expiresAtMilliseconds: Int64?
        /// Told by the phone's history: its place is below everything that came live.
        var isHistory = false
    }

    /// Stores a message, or leaves the one that is there.
    ///
    /// - Returns: the row's number; nil when the message was stored before.
    @discardableResult
    func insert(_ row: NewRow, on connection: any SQLConnection) throws -> Int64? {
        let number = row.isHistory ? sequence.history(timestampSeconds: row.timestampSeconds) : sequence.next()
        let inserted = try connection.execute(
            """
            INSERT INTO gateway_messages (session_id, seq, message_id, from_me, chat, author, sender, recipient, body, type,
                timestamp, status, metadata, push_name, created_at, content, starred, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            ON CONFLICT (session_id, message_id, from_me, chat, author) DO NOTHING
            """,
            [
                .text(row.sessionID), .integer(number), .text(row.messageID), SQLValue(row.isFromMe), .text(row.chat),
                .text(row.author), .text(row.sender), .text(row.recipient), .text(row.body), .text(row.type),
                .integer(row.timestampSeconds), .integer(row.status.rawValue), SQLValue(row.metadataJSON),
                SQLValue(row.pushName), .integer(row.createdAtMilliseconds), SQLValue(row.content),
                SQLValue(row.isStarred), SQLValue(row.expiresAtMilliseconds),
            ])
        return inserted == 0 ? nil : number
    }

    /// A message of ours, as far as its event tells it.
    struct OwnRow: Sendable {
        let row: SQLRow
        /// Before the change that the row was read with.
        let before: MessageStatus
    }

    private static let ownColumns = "seq, chat, body, type, timestamp, status, metadata, content"

    /// WhatsApp has our message: its time becomes the message's, unless it was known to be further along already.
    ///
    /// - Returns: the message; nil when there is none, as for actions.
    func acknowledge(
        _ messageID: String, in sessionID: String, timestampSeconds: Int64, nowMilliseconds: Int64? = nil,
        on connection: any SQLConnection
    ) throws -> OwnRow? {
        let arguments: [SQLValue] = [
            .text(sessionID), .text(messageID), .integer(timestampSeconds), SQLValue(nowMilliseconds),
        ]
        // Usually it waits for just this, and within the second; then no index changes. A receipt may have been quicker.
        let usual = try connection.query(
            """
            UPDATE gateway_messages SET status = CASE WHEN status < 1 THEN 1 ELSE status END, settled_at = $4
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1 AND timestamp = $3 AND settled_at IS NULL
                AND status >= 0
            RETURNING \(Self.ownColumns)
            """, arguments)
        if let row = usual.first, let status = MessageStatus(rawValue: try row.integer("status")) {
            return OwnRow(row: row, before: status == .sent ? .pending : status)
        }
        guard let own = try own(messageID, in: sessionID, on: connection) else { return nil }
        try connection.execute(
            """
            UPDATE gateway_messages SET timestamp = $3, status = CASE WHEN status < 1 THEN 1 ELSE status END,
                settled_at = $4
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1
            """, arguments)
        return own
    }

    /// Our message with this id, as it is stored.
    func own(_ messageID: String, in sessionID: String, on connection: any SQLConnection) throws -> OwnRow? {
        let rows = try connection.query(
            """
            SELECT \(Self.ownColumns) FROM gateway_messages
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1 ORDER BY seq DESC LIMIT 1
            """, [.text(sessionID), .text(messageID)])
        guard let row = rows.first, let status = MessageStatus(rawValue: try row.integer("status")) else { return nil }
        return OwnRow(row: row, before: status)
    }

    /// WhatsApp refused our message, or it could not be sent.
    func fail(
        _ messageID: String, in sessionID: String, code: String, nowMilliseconds: Int64? = nil,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET status = -1, error = $3, settled_at = $4
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1 AND status < 1
            """, [.text(sessionID), .text(messageID), .text(code), SQLValue(nowMilliseconds)])
    }

    /// A message got further: ours when `isFromMe`, else one we received. A status never goes back, and `failed` stays.
    ///
    /// - Parameter chats: Where it must be: nobody reports on messages of other chats.
    /// - Returns: the rows that moved; nil when there is no such message.
    func advance(
        _ messageID: String, in chats: [String], of sessionID: String, isFromMe: Bool, to status: MessageStatus,
        on connection: any SQLConnection
    ) throws -> [AdvancedMessage]? {
        // With the plus the chats are compared, of the few rows with this id; for `IN` SQLite would build a table.
        let key = """
            session_id = $1 AND message_id = $2 AND from_me = $3 AND (+chat = $4 OR +chat = $5 OR +chat = $6)
            """
        let arguments =
            [.text(sessionID), .text(messageID), SQLValue(isFromMe)] + MessageQuery.padded(chats)
            + [.integer(status.rawValue)]
        let moved = try connection.query(
            "UPDATE gateway_messages SET status = $7 WHERE \(key) AND status >= 0 AND status < $7 RETURNING chat, author",
            arguments)
        if moved.isEmpty {
            let isThere = try connection.query(
                "SELECT 1 AS one FROM gateway_messages WHERE \(key) LIMIT 1", arguments.dropLast())
            return isThere.isEmpty ? nil : []
        }
        return try moved.map { row in
            AdvancedMessage(
                messageID: messageID, isFromMe: isFromMe, chat: try row.text("chat"), author: try row.text("author"),
                status: status)
        }
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

    /// The content of a message that only the phone could show has come.
    ///
    /// - Returns: the row's number; nil when it was no such row.
    func unmask(_ row: NewRow, on connection: any SQLConnection) throws -> Int64? {
        try connection.query(
            """
            UPDATE gateway_messages SET type = $6, body = $7, content = $8, metadata = $9, push_name = COALESCE($10, push_name)
            WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5 AND type = 'masked'
            RETURNING seq
            """,
            [
                .text(row.sessionID), .text(row.messageID), SQLValue(row.isFromMe), .text(row.chat), .text(row.author),
                .text(row.type), .text(row.body), SQLValue(row.content), SQLValue(row.metadataJSON),
                SQLValue(row.pushName),
            ]
        ).first?.integer("seq")
    }
}
