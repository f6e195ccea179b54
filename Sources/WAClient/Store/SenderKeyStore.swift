import SignalProtocol
import Storage
import WABinary

/// Sender keys: our own of each group with who was handed it, and those of others by group and sending device.
struct SenderKeyStore {
    let account: String

    // MARK: - Our own

    struct OwnKey: Sendable {
        var record: SenderKeyRecord
        /// Set while every device of every member has the key: the hash over these devices.
        let participantHash: String?
    }

    func own(_ chat: JID, on sql: any SQLConnection) throws -> OwnKey? {
        try sql.query(
            "SELECT record, participant_hash FROM client_own_sender_key WHERE account = $1 AND chat = $2",
            [.text(account), .text(chat.description)]
        ).first.map {
            OwnKey(
                record: try SenderKeyRecord(decoding: $0.blob("record")),
                participantHash: try $0.optionalText("participant_hash"))
        }
    }

    /// Keeps the record where it has stepped to.
    func save(_ record: SenderKeyRecord, of chat: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            INSERT INTO client_own_sender_key (account, chat, record) VALUES ($1, $2, $3)
            ON CONFLICT (account, chat) DO UPDATE SET record = excluded.record
            """, [.text(account), .text(chat.description), .blob(record.encoded())])
    }

    /// Every device counted in this hash has the key, but for those without keys of their own when `isPartial`.
    func settle(
        _ chat: JID, participantHash: String, isPartial: Bool, on sql: any SQLConnection
    ) throws {
        try sql.execute(
            "UPDATE client_own_sender_key SET participant_hash = $3, partial = $4 WHERE account = $1 AND chat = $2",
            [.text(account), .text(chat.description), .text(participantHash), SQLValue(isPartial)])
    }

    /// Who should have the key may have changed: the next message looks.
    func unsettle(_ chat: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_own_sender_key SET participant_hash = NULL WHERE account = $1 AND chat = $2",
            [.text(account), .text(chat.description)])
    }

    /// The same for every group that a person is in: their devices changed.
    func unsettleGroups(of person: String, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            UPDATE client_own_sender_key SET participant_hash = NULL WHERE account = $1 AND participant_hash IS NOT NULL
            AND chat IN (SELECT chat FROM client_group_member WHERE account = $1 AND person = $2)
            """, [.text(account), .text(person)])
    }

    /// Devices that were left out for want of keys are asked again: a new connection begins.
    func unsettlePartial(on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_own_sender_key SET participant_hash = NULL, partial = 0 WHERE account = $1 AND partial = 1",
            [.text(account)])
    }

    /// Remembers the server's differing hash; false when it was heard before, and asking again would change nothing.
    func notes(serverHash: String, of chat: JID, on sql: any SQLConnection) throws -> Bool {
        try sql.execute(
            """
            UPDATE client_own_sender_key SET server_hash = $3
            WHERE account = $1 AND chat = $2 AND (server_hash IS NULL OR server_hash <> $3)
            """, [.text(account), .text(chat.description), .text(serverHash)]) > 0
    }

    /// Shuts out whoever had the key: the next message makes a new one and hands it to all who are left.
    func rotate(_ chat: JID, on sql: any SQLConnection) throws {
        for table in ["client_own_sender_key", "client_sender_key_handout"] {
            try sql.execute(
                "DELETE FROM \(table) WHERE account = $1 AND chat = $2", [.text(account), .text(chat.description)])
        }
    }

    // MARK: - Who has it

    struct Handout: Sendable {
        let holder: KeyHolder
        /// The encrypted key that leaves with the next message; nil once it has left.
        let payload: Ciphertext?
    }

    func handouts(_ chat: JID, on sql: any SQLConnection) throws -> [Handout] {
        try sql.query(
            "SELECT person, device, kind, payload FROM client_sender_key_handout WHERE account = $1 AND chat = $2",
            [.text(account), .text(chat.description)]
        ).map { row in
            let kind = try row.optionalText("kind").flatMap(Ciphertext.Kind.init)
            let payload = try row.optionalBlob("payload")
            return Handout(
                holder: KeyHolder(
                    person: try row.text("person"), device: UInt16(truncatingIfNeeded: try row.integer("device"))),
                payload: kind.flatMap { kind in payload.map { Ciphertext(kind: kind, bytes: $0) } })
        }
    }

    /// The encrypted key is ready for this device, or, without a payload, has left.
    func handOut(
        _ payload: Ciphertext?, to holder: KeyHolder, of chat: JID, on sql: any SQLConnection
    ) throws {
        try sql.execute(
            """
            INSERT INTO client_sender_key_handout (account, chat, person, device, kind, payload)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (account, chat, person, device) DO UPDATE SET kind = excluded.kind, payload = excluded.payload
            """,
            [
                .text(account), .text(chat.description), .text(holder.person), SQLValue(holder.device),
                SQLValue(payload?.kind.rawValue), SQLValue(payload?.bytes),
            ])
    }

    /// What was ready has left with a message.
    func markHandedOut(_ chat: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            UPDATE client_sender_key_handout SET kind = NULL, payload = NULL
            WHERE account = $1 AND chat = $2 AND payload IS NOT NULL
            """, [.text(account), .text(chat.description)])
    }

    func removeHandout(of holder: KeyHolder, of chat: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            "DELETE FROM client_sender_key_handout WHERE account = $1 AND chat = $2 AND person = $3 AND device = $4",
            [.text(account), .text(chat.description), .text(holder.person), SQLValue(holder.device)])
    }

    /// A person's phone was set up anew: who they were before still holds every key that left, so these are made anew. What
    /// was only prepared is forgotten.
    func forgetHandouts(to person: String, on sql: any SQLConnection) throws {
        let held = try sql.query(
            """
            SELECT DISTINCT chat FROM client_sender_key_handout WHERE account = $1 AND person = $2 AND payload IS NULL
            """, [.text(account), .text(person)])
        for row in held { if let chat = JID(try row.text("chat")) { try rotate(chat, on: sql) } }
        try unsettleGroups(of: person, on: sql)
        try sql.execute(
            "DELETE FROM client_sender_key_handout WHERE account = $1 AND person = $2", [.text(account), .text(person)])
    }

    // MARK: - Those of others

    func received(_ chat: JID, from holder: KeyHolder, on sql: any SQLConnection) throws -> SenderKeyRecord? {
        try sql.query(
            """
            SELECT record FROM client_sender_key WHERE account = $1 AND chat = $2 AND person = $3 AND device = $4
            """, [.text(account), .text(chat.description), .text(holder.person), SQLValue(holder.device)]
        ).first.map { try SenderKeyRecord(decoding: $0.blob("record")) }
    }

    func saveReceived(
        _ record: SenderKeyRecord, _ chat: JID, from holder: KeyHolder, on sql: any SQLConnection
    ) throws {
        try sql.execute(
            """
            INSERT INTO client_sender_key (account, chat, person, device, record) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account, chat, person, device) DO UPDATE SET record = excluded.record
            """,
            [
                .text(account), .text(chat.description), .text(holder.person), SQLValue(holder.device),
                .blob(record.encoded()),
            ])
    }
}

/// A device that has, or should have, a sender key.
struct KeyHolder: Hashable, Sendable {
    /// As in `AddressMapStore.person`.
    let person: String
    let device: UInt16
}
