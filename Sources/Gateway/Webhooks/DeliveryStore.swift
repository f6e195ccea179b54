import Storage

/// What is to be delivered, was delivered, or could not be: one row for each webhook and event.
///
/// ```
/// pending, due ──attempt──► delivered
///    │  ▲  └─────────────► pending, due later ──last attempt──► failed ──redriven──► delivered
///    │  └ the one before it in its chat is over
/// pending, not due (ordering: chat)                dropped: nobody wants it any more
/// ```
enum DeliveryStore {
    // MARK: - Beginning

    /// An event is to be delivered: due at once, or with an order kept once those before it in its chat are over.
    static func insert(
        _ event: GatewayEvent, seq: Int64, for webhook: WebhookRecord, on connection: any SQLConnection
    ) throws {
        var dueAt: Int64? = event.occurredAtMilliseconds
        if webhook.ordering == .chat,
            try first(pendingIn: event.chat, of: webhook.id, after: 0, on: connection) != nil
        {
            dueAt = nil
        }
        let id = makeUUID()
        try connection.execute(
            """
            INSERT INTO gateway_deliveries (webhook_id, seq, session_id, event, chat, media_row, id, delivery_id, state,
                attempts, due_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', 0, $9, $10)
            """,
            [
                .text(webhook.id), .integer(seq), .text(event.sessionID), .text(event.name.rawValue),
                .text(event.chat), SQLValue(event.mediaRow), .text(id), .text("dlv_" + id), SQLValue(dueAt),
                .integer(event.occurredAtMilliseconds),
            ])
    }

    // MARK: - Going on

    /// A delivery that waits for its time.
    struct Due: Sendable, Equatable {
        let seq: Int64
        let deliveryID: String
        let attempts: Int
        let mediaRow: Int64?
        let dueAtMilliseconds: Int64
    }

    /// The next of a webhook, by time: so many that have no file, and so many that have one.
    static func due(of webhookID: String, limit: Int, on connection: any SQLConnection) throws -> [Due] {
        try ["IS NULL", "IS NOT NULL"].flatMap { hasFile in
            try due(of: webhookID, where: "media_row \(hasFile)", limit: limit, on: connection)
        }
    }

    private static func due(
        of webhookID: String, where condition: String, limit: Int, on connection: any SQLConnection
    ) throws -> [Due] {
        try connection.query(
            """
            SELECT seq, delivery_id, attempts, media_row, due_at FROM gateway_deliveries
            WHERE webhook_id = $1 AND due_at IS NOT NULL AND \(condition) ORDER BY due_at, seq LIMIT $2
            """, [.text(webhookID), SQLValue(limit)]
        ).map { row in
            Due(
                seq: try row.integer("seq"), deliveryID: try row.text("delivery_id"),
                attempts: Int(try row.integer("attempts")), mediaRow: try row.optionalInteger("media_row"),
                dueAtMilliseconds: try row.integer("due_at"))
        }
    }

    /// The place of the next pending event of a chat.
    private static func first(
        pendingIn chat: String, of webhookID: String, after seq: Int64, on connection: any SQLConnection
    ) throws -> Int64? {
        try connection.query(
            """
            SELECT seq FROM gateway_deliveries
            WHERE webhook_id = $1 AND chat = $2 AND seq > $3 AND state = 'pending' ORDER BY seq LIMIT 1
            """, [.text(webhookID), .text(chat), .integer(seq)]
        ).first?.integer("seq")
    }

    /// How far a delivery is.
    static func progress(
        _ key: DeliveryKey, on connection: any SQLConnection
    ) throws -> (attempts: Int, isPending: Bool)? {
        try connection.query(
            "SELECT attempts, state FROM gateway_deliveries WHERE webhook_id = $1 AND seq = $2",
            [.text(key.webhookID), .integer(key.seq)]
        ).first.map { (Int(try $0.integer("attempts")), try $0.text("state") == "pending") }
    }

    /// It will be tried again.
    static func postpone(
        _ key: DeliveryKey, until dueAt: Int64, attempts: Int, after result: DeliveryResult,
        on connection: any SQLConnection
    ) throws {
        try note(result, number: attempts, on: connection)
        try connection.execute(
            """
            UPDATE gateway_deliveries SET attempts = $3, due_at = $4, last_status = $5, last_error = $6,
                last_attempt_at = $7, last_duration = $8
            WHERE webhook_id = $1 AND seq = $2 AND state = 'pending'
            """,
            [.text(key.webhookID), .integer(key.seq), SQLValue(attempts), .integer(dueAt)] + values(of: result))
    }

    // MARK: - Ending

