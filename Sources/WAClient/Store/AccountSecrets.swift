import Storage

/// Secrets the phone hands its companions, one of each kind.
struct AccountSecrets {
    let account: String

    enum Name: String {
        /// Makes the tokens for people who gave us none (protocol reference 5.17).
        case contactTokenSalt = "nct_salt"
    }

    /// Longer ones are none.
    private static let maximumByteCount = 1_024

    func secret(_ name: Name, on sql: any SQLConnection) throws -> [UInt8]? {
        try sql.query(
            "SELECT value FROM client_account_secret WHERE account = $1 AND name = $2", [.text(account), .text(name.rawValue)]
        ).first?.blob("value")
    }

    /// Nil takes it away.
    func save(_ value: [UInt8]?, as name: Name, on sql: any SQLConnection) throws {
        guard let value, !value.isEmpty, value.count <= Self.maximumByteCount else {
            try sql.execute(
                "DELETE FROM client_account_secret WHERE account = $1 AND name = $2", [.text(account), .text(name.rawValue)])
            return
        }
        try sql.execute(
            """
            INSERT INTO client_account_secret (account, name, value) VALUES ($1, $2, $3)
            ON CONFLICT (account, name) DO UPDATE SET value = excluded.value
            """, [.text(account), .text(name.rawValue), .blob(value)])
    }
}
