import Storage

/// The keys' rows. The raw key is never here, only its hash.
enum APIKeyStore {
    /// A key as stored: the record and what recognises it.
    struct Stored: Sendable, Equatable {
        var record: APIKeyRecord
        let hash: String
    }

    static func all(on connection: any SQLConnection) throws -> [Stored] {
        try connection.query("SELECT * FROM gateway_api_keys ORDER BY created_at DESC, id").map(stored)
    }

    /// Adds a key.
    static func insert(_ key: Stored, on connection: any SQLConnection) throws {
        let record = key.record
        try connection.execute(
            """
            INSERT INTO gateway_api_keys (id, name, key_hash, key_prefix, role, allowed_ips, allowed_sessions, active,
                expires_at, last_used_at, usage_count, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .text(record.id), .text(record.name), .text(key.hash), .text(record.keyPrefix),
                .text(record.role.rawValue),
                .text(record.allowedIPs.joined(separator: ",")), .text(record.allowedSessions.joined(separator: ",")),
                SQLValue(record.isActive), SQLValue(record.expiresAtMilliseconds),
                SQLValue(record.lastUsedAtMilliseconds),
                .integer(record.usageCount), .integer(record.createdAtMilliseconds),
            ])
    }

    /// Writes everything that may change, but its use.
    static func update(_ record: APIKeyRecord, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_api_keys SET name = $2, role = $3, allowed_ips = $4, allowed_sessions = $5, active = $6,
                expires_at = $7
            WHERE id = $1
            """,
            [
                .text(record.id), .text(record.name), .text(record.role.rawValue),
                .text(record.allowedIPs.joined(separator: ",")), .text(record.allowedSessions.joined(separator: ",")),
                SQLValue(record.isActive), SQLValue(record.expiresAtMilliseconds),
            ])
    }

    static func delete(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM gateway_api_keys WHERE id = $1", [.text(id)])
    }

    /// Adds what was counted since the last time.
    static func addUsage(
        _ count: Int64, lastUsedAtMilliseconds: Int64, to id: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE gateway_api_keys SET usage_count = usage_count + $2, last_used_at = $3 WHERE id = $1",
            [.text(id), .integer(count), .integer(lastUsedAtMilliseconds)])
    }

    private static func stored(_ row: SQLRow) throws -> Stored {
        guard let role = APIKeyRole(rawValue: try row.text("role")) else {
            throw StorageError.unexpectedValue(column: "role", expected: "a role")
        }
        let record = APIKeyRecord(
            id: try row.text("id"), name: try row.text("name"), keyPrefix: try row.text("key_prefix"), role: role,
            allowedIPs: list(try row.text("allowed_ips")), allowedSessions: list(try row.text("allowed_sessions")),
            isActive: try row.boolean("active"), expiresAtMilliseconds: try row.optionalInteger("expires_at"),
            lastUsedAtMilliseconds: try row.optionalInteger("last_used_at"), usageCount: try row.integer("usage_count"),
            createdAtMilliseconds: try row.integer("created_at"))
        return Stored(record: record, hash: try row.text("key_hash"))
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map(String.init)
    }
}
