import Storage
import WAClient

extension ContactStore {
    /// The address book, and whoever else there is a chat of two with; by name, then by id.
    static func list(
        of sessionID: String, limit: Int, offset: Int, on connection: any SQLConnection
    ) throws -> [ContactRecord] {
        try connection.query(
            """
            SELECT person, saved, full_name, first_name, push_name, business_name, about, blocked FROM gateway_contacts p
            WHERE session_id = $1 AND (saved = 1 OR EXISTS
                (SELECT 1 FROM gateway_chats c WHERE c.session_id = $1 AND c.chat = p.person))
            ORDER BY COALESCE(full_name, first_name, business_name, push_name, person), person LIMIT $2 OFFSET $3
            """, [.text(sessionID), SQLValue(limit), SQLValue(offset)]
        ).map(Self.record)
    }

    /// What is known of a person; nil for nothing, not even a chat.
    static func contact(
        _ person: ChatID, of sessionID: String, on connection: any SQLConnection
    ) throws -> ContactRecord? {
        let forms = MessageQuery.padded(try person.storedForms(on: connection))
        let rows = try connection.query(
            """
            SELECT person, saved, full_name, first_name, push_name, business_name, about, blocked FROM gateway_contacts
            WHERE session_id = $1 AND person IN ($2, $3, $4) ORDER BY saved DESC, person LIMIT 1
            """, [.text(sessionID)] + forms)
        if let row = rows.first { return try record(row) }
        let chats = try connection.query(
            "SELECT chat FROM gateway_chats WHERE session_id = $1 AND chat IN ($2, $3, $4) ORDER BY chat LIMIT 1",
            [.text(sessionID)] + forms)
        return try chats.first.map { row in
            let id = try row.text("chat")
            return ContactRecord(
                id: id, name: nil, pushName: nil, number: number(of: id), isMyContact: false, isBlocked: false, about: nil)
        }
    }

    private static func record(_ row: SQLRow) throws -> ContactRecord {
        let id = try row.text("person")
        return ContactRecord(
            id: id, name: try row.optionalText("full_name") ?? row.optionalText("first_name"),
            pushName: try row.optionalText("push_name") ?? row.optionalText("business_name"), number: number(of: id),
            isMyContact: try row.boolean("saved"), isBlocked: try row.boolean("blocked"),
            about: try row.optionalText("about"))
    }

    /// The digits of the id, as OpenWA's engines have it: of a privacy id they are no phone number, but never missing.
    private static func number(of id: String) -> String { (try? ChatID(parsing: id))?.user ?? id }
}
