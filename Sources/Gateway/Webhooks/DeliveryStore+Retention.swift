import Storage

extension DeliveryStore {
    /// Removes what is kept for a webhook, some rows at a time.
    ///
    /// - Returns: whether there may be more.
    static func forget(webhookID: String, on connection: any SQLConnection) throws -> Bool {
        for table in ["gateway_delivery_attempts", "gateway_deliveries"] {
            let rows = try connection.query(
                "SELECT seq FROM \(table) WHERE webhook_id = $1 ORDER BY seq LIMIT 1 OFFSET \(window)",
                [.text(webhookID)])
            let end = try rows.first?.integer("seq") ?? .max
            let count = try connection.execute(
                "DELETE FROM \(table) WHERE webhook_id = $1 AND seq <= $2", [.text(webhookID), .integer(end)])
            if count > 0 { return true }
        }
        return false
    }

    /// The webhooks that have rows here; also of webhooks that are gone.
    static func webhooksWithRows(on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            WITH RECURSIVE ids (id) AS (
                SELECT MIN(webhook_id) FROM gateway_deliveries
                UNION ALL
                SELECT (SELECT MIN(webhook_id) FROM gateway_deliveries WHERE webhook_id > ids.id) FROM ids
                WHERE ids.id IS NOT NULL)
            SELECT id FROM ids WHERE id IS NOT NULL
            """
        ).map { try $0.text("id") }
    }

    /// Removes deliveries whose events are gone: what waits still cannot be sent any more and has failed; failures stay
    /// until their own time.
    ///
    /// - Returns: whether there may be more.
    static func prune(
        webhookID: String, through seq: Int64, failuresBefore: Int64, nowMilliseconds now: Int64,
        on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE gateway_deliveries SET state = 'failed', due_at = NULL, failed_at = $3,
                last_error = 'The event is no longer kept'
            WHERE webhook_id = $1 AND seq <= $2 AND state = 'pending'
            """, [.text(webhookID), .integer(seq), .integer(now)])
        let rows = try connection.query(
            """
            SELECT seq FROM gateway_deliveries
            WHERE webhook_id = $1 AND seq <= $2 AND (state <> 'failed' OR failed_at < $3) ORDER BY seq LIMIT \(window)
            """, [.text(webhookID), .integer(seq), .integer(failuresBefore)])
        for row in rows {
            for table in ["gateway_delivery_attempts", "gateway_deliveries"] {
                try connection.execute(
                    "DELETE FROM \(table) WHERE webhook_id = $1 AND seq = $2", [.text(webhookID), row["seq"]])
            }
        }
        return rows.count == window
    }

    private static let window = 500
}
