import Storage
import WABinary

/// Which LID and which phone number are the same person: one identity for both, whatever a stanza uses.
///
/// Facts about other people, so shared by all accounts. Learned only from the server's own attributes and answers.
struct AddressMapStore {
    let account: String

    /// The one form under which everything of a person is stored: the LID when known, else the phone number, without device.
    func person(of jid: JID, on connection: any SQLConnection) throws -> String {
        try lid(of: jid, on: connection)?.description ?? jid.foldingHosted.account.description
    }

    /// The LID of the person, without device; nil when only the phone number is known.
    func lid(of jid: JID, on connection: any SQLConnection) throws -> JID? {
        let account = jid.foldingHosted.account
        guard account.server == .user else { return account.server == .lid ? account : nil }
        return try connection.query("SELECT lid FROM client_address WHERE phone = $1", [.text(account.description)])
            .first.flatMap { JID(try $0.text("lid")) }
    }

    /// The phone number JID of the person when known, else what was given; groups and others are unchanged. No device.
    func phoneForm(of jid: JID, on connection: any SQLConnection) throws -> JID {
        let account = jid.foldingHosted.account
        guard account.server == .lid else { return account }
        return try connection.query("SELECT phone FROM client_address WHERE lid = $1", [.text(account.description)])
            .first.flatMap { JID(try $0.text("phone")) } ?? account
    }

    /// Every stored form of a person, to find rows written before the LID was known.
    func forms(of jid: JID, on connection: any SQLConnection) throws -> (first: String, second: String) {
        let person = try person(of: jid, on: connection)
        return (person, try phoneForm(of: jid, on: connection).description)
    }

    /// Records that both are one person and moves what was stored under the phone number to the LID.
    ///
    /// Sessions move by copy: one already stored under the LID stays, since it is the newer (reference 4.8).
    /// Does nothing, cheaply, when the pair is already known; else the recorder is told, so that others merge their rows too.
    func learn(lid: JID, phone: JID, telling recorder: ClientRecorder, on connection: any SQLConnection) throws {
        let lidText = lid.foldingHosted.account.description
        let phoneText = phone.foldingHosted.account.description
        guard lid.foldingHosted.server == .lid, phone.foldingHosted.server == .user, !lid.user.isEmpty, !phone.user.isEmpty else { return }
        let known = try connection.query("SELECT phone FROM client_address WHERE lid = $1", [.text(lidText)])
        if try known.first?.text("phone") == phoneText { return }
        // The number moved to another LID, or the LID to another number: the newest word of the server wins.
        try connection.execute("DELETE FROM client_address WHERE lid = $1 OR phone = $2", [.text(lidText), .text(phoneText)])
        try connection.execute(
            "INSERT INTO client_address (lid, phone) VALUES ($1, $2)", [.text(lidText), .text(phoneText)])
        try connection.execute(
            """
            INSERT INTO client_session (account, person, device, identity, record, rebuilt_at)
            SELECT account, $1, device, identity, record, rebuilt_at FROM client_session WHERE person = $2
            ON CONFLICT (account, person, device) DO NOTHING
            """, [.text(lidText), .text(phoneText)])
        try connection.execute("DELETE FROM client_session WHERE person = $1", [.text(phoneText)])
        try connection.execute("DELETE FROM client_device_list WHERE person = $1", [.text(phoneText)])
        try moveGroups(from: phoneText, to: lidText, on: connection)
        try connection.execute(
            "UPDATE client_prekey SET used_by = $1 WHERE used_by = $2", [.text(lidText), .text(phoneText)])
        try moveAccountData(from: phoneText, to: lidText, on: connection)
        if let lid = JID(lidText), let phone = JID(phoneText) {
            try recorder(connection, .contactChanged(ContactChange(person: phone, change: .addressLearned(lid: lid))))
        }
    }

    /// What was told of the person, and the tokens between us.
    private func moveAccountData(from phone: String, to lid: String, on connection: any SQLConnection) throws {
        for (table, columns) in [
            ("client_contact", "account, push_name, business_name, picture_id, about, blocked"),
            ("client_privacy_token", "account, token, token_at, issued_at"),
        ] {
            try connection.execute(
                """
                INSERT INTO \(table) (person, \(columns)) SELECT $1, \(columns) FROM \(table) WHERE person = $2
                ON CONFLICT DO NOTHING
                """, [.text(lid), .text(phone)])
            try connection.execute("DELETE FROM \(table) WHERE person = $1", [.text(phone)])
        }
    }

    /// Membership, sender keys and who has ours, in all groups.
    private func moveGroups(from phone: String, to lid: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE client_own_sender_key SET participant_hash = NULL WHERE EXISTS
                (SELECT 1 FROM client_group_member m WHERE m.account = client_own_sender_key.account
                 AND m.chat = client_own_sender_key.chat AND m.person = $1)
            """, [.text(phone)])
        for (table, columns) in [
            ("client_group_member", "account, chat, address, role"),
            ("client_sender_key_handout", "account, chat, device, kind, payload"),
            ("client_sender_key", "account, chat, device, record"),
        ] {
            try connection.execute(
                """
                INSERT INTO \(table) (person, \(columns)) SELECT $1, \(columns) FROM \(table) WHERE person = $2
                ON CONFLICT DO NOTHING
                """, [.text(lid), .text(phone)])
            try connection.execute("DELETE FROM \(table) WHERE person = $1", [.text(phone)])
        }
    }
}
