import Storage
import WABinary
import WAProtocol

/// The tokens people gave us to write to them with, and when we gave them ours. Source: protocol reference 5.17.
struct PrivacyTokenStore: Sendable {
    let account: String

    struct Token: Sendable, Equatable {
        let bytes: [UInt8]
        let timestampSeconds: Int64
    }

    /// Longer ones are none.
    static let maximumByteCount = 1_024

    private func person(of jid: JID, on sql: any SQLConnection) throws -> String {
        try AddressMapStore(account: account).person(of: jid, on: sql)
    }

    /// Keeps a person's token, unless a newer one is known. Answers whether it is news.
    @discardableResult
    func take(_ token: Token, of jid: JID, on sql: any SQLConnection) throws -> Bool {
        guard (1...Self.maximumByteCount).contains(token.bytes.count) else { return false }
        return try sql.execute(
            """
            INSERT INTO client_privacy_token (account, person, token, token_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account, person) DO UPDATE SET token = excluded.token, token_at = excluded.token_at
            WHERE client_privacy_token.token_at IS NULL OR client_privacy_token.token_at <= excluded.token_at
            """,
            [
                .text(account), .text(try person(of: jid, on: sql)), .blob(token.bytes), .integer(token.timestampSeconds),
            ]) > 0
    }

    /// The person's token, whatever its age.
    func token(of jid: JID, on sql: any SQLConnection) throws -> Token? {
        guard
            let row = try sql.query(
                "SELECT token, token_at FROM client_privacy_token WHERE account = $1 AND person = $2",
                [.text(account), .text(try person(of: jid, on: sql))]
            ).first, let bytes = try row.optionalBlob("token")
        else { return nil }
        return Token(bytes: bytes, timestampSeconds: try row.optionalInteger("token_at") ?? 0)
    }

    /// When we last gave the person our token; nil for never.
    func issuedAtSeconds(to jid: JID, on sql: any SQLConnection) throws -> Int64? {
        try sql.query(
            "SELECT issued_at FROM client_privacy_token WHERE account = $1 AND person = $2",
            [.text(account), .text(try person(of: jid, on: sql))]
        ).first?.optionalInteger("issued_at")
    }

    func noteIssued(to jid: JID, atSeconds seconds: Int64, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            INSERT INTO client_privacy_token (account, person, issued_at) VALUES ($1, $2, $3)
            ON CONFLICT (account, person) DO UPDATE SET issued_at = excluded.issued_at
            WHERE client_privacy_token.issued_at IS NULL OR client_privacy_token.issued_at < excluded.issued_at
            """, [.text(account), .text(try person(of: jid, on: sql)), .integer(seconds)])
    }

    /// The person's phone is a new one: what we gave the old one counts no more.
    func forgetIssued(to jid: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_privacy_token SET issued_at = NULL WHERE account = $1 AND person = $2",
            [.text(account), .text(try person(of: jid, on: sql))])
    }
}
