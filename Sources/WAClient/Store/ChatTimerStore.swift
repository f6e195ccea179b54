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
        return try sql.query(
            "SELECT chat, seconds FROM client_chat_timer WHERE account = $1 AND chat IN ($2, $3)",
            [.text(account), .text(forms.first), .text(forms.second)]
        ).first?.integer("seconds") ?? 0
    }
}
