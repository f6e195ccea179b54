import Storage

/// The people an account knows: its address book, what they call themselves, whom it blocks.
enum ContactStore {
    /// In the address book under these names.
    static func save(
        fullName: String?, firstName: String?, _ person: String, of sessionID: String,
        on connection: any SQLConnection
    ) throws {
        try set(
            "saved = 1, full_name = $3, first_name = $4", [SQLValue(fullName), SQLValue(firstName)], person,
            of: sessionID, on: connection)
    }

    /// The name in the account's address book, where the person is in it.
    static func savedName(
        of person: String, in sessionID: String, on connection: any SQLConnection
    ) throws -> String? {
        try connection.query(
            "SELECT full_name FROM gateway_contacts WHERE session_id = $1 AND person = $2",
            [.text(sessionID), .text(person)]
        ).first?.optionalText("full_name")
    }

    /// No longer in the address book; what the person says of themselves stays known.
    static func removeFromAddressBook(
        _ person: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try set("saved = 0, full_name = NULL, first_name = NULL", [], person, of: sessionID, on: connection)
    }

    /// They call themselves so; said with every message, written only when it is new.
    static func learnPushName(
        _ name: String, _ person: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO gateway_contacts (session_id, person, push_name) VALUES ($1, $2, $3)
            ON CONFLICT (session_id, person) DO UPDATE SET push_name = excluded.push_name
            WHERE gateway_contacts.push_name IS DISTINCT FROM excluded.push_name
            """, [.text(sessionID), .text(person), .text(name)])
    }

    static func setBusinessName(
        _ name: String, _ person: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try set("business_name = $3", [.text(name)], person, of: sessionID, on: connection)
    }

    static func setAbout(
        _ about: String, _ person: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try set("about = $3", [.text(about)], person, of: sessionID, on: connection)
    }

    /// - Parameter id: WhatsApp's id of the picture; nil when there is none any more.
    static func setPicture(
        id: String?, _ person: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try set("picture_id = $3", [SQLValue(id)], person, of: sessionID, on: connection)
    }

    static func setBlocked(
        _ isBlocked: Bool, _ person: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try set("blocked = $3", [SQLValue(isBlocked)], person, of: sessionID, on: connection)
    }

    /// The person has another number now: what is known of them under the old one holds there too.
    static func copy(
        _ old: String, to person: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO gateway_contacts (session_id, person, saved, full_name, first_name, push_name, business_name, about,
                picture_id, blocked)
            SELECT session_id, $3, saved, full_name, first_name, push_name, business_name, about, picture_id, blocked
            FROM gateway_contacts WHERE session_id = $1 AND person = $2
            ON CONFLICT (session_id, person) DO NOTHING
            """, [.text(sessionID), .text(old), .text(person)])
    }

    private static func set(
        _ assignment: String, _ values: [SQLValue], _ person: String, of sessionID: String,
        on connection: any SQLConnection
    ) throws {
        let key = [SQLValue.text(sessionID), .text(person)]
        try connection.execute(
            """
            INSERT INTO gateway_contacts (session_id, person) VALUES ($1, $2)
            ON CONFLICT (session_id, person) DO NOTHING
            """, key)
        try connection.execute(
            "UPDATE gateway_contacts SET \(assignment) WHERE session_id = $1 AND person = $2", key + values)
    }
}
