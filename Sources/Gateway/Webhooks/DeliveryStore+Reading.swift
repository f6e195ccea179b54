import Storage

/// A delivery as those see it who look after an endpoint.
package struct DeliveryRecord: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable { case pending, delivered, failed, dropped }

    let key: DeliveryKey
    /// A UUID, the same for good; names a failure (contract 10).
    package let id: String
    package let sessionID: String
    package let event: String
    /// Nil once the event is no longer kept.
    package let eventID: String?
    package let deliveryID: String
    package let state: State
    package let attempts: Int
    package let dueAtMilliseconds: Int64?
    package let lastStatus: Int?
    package let lastError: String?
    package let lastAttemptAtMilliseconds: Int64?
    package let lastDurationMilliseconds: Int64?
    package let createdAtMilliseconds: Int64
    package let failedAtMilliseconds: Int64?
    /// The event's, without the webhook.
    let identity: String?
    let failedURL: String?

    package var webhookID: String { key.webhookID }
    /// The cursor of those who page.
    package var seq: Int64 { key.seq }
    package var idempotencyKey: String { "\(identity ?? "")_\(key.webhookID)" }
    package var url: String { failedURL ?? "" }
    /// Whether it can be sent again: its payload is kept.
    package var isReplayable: Bool { eventID != nil && attempts > 0 }
}

/// One attempt to deliver.
package struct DeliveryAttempt: Sendable, Equatable {
    package let number: Int
    package let deliveryID: String
    package let startedAtMilliseconds: Int64
    package let durationMilliseconds: Int64
    package let status: Int?
    package let error: String?
}

extension DeliveryStore {
    /// Newest first, of one webhook.
    ///
    /// - Parameter before: Only events before this place.
    static func list(
        of webhookID: String, state: DeliveryRecord.State?, before: Int64?, limit: Int, on connection: any SQLConnection
    ) throws -> [DeliveryRecord] {
        try connection.query(
            """
            SELECT \(columns) FROM gateway_deliveries d LEFT JOIN gateway_events e ON e.seq = d.seq
            WHERE d.webhook_id = $1 AND d.seq < $2 AND ($3 = '' OR d.state = $3) ORDER BY d.seq DESC LIMIT $4
            """, [.text(webhookID), .integer(before ?? .max), .text(state?.rawValue ?? ""), SQLValue(limit)]
        ).map(record)
    }

    static func delivery(_ key: DeliveryKey, on connection: any SQLConnection) throws -> DeliveryRecord? {
        try connection.query(
            """
            SELECT \(columns) FROM gateway_deliveries d LEFT JOIN gateway_events e ON e.seq = d.seq
            WHERE d.webhook_id = $1 AND d.seq = $2
            """, [.text(key.webhookID), .integer(key.seq)]
        ).first.map(record)
    }

    /// What failed, newest first.
    static func failures(
        limit: Int, offset: Int, sessions: Set<String>?, on connection: any SQLConnection
    ) throws -> [DeliveryRecord] {
        var conditions = SQLConditions("d.state = 'failed'", [])
        conditions.add("d.session_id", oneOf: sessions)
        conditions.arguments += [SQLValue(limit), SQLValue(offset)]
        let count = conditions.arguments.count
        return try connection.query(
            """
            SELECT \(columns) FROM gateway_deliveries d LEFT JOIN gateway_events e ON e.seq = d.seq
            WHERE \(conditions.sql) ORDER BY d.failed_at DESC, d.seq DESC LIMIT $\(count - 1) OFFSET $\(count)
            """, conditions.arguments
        ).map(record)
    }

    /// All attempts, in order: the failed ones, and the one that succeeded.
    static func attempts(of delivery: DeliveryRecord, on connection: any SQLConnection) throws -> [DeliveryAttempt] {
        var attempts = try connection.query(
            """
            SELECT number, delivery_id, started_at, duration, status, error FROM gateway_delivery_attempts
            WHERE webhook_id = $1 AND seq = $2 ORDER BY number
            """, [.text(delivery.webhookID), .integer(delivery.seq)]
        ).map { row in
            DeliveryAttempt(
                number: Int(try row.integer("number")), deliveryID: try row.text("delivery_id"),
                startedAtMilliseconds: try row.integer("started_at"),
                durationMilliseconds: try row.integer("duration"),
                status: try row.optionalInteger("status").map(Int.init), error: try row.optionalText("error"))
        }
        if delivery.state == .delivered, let startedAt = delivery.lastAttemptAtMilliseconds {
            attempts.append(
                DeliveryAttempt(
                    number: delivery.attempts, deliveryID: delivery.deliveryID, startedAtMilliseconds: startedAt,
                    durationMilliseconds: delivery.lastDurationMilliseconds ?? 0, status: delivery.lastStatus,
                    error: nil))
        }
        return attempts
    }

    static let columns = """
        d.webhook_id, d.seq, d.session_id, d.event, d.id, d.delivery_id, d.state, d.attempts, d.due_at, d.last_status,
        d.last_error, d.last_attempt_at, d.last_duration, d.created_at, d.failed_at, d.url,
        COALESCE(e.identity, d.identity) AS identity, e.occurred_at
        """

    static func record(_ row: SQLRow) throws -> DeliveryRecord {
        guard let state = DeliveryRecord.State(rawValue: try row.text("state")) else {
            throw StorageError.unexpectedValue(column: "state", expected: "a state of a delivery")
        }
        let seq = try row.integer("seq")
        return DeliveryRecord(
            key: DeliveryKey(webhookID: try row.text("webhook_id"), seq: seq), id: try row.text("id"),
            sessionID: try row.text("session_id"), event: try row.text("event"),
            eventID: try row.optionalInteger("occurred_at").map { EventRecord.id(seq: seq, occurredAtMilliseconds: $0) },
            deliveryID: try row.text("delivery_id"), state: state, attempts: Int(try row.integer("attempts")),
            dueAtMilliseconds: try row.optionalInteger("due_at"),
            lastStatus: try row.optionalInteger("last_status").map(Int.init),
            lastError: try row.optionalText("last_error"),
            lastAttemptAtMilliseconds: try row.optionalInteger("last_attempt_at"),
            lastDurationMilliseconds: try row.optionalInteger("last_duration"),
            createdAtMilliseconds: try row.integer("created_at"),
            failedAtMilliseconds: try row.optionalInteger("failed_at"), identity: try row.optionalText("identity"),
            failedURL: try row.optionalText("url"))
    }
}
