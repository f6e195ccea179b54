import Storage
import WABinary

/// Which messages were seen: a repetition is acknowledged and dropped, a failed one counts its retries.
struct InboxStore {
    let account: String

    struct Key: Sendable {
        let messageID: String
        /// Person forms (`AddressMapStore.forms`): rows may have been written before the LID was known.
        let chat: (first: String, second: String)
        let sender: (first: String, second: String)
        let senderDevice: UInt16
    }

    enum Seen: Equatable { case never, opened, failed(retries: Int64) }

    func seen(_ key: Key, on connection: any SQLConnection) throws -> Seen {
        let rows = try connection.query(
            """
            SELECT opened, retries FROM client_inbox
            WHERE account = $1 AND message_id = $2 AND chat IN ($3, $4) AND sender IN ($5, $6) AND sender_device = $7
            """,
            [
                .text(account), .text(key.messageID), .text(key.chat.first), .text(key.chat.second),
                .text(key.sender.first), .text(key.sender.second), SQLValue(key.senderDevice),
            ])
        if rows.isEmpty { return .never }
        if try rows.contains(where: { try $0.boolean("opened") }) { return .opened }
        return .failed(retries: try rows.map { try $0.integer("retries") }.max() ?? 0)
    }

    func markOpened(_ key: Key, nowMilliseconds: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO client_inbox (account, message_id, chat, sender, sender_device, opened, stored_at)
            VALUES ($1, $2, $3, $4, $5, 1, $6)
            ON CONFLICT (account, message_id, chat, sender, sender_device) DO UPDATE SET opened = 1
            """,
            [
                .text(account), .text(key.messageID), .text(key.chat.first), .text(key.sender.first),
                SQLValue(key.senderDevice), .integer(nowMilliseconds),
            ])
    }

    /// It came by another way: copies of it that still fail are repetitions.
    func markAllOpened(
        _ messageID: String, in chat: (first: String, second: String), by sender: (first: String, second: String),
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE client_inbox SET opened = 1
            WHERE account = $1 AND message_id = $2 AND chat IN ($3, $4) AND sender IN ($5, $6)
            """,
            [
                .text(account), .text(messageID), .text(chat.first), .text(chat.second), .text(sender.first),
                .text(sender.second),
            ])
    }

    /// Counts one more failure and answers how many there are now.
    func markFailed(_ key: Key, nowMilliseconds: Int64, on connection: any SQLConnection) throws -> Int64 {
        try connection.query(
            """
            INSERT INTO client_inbox (account, message_id, chat, sender, sender_device, opened, retries, stored_at)
            VALUES ($1, $2, $3, $4, $5, 0, 1, $6)
            ON CONFLICT (account, message_id, chat, sender, sender_device) DO UPDATE SET retries = retries + 1
            RETURNING retries
            """,
            [
                .text(account), .text(key.messageID), .text(key.chat.first), .text(key.sender.first),
                SQLValue(key.senderDevice), .integer(nowMilliseconds),
            ]
        ).first?.integer("retries") ?? 1
    }

    func prune(before milliseconds: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM client_inbox WHERE account = $1 AND stored_at < $2", [.text(account), .integer(milliseconds)])
    }
}
