import Storage
import WAClient

/// How chats and people are shown, looked up once each while one answer is made.
final class PeopleNames {
    private let sessionID: String
    private let connection: any SQLConnection
    private var ids: [String: String] = [:]
    private var names: [String: String?] = [:]
    private var savedNames: [String: String?] = [:]

    init(sessionID: String, connection: any SQLConnection) {
        self.sessionID = sessionID
        self.connection = connection
    }

    /// The phone number's form of a privacy id whose number is known; everything else as it is.
    func shown(_ id: String) throws -> String {
        guard id.hasSuffix("@lid") else { return id }
        if let known = ids[id] { return known }
        let shown = try (try? ChatID(parsing: id))?.withKnownNumber(on: connection).description ?? id
        ids[id] = shown
        return shown
    }

    /// A group's subject, or how the account's address book, a business or the person themselves name a person; nil for unknown.
    func name(of chat: String) throws -> String? {
        if let known = names[chat] { return known }
        let name = try lookUp(chat)
        names[chat] = .some(name)
        return name
    }

    /// The name in the account's address book; nil for who is not in it.
    func savedName(of person: String) throws -> String? {
        if let known = savedNames[person] { return known }
        let name = try ContactStore.savedName(of: person, in: sessionID, on: connection)
        savedNames[person] = .some(name)
        return name
    }

    private func lookUp(_ chat: String) throws -> String? {
        let key: [SQLValue] = [.text(sessionID), .text(chat)]
        if let row = try connection.query(
            """
            SELECT COALESCE(full_name, first_name, business_name, push_name) AS name FROM gateway_contacts
            WHERE session_id = $1 AND person = $2
            """, key
        ).first, let name = try row.optionalText("name") {
            return name
        }
        return try connection.query("SELECT name FROM gateway_chats WHERE session_id = $1 AND chat = $2", key)
            .first?.optionalText("name")
    }
}