    static func delivered(
        _ key: DeliveryKey, attempts: Int, by result: DeliveryResult, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_deliveries SET state = 'delivered', attempts = $3, due_at = NULL, last_status = $4,
                last_error = $5, last_attempt_at = $6, last_duration = $7, failed_at = NULL, identity = NULL, url = NULL,
                delivery_id = $8
            WHERE webhook_id = $1 AND seq = $2
            """,
            [.text(key.webhookID), .integer(key.seq), SQLValue(attempts)] + values(of: result)
                + [.text(result.deliveryID)])
        try letNextGo(after: key, on: connection)
    }

    /// There will be no further attempt by itself.
    ///
    /// - Parameter attempts: 0 when none was made.
    static func failed(
        _ key: DeliveryKey, attempts: Int, by result: DeliveryResult, atMilliseconds now: Int64,
        on connection: any SQLConnection
    ) throws {
        if attempts > 0 { try note(result, number: attempts, on: connection) }
        try connection.execute(
            """
            UPDATE gateway_deliveries SET state = 'failed', attempts = $3, due_at = NULL, last_status = $4,
                last_error = $5, last_attempt_at = $6, last_duration = $7, failed_at = COALESCE(failed_at, $8), url = $9,
                delivery_id = $10,
                identity = COALESCE((SELECT identity FROM gateway_events e WHERE e.seq = gateway_deliveries.seq), identity)
            WHERE webhook_id = $1 AND seq = $2
            """,
            [.text(key.webhookID), .integer(key.seq), SQLValue(attempts)] + values(of: result)
                + [.integer(now), .text(result.url), .text(result.deliveryID)])
        try letNextGo(after: key, on: connection)
    }

    /// Nobody wants it any more.
    static func dropped(_ key: DeliveryKey, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE gateway_deliveries SET state = 'dropped', due_at = NULL WHERE webhook_id = $1 AND seq = $2",
            [.text(key.webhookID), .integer(key.seq)])
        try letNextGo(after: key, on: connection)
    }

    /// Everything that waits for a webhook has failed, because it was switched off by itself.
    static func failAll(
        of webhook: WebhookRecord, error: String, atMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_deliveries SET state = 'failed', due_at = NULL, last_error = $2, failed_at = $3, url = $4,
                identity = (SELECT identity FROM gateway_events e WHERE e.seq = gateway_deliveries.seq)
            WHERE webhook_id = $1 AND state = 'pending'
            """, [.text(webhook.id), .text(error), .integer(now), .text(webhook.url)])
    }

    /// Whoever waited behind this one in its chat is due now.
    private static func letNextGo(after key: DeliveryKey, on connection: any SQLConnection) throws {
        let rows = try connection.query(
            "SELECT chat FROM gateway_deliveries WHERE webhook_id = $1 AND seq = $2",
            [.text(key.webhookID), .integer(key.seq)])
        guard let chat = try rows.first?.text("chat"),
            let next = try first(pendingIn: chat, of: key.webhookID, after: 0, on: connection)
        else { return }
        try connection.execute(
            """
            UPDATE gateway_deliveries SET due_at = created_at
            WHERE webhook_id = $1 AND seq = $2 AND due_at IS NULL AND state = 'pending'
            """, [.text(key.webhookID), .integer(next)])
    }

    /// A webhook keeps an order from now on, or no longer: of each chat only the first is due, or all are.
    static func reorder(_ webhookID: String, to ordering: WebhookRecord.Ordering, on connection: any SQLConnection) throws {
        switch ordering {
        case .none:
            try connection.execute(
                """
                UPDATE gateway_deliveries SET due_at = created_at
                WHERE webhook_id = $1 AND state = 'pending' AND due_at IS NULL
                """, [.text(webhookID)])
        case .chat:
            try connection.execute(
                """
                UPDATE gateway_deliveries SET due_at = NULL
                WHERE webhook_id = $1 AND state = 'pending' AND EXISTS (
                    SELECT 1 FROM gateway_deliveries o WHERE o.webhook_id = gateway_deliveries.webhook_id
                    AND o.chat = gateway_deliveries.chat AND o.seq < gateway_deliveries.seq AND o.state = 'pending')
                """, [.text(webhookID)])
        }
    }

    // MARK: - Parts

    /// A failed attempt, for those who read the attempts.
    private static func note(_ result: DeliveryResult, number: Int, on connection: any SQLConnection) throws {
        let values = values(of: result)
        try connection.execute(
            """
            INSERT INTO gateway_delivery_attempts (webhook_id, seq, number, delivery_id, started_at, duration, status, error)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (webhook_id, seq, number) DO NOTHING
            """,
            [
                .text(result.key.webhookID), .integer(result.key.seq), SQLValue(number), .text(result.deliveryID),
                values[2], values[3], values[0], values[1],
            ])
    }

    /// `last_status`, `last_error`, `last_attempt_at`, `last_duration`.
    private static func values(of result: DeliveryResult) -> [SQLValue] {
        let (status, error): (Int?, String?) =
            switch result.outcome {
            case .answered(let status, _, _) where (200..<300).contains(status): (status, nil)
            case .answered(let status, let reason, _): (status, "HTTP \(status): \(reason)")
            case .unanswered(let text), .undeliverable(let text): (nil, text)
            case .unwanted, .interrupted: (nil, nil)
            }
        return [
            SQLValue(status), SQLValue(error), .integer(result.startedAtMilliseconds),
            .integer(result.durationMilliseconds),
        ]
    }
}
