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

    struct Known: Sendable, Equatable {
        /// The person's token, whatever its age.
        var token: Token?
        /// When we last gave the person ours; nil for never.
        var issuedAtSeconds: Int64?
    }

    func known(of jid: JID, on sql: any SQLConnection) throws -> Known {
        guard
            let row = try sql.query(
                "SELECT token, token_at, issued_at FROM client_privacy_token WHERE account = $1 AND person = $2",
                [.text(account), .text(try person(of: jid, on: sql))]
            ).first
        else { return Known() }
        let timestampSeconds = try row.optionalInteger("token_at") ?? 0
        return Known(
            token: try row.optionalBlob("token").map { Token(bytes: $0, timestampSeconds: timestampSeconds) },
            issuedAtSeconds: try row.optionalInteger("issued_at"))
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
