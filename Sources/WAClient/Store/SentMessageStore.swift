import Storage
import WABinary

/// What we sent: the finished stanza until the server's ack, the content for retry receipts until it is 14 days old.
struct SentMessageStore {
    let account: String

    struct Sent: Sendable {
        /// The conversation's address on the wire, without device.
        let recipient: JID
        /// The serialized Message, unpadded, as the recipient's devices get it.
        let content: [UInt8]
        /// The encoded node, byte for byte as it first left; nil once the server has answered.
        let stanza: [UInt8]?
        let participantHash: String?
        let storedAtMilliseconds: Int64
        let serverSeconds: Int64?
        let refusal: Int64?
    }

    /// - Returns: false when a message with this id is there.
    func insert(_ messageID: String, _ sent: Sent, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO client_outgoing (account, message_id, recipient, content, stanza, participant_hash, stored_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account, message_id) DO NOTHING
            """,
            [
                .text(account), .text(messageID), .text(sent.recipient.description), .blob(sent.content),
                SQLValue(sent.stanza), SQLValue(sent.participantHash), .integer(sent.storedAtMilliseconds),
            ]) == 1
    }

    func message(_ messageID: String, on connection: any SQLConnection) throws -> Sent? {
        guard
            let row = try connection.query(
                """
                SELECT recipient, content, stanza, participant_hash, stored_at, server_seconds, refusal FROM client_outgoing
                WHERE account = $1 AND message_id = $2
                """, [.text(account), .text(messageID)]
            ).first, let recipient = JID(try row.text("recipient"))
        else { return nil }
        return Sent(
            recipient: recipient, content: try row.blob("content"), stanza: try row.optionalBlob("stanza"),
            participantHash: try row.optionalText("participant_hash"), storedAtMilliseconds: try row.integer("stored_at"),
            serverSeconds: try row.optionalInteger("server_seconds"), refusal: try row.optionalInteger("refusal"))
    }

    /// The server has answered: the stanza will not be sent again. The first answer stays.
    func settle(_ messageID: String, _ outcome: SendOutcome, on connection: any SQLConnection) throws {
        let serverSeconds: Int64?
        let refusal: Int64?
        switch outcome {
        case .acknowledged(let seconds): (serverSeconds, refusal) = (seconds, nil)
        case .refused(let reason): (serverSeconds, refusal) = (nil, reason.storedCode)
        case .interrupted: return
        }
        try connection.execute(
            """
            UPDATE client_outgoing SET stanza = NULL, server_seconds = $3, refusal = $4
            WHERE account = $1 AND message_id = $2 AND server_seconds IS NULL AND refusal IS NULL
            """, [.text(account), .text(messageID), SQLValue(serverSeconds), SQLValue(refusal)])
    }

    /// Counts one more answer to a device's retry receipt and says how many there are now.
    func countRetryAnswer(
        _ messageID: String, _ person: String, _ device: UInt16, on connection: any SQLConnection
    ) throws -> Int64 {
        try connection.query(
            """
            INSERT INTO client_retry_answer (account, message_id, person, device, answers) VALUES ($1, $2, $3, $4, 1)
            ON CONFLICT (account, message_id, person, device) DO UPDATE SET answers = answers + 1
            RETURNING answers
            """, [.text(account), .text(messageID), .text(person), SQLValue(device)]
        ).first?.integer("answers") ?? 1
    }

    /// The answer already given to this retry count of a device, as it was sent.
    func retryAnswer(
        _ messageID: String, _ person: String, _ device: UInt16, count: Int, on connection: any SQLConnection
    ) throws -> [UInt8]? {
        try connection.query(
            """
            SELECT stanza FROM client_retry_answer
            WHERE account = $1 AND message_id = $2 AND person = $3 AND device = $4 AND last_count = $5
            """, [.text(account), .text(messageID), .text(person), SQLValue(device), SQLValue(count)]
        ).first?.optionalBlob("stanza")
    }

    /// Keeps the answer, so that the same retry receipt, delivered again, gets the same bytes.
    func saveRetryAnswer(
        _ stanza: [UInt8], to messageID: String, _ person: String, _ device: UInt16, count: Int,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE client_retry_answer SET last_count = $5, stanza = $6
            WHERE account = $1 AND message_id = $2 AND person = $3 AND device = $4
            """,
            [.text(account), .text(messageID), .text(person), SQLValue(device), SQLValue(count), .blob(stanza)])
    }

    /// Forgets settled messages older than this, and how often their retries were answered.
    func prune(before milliseconds: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM client_outgoing WHERE account = $1 AND stored_at < $2 AND stanza IS NULL",
            [.text(account), .integer(milliseconds)])
        try connection.execute(
            """
            DELETE FROM client_retry_answer WHERE account = $1 AND message_id NOT IN
                (SELECT message_id FROM client_outgoing WHERE account = $1)
            """, [.text(account)])
    }
}
