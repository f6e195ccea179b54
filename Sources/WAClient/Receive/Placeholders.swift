import Storage
import WABinary
import WAProto
import WAProtocol

/// Messages of which we have no more than that there is one, until our phone gives us their content.
///
/// A row stays until the phone has answered or the message is too old to ask for, so that a kill forgets none; whoever
/// waits is asked for once on each connection (`PlaceholderRequests`). Source: protocol reference 5.6, 5.9, 5.15.
struct Placeholders: Sendable {
    let account: String

    /// Phones keep no more to send again.
    static let maximumAgeSeconds: Int64 = 14 * 86_400

    /// How long the sender of what could not be read has to send it again before our phone is asked.
    static let retryHeadStartMilliseconds: Int64 = 5_000

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    /// Notes that the content is lacking, to be asked for from then on; answers false when that was noted before.
    func note(_ origin: MessageOrigin, dueAtMilliseconds: Int64, on sql: any SQLConnection) throws -> Bool {
        try sql.execute(
            """
            INSERT INTO client_placeholder (account, message_id, chat, sender, wire_chat, wire_participant, from_me,
                sent_at_seconds, due_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (account, message_id, chat, sender) DO NOTHING
            """,
            [
                .text(account), .text(origin.id), .text(try addresses.person(of: origin.chat, on: sql)),
                .text(try addresses.person(of: origin.sender, on: sql)), .text(origin.chat.account.description),
                SQLValue(origin.chat.isPerson || origin.isOwn ? nil : origin.sender.account.description),
                SQLValue(origin.isOwn), .integer(origin.timestampSeconds), .integer(dueAtMilliseconds),
            ]) > 0
    }

    func isWaiting(for origin: MessageOrigin, on sql: any SQLConnection) throws -> Bool {
        let (chat, sender) = (try addresses.forms(of: origin.chat, on: sql), try addresses.forms(of: origin.sender, on: sql))
        return try !sql.query(
            """
            SELECT 1 AS found FROM client_placeholder
            WHERE account = $1 AND message_id = $2 AND chat IN ($3, $4) AND sender IN ($5, $6)
            """,
            [
                .text(account), .text(origin.id), .text(chat.first), .text(chat.second), .text(sender.first),
                .text(sender.second),
            ]
        ).isEmpty
    }

    /// The content has come; answers whether it was waited for. A later copy of the message is then a repetition.
    func settle(_ origin: MessageOrigin, on sql: any SQLConnection) throws -> Bool {
        let (chat, sender) = (try addresses.forms(of: origin.chat, on: sql), try addresses.forms(of: origin.sender, on: sql))
        let settled = try sql.execute(
            """
            DELETE FROM client_placeholder
            WHERE account = $1 AND message_id = $2 AND chat IN ($3, $4) AND sender IN ($5, $6)
            """,
            [
                .text(account), .text(origin.id), .text(chat.first), .text(chat.second), .text(sender.first),
                .text(sender.second),
            ])
        guard settled > 0 else { return false }
        try InboxStore(account: account).markAllOpened(origin.id, in: chat, by: sender, on: sql)
        return true
    }

    /// What is due to be asked for, oldest first, and counts it as asked.
    func takeDue(limit: Int, nowMilliseconds: Int64, on sql: any SQLConnection) throws -> [MessageKey] {
        let rows = try sql.query(
            """
            SELECT message_id, chat, sender, wire_chat, wire_participant, from_me FROM client_placeholder
            WHERE account = $1 AND asked_at IS NULL AND due_at <= $2 ORDER BY sent_at_seconds, message_id LIMIT $3
            """,
            [
                .text(account), .integer(nowMilliseconds), SQLValue(limit),
            ])
        return try rows.compactMap { row in
            try sql.execute(
                """
                UPDATE client_placeholder SET asked_at = $5
                WHERE account = $1 AND message_id = $2 AND chat = $3 AND sender = $4
                """,
                [
                    .text(account), .text(try row.text("message_id")), .text(try row.text("chat")),
                    .text(try row.text("sender")), .integer(nowMilliseconds),
                ])
            guard let chat = JID(try row.text("wire_chat")) else { return nil }
            return MessageKey(
                chat: chat, id: try row.text("message_id"), isFromMe: try row.boolean("from_me"),
                participant: try row.optionalText("wire_participant").flatMap { JID($0) })
        }
    }

    /// A new connection begins: what was not answered is asked for again, what is too old is given up.
    func beginConnection(nowMilliseconds: Int64, on sql: any SQLConnection) throws {
        try sql.execute(
            "DELETE FROM client_placeholder WHERE account = $1 AND sent_at_seconds < $2",
            [.text(account), .integer(nowMilliseconds / 1000 - Self.maximumAgeSeconds)])
        try sql.execute(
            "UPDATE client_placeholder SET asked_at = NULL WHERE account = $1 AND asked_at IS NOT NULL", [.text(account)])
    }
}
