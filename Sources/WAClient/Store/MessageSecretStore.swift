import FoundationEssentials
import Storage
import WAProtocol

/// The secrets of messages received and sent, for what is later sealed with them: votes, encrypted reactions, edits.
///
/// Chat and sender are persons or groups as in `AddressMapStore.person`; rows may have been written before a LID was known,
/// so they are looked for under both forms.
struct MessageSecretStore: Sendable {
    let account: String

    /// People vote long after a poll was made.
    static let retentionDays: Int64 = 180

    struct Kept: Equatable, Sendable {
        /// 32 bytes.
        let secret: [UInt8]
        /// The poll itself (`MessageContent.encoded`), where the message is one.
        let poll: [UInt8]?

        var options: [String]? {
            guard let poll, case .poll(let content)? = MessageContent(encoded: poll) else { return nil }
            return content.options
        }
    }

    /// The first secret of a message stays: nobody changes it later.
    func save(
        _ kept: Kept, of messageID: String, in chat: String, by sender: String, nowMilliseconds: Int64,
        on sql: any SQLConnection
    ) throws {
        try sql.execute(
            """
            INSERT INTO client_message_secret (account, message_id, chat, sender, secret, poll, stored_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (account, message_id, chat, sender) DO NOTHING
            """,
            [
                .text(account), .text(messageID), .text(chat), .text(sender), .blob(kept.secret), SQLValue(kept.poll),
                .integer(nowMilliseconds),
            ])
    }

    func secret(
        of messageID: String, in chat: (first: String, second: String), by sender: (first: String, second: String),
        on sql: any SQLConnection
    ) throws -> Kept? {
        try sql.query(
            """
            SELECT secret, poll FROM client_message_secret
            WHERE account = $1 AND message_id = $2 AND chat IN ($3, $4) AND sender IN ($5, $6)
            """,
            [
                .text(account), .text(messageID), .text(chat.first), .text(chat.second), .text(sender.first),
                .text(sender.second),
            ]
        ).first.map { Kept(secret: try $0.blob("secret"), poll: try $0.optionalBlob("poll")) }
    }

    func prune(nowMilliseconds: Int64, on sql: any SQLConnection) throws {
        try sql.execute(
            "DELETE FROM client_message_secret WHERE account = $1 AND stored_at < $2",
            [.text(account), .integer(nowMilliseconds - Self.retentionDays * 86_400_000)])
    }
}
