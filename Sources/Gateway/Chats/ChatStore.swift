import Storage
import WAClient

/// The conversations of all sessions: what makes up a chat list besides the messages themselves.
///
/// A row appears with the first message or the first word about the chat, in the transaction of either. How many messages
/// are unread is counted as they come and as they are read, not by looking at rows.
enum ChatStore {
    /// A message of the chat was stored.
    static func note(
        messageIn chat: String, timestampSeconds: Int64, isUnread: Bool, in sessionID: String,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO gateway_chats (session_id, chat, last_timestamp, unread) VALUES ($1, $2, $3, $4)
            ON CONFLICT (session_id, chat) DO UPDATE SET unread = gateway_chats.unread + excluded.unread,
                last_timestamp = CASE WHEN gateway_chats.last_timestamp < excluded.last_timestamp
                    THEN excluded.last_timestamp ELSE gateway_chats.last_timestamp END
            """, [.text(sessionID), .text(chat), .integer(timestampSeconds), SQLValue(isUnread)])
    }

    /// So many received messages of the chat were read.
    static func read(
        _ count: Int, in chat: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_chats SET unread = CASE WHEN unread > $3 THEN unread - $3 ELSE 0 END
            WHERE session_id = $1 AND chat = $2
            """, [.text(sessionID), .text(chat), SQLValue(count)])
    }

    /// The whole chat counts as read, or is marked as unread.
    static func setRead(
        _ isRead: Bool, _ chat: String, of sessionID: String, atMilliseconds: Int64, on connection: any SQLConnection
    ) throws {
        try set(
            "marked_unread = $3, unread = CASE WHEN $3 = 0 THEN 0 ELSE unread END", [SQLValue(!isRead)], chat,
            of: sessionID, atMilliseconds: atMilliseconds, on: connection)
    }

    static func setArchived(
        _ isArchived: Bool, _ chat: String, of sessionID: String, atMilliseconds: Int64,
        on connection: any SQLConnection
    ) throws {
        try set(
            "archived = $3", [SQLValue(isArchived)], chat, of: sessionID, atMilliseconds: atMilliseconds, on: connection)
    }

    static func setPinned(
        _ isPinned: Bool, _ chat: String, of sessionID: String, atMilliseconds: Int64, on connection: any SQLConnection
    ) throws {
        try set(
            "pinned_at = $3", [isPinned ? .integer(atMilliseconds) : .null], chat, of: sessionID,
            atMilliseconds: atMilliseconds, on: connection)
    }

    /// - Parameter until: Unix milliseconds, -1 for ever, nil for making noise again.
    static func setMuted(
        untilMilliseconds until: Int64?, _ chat: String, of sessionID: String, atMilliseconds: Int64,
        on connection: any SQLConnection
    ) throws {
        try set(
            "muted_until = $3", [SQLValue(until)], chat, of: sessionID, atMilliseconds: atMilliseconds, on: connection)
    }

    /// New messages of the chat disappear after so many seconds; 0 for never.
    static func setEphemeral(
        seconds: Int64, _ chat: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try insert(chat, of: sessionID, on: connection)
        try connection.execute(
            "UPDATE gateway_chats SET ephemeral_seconds = $3 WHERE session_id = $1 AND chat = $2",
            [.text(sessionID), .text(chat), .integer(seconds)])
    }

    static func setName(
        _ name: String, _ chat: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try insert(chat, of: sessionID, on: connection)
        try connection.execute(
            "UPDATE gateway_chats SET name = $3 WHERE session_id = $1 AND chat = $2",
            [.text(sessionID), .text(chat), .text(name)])
    }

    /// How long messages of the chat are kept, in seconds; nil for good.
    static func ephemeralSeconds(
        of chat: String, in sessionID: String, on connection: any SQLConnection
    ) throws -> Int64? {
        let seconds = try connection.query(
            "SELECT ephemeral_seconds FROM gateway_chats WHERE session_id = $1 AND chat = $2",
            [.text(sessionID), .text(chat)]
        ).first?.optionalInteger("ephemeral_seconds")
        return seconds.flatMap { $0 > 0 ? $0 : nil }
    }

    /// How many received messages nobody has read.
    static func unread(in chat: String, of sessionID: String, on connection: any SQLConnection) throws -> Int {
        let rows = try connection.query(
            "SELECT unread FROM gateway_chats WHERE session_id = $1 AND chat = $2", [.text(sessionID), .text(chat)])
        return Int(try rows.first?.integer("unread") ?? 0)
    }

    static func isMarkedUnread(_ chat: String, of sessionID: String, on connection: any SQLConnection) throws -> Bool {
        let rows = try connection.query(
            "SELECT marked_unread FROM gateway_chats WHERE session_id = $1 AND chat = $2",
            [.text(sessionID), .text(chat)])
        return try rows.first?.boolean("marked_unread") ?? false
    }

    /// Takes the chat as the phone's history tells it; what is known by itself is newer and stays.
    static func takeOver(
        _ history: HistoryChat, of sessionID: String, on connection: any SQLConnection
    ) throws {
        let chat = ChatID.neutral(history.chat)
        let key = [SQLValue.text(sessionID), .text(chat)]
        try connection.execute(
            """
            INSERT INTO gateway_chats (session_id, chat, name, ephemeral_seconds, last_timestamp)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (session_id, chat) DO UPDATE SET name = COALESCE(gateway_chats.name, excluded.name),
                ephemeral_seconds = COALESCE(gateway_chats.ephemeral_seconds, excluded.ephemeral_seconds),
                last_timestamp = CASE WHEN gateway_chats.last_timestamp < excluded.last_timestamp
                    THEN excluded.last_timestamp ELSE gateway_chats.last_timestamp END
            """,
            key + [
                SQLValue(history.name), SQLValue(history.ephemeralSeconds),
                .integer(history.lastMessageSeconds ?? 0),
            ])
        // Each is only taken where the history says something of it.
        for (column, value) in [
            ("unread", SQLValue(history.unreadCount.map { max($0, 0) })),
            ("marked_unread", SQLValue(history.isMarkedUnread)),
            ("archived", SQLValue(history.isArchived)),
            ("pinned_at", SQLValue(history.pinnedAtMilliseconds)),
            ("muted_until", SQLValue(history.mutedUntilMilliseconds)),
        ] where !value.isNull {
            let isNewer = column == "unread" ? "AND unread < $3" : ""
            try connection.execute(
                """
                UPDATE gateway_chats SET \(column) = $3
                WHERE session_id = $1 AND chat = $2 AND settings_at IS NULL \(isNewer)
                """, key + [value])
        }
    }

    /// The chat is gone when it has no messages left.
    static func removeIfEmpty(_ chat: String, of sessionID: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            DELETE FROM gateway_chats WHERE session_id = $1 AND chat = $2 AND NOT EXISTS
                (SELECT 1 FROM gateway_messages m WHERE m.session_id = $1 AND m.chat = $2)
            """, [.text(sessionID), .text(chat)])
    }

    static func remove(_ chat: String, of sessionID: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM gateway_chats WHERE session_id = $1 AND chat = $2", [.text(sessionID), .text(chat)])
    }

    private static func insert(_ chat: String, of sessionID: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO gateway_chats (session_id, chat) VALUES ($1, $2) ON CONFLICT (session_id, chat) DO NOTHING",
            [.text(sessionID), .text(chat)])
    }

    private static func set(
        _ assignment: String, _ values: [SQLValue], _ chat: String, of sessionID: String, atMilliseconds: Int64,
        on connection: any SQLConnection
    ) throws {
        try insert(chat, of: sessionID, on: connection)
        try connection.execute(
            "UPDATE gateway_chats SET \(assignment), settings_at = $4 WHERE session_id = $1 AND chat = $2",
            [.text(sessionID), .text(chat)] + values + [.integer(atMilliseconds)])
    }
}
