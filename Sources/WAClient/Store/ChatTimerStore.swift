import Storage
import WABinary

/// After how many seconds messages between us and one person disappear, as either side set it last.
///
/// What we write there says so too, or it would stay. Source: protocol reference 5.18.
struct ChatTimerStore: Sendable {
    let account: String

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    /// 0 for never.
    func set(_ seconds: Int64, in chat: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            INSERT INTO client_chat_timer (account, chat, seconds) VALUES ($1, $2, $3)
            ON CONFLICT (account, chat) DO UPDATE SET seconds = excluded.seconds
            """, [.text(account), .text(try addresses.person(of: chat, on: sql)), .integer(max(0, seconds))])
    }

    func seconds(in chat: JID, on sql: any SQLConnection) throws -> Int64 {
        let forms = try addresses.forms(of: chat, on: sql)
        // Looked up one by one: SQLite builds a table for each list of values, which costs more than both.
        if let seconds = try seconds(under: forms.first, on: sql) { return seconds }
        return forms.second == forms.first ? 0 : try seconds(under: forms.second, on: sql) ?? 0
    }

    private func seconds(under form: String, on sql: any SQLConnection) throws -> Int64? {
        try sql.query(
            "SELECT seconds FROM client_chat_timer WHERE account = $1 AND chat = $2", [.text(account), .text(form)]
        ).first?.integer("seconds")
    }
}
