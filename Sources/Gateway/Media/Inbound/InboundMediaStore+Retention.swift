import Storage

extension InboundMediaStore {
    /// The hashes that rows say are stored, from one text on and below another.
    static func storedFiles(from: String, below: String, on connection: any SQLConnection) throws -> Set<String> {
        Set(
            try connection.query(
                """
                SELECT DISTINCT sha256 FROM gateway_inbound_media
                WHERE state = 'stored' AND sha256 >= $1 AND sha256 < $2
                """, [.text(from), .text(below)]
            ).map { try $0.text("sha256") })
    }

    /// Of all files together, each counted once.
    static func storedByteCount(on connection: any SQLConnection) throws -> Int {
        let row = try connection.query(
            """
            SELECT COALESCE(SUM(byte_count), 0) AS total FROM (
                SELECT MAX(byte_count) AS byte_count FROM gateway_inbound_media WHERE state = 'stored' GROUP BY sha256
            ) AS files
            """
        ).first
        return Int(try row?.integer("total") ?? 0)
    }

    /// Files in the order in which a message last brought them.
    static func oldestFiles(
        limit: Int, on connection: any SQLConnection
    ) throws -> [(sha256: String, byteCount: Int)] {
        try connection.query(
            """
            SELECT sha256, MAX(byte_count) AS byte_count FROM gateway_inbound_media WHERE state = 'stored'
            GROUP BY sha256 ORDER BY MAX(stored_at), sha256 LIMIT $1
            """, [SQLValue(limit)]
        ).map { (try $0.text("sha256"), Int(try $0.integer("byte_count"))) }
    }

    /// - Returns: how many rows changed.
    static func retire(
        storedBefore milliseconds: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> Int {
        try connection.execute(
            """
            UPDATE gateway_inbound_media SET state = 'omitted', reason = 'retired', stored_at = NULL
            WHERE (session_id, message_seq) IN (
                SELECT session_id, message_seq FROM gateway_inbound_media
                WHERE state = 'stored' AND stored_at < $1 ORDER BY stored_at LIMIT $2)
            """, [.integer(milliseconds), SQLValue(limit)])
    }

    static func retire(_ sha256: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_inbound_media SET state = 'omitted', reason = 'retired', stored_at = NULL
            WHERE sha256 = $1 AND state = 'stored'
            """, [.text(sha256)])
    }
}
