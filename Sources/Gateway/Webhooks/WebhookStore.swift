import Storage
import StrictJSON

/// The webhooks' rows.
enum WebhookStore {
    /// Newest first.
    static func all(on connection: any SQLConnection) throws -> [WebhookRecord] {
        try connection.query("SELECT * FROM gateway_webhooks ORDER BY created_at DESC, id").map(record)
    }

    static func webhook(_ id: String, on connection: any SQLConnection) throws -> WebhookRecord? {
        try connection.query("SELECT * FROM gateway_webhooks WHERE id = $1", [.text(id)]).first.map(record)
    }

    static func count(of sessionID: String, on connection: any SQLConnection) throws -> Int {
        let rows = try connection.query(
            "SELECT COUNT(*) AS webhooks FROM gateway_webhooks WHERE session_id = $1", [.text(sessionID)])
        return Int(try rows.first?.integer("webhooks") ?? 0)
    }

    /// Inserts the webhook, or brings its row to this state.
    static func put(_ webhook: WebhookRecord, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_webhooks (id, session_id, url, events, secret, previous_secret, previous_secret_until, headers,
                filters, active, retry_count, ordering, retry_schedule, disable_on_gone, disable_after_days, disabled_reason,
                failing_since, last_triggered_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            ON CONFLICT (id) DO UPDATE SET url = excluded.url, events = excluded.events, secret = excluded.secret,
                previous_secret = excluded.previous_secret, previous_secret_until = excluded.previous_secret_until,
                headers = excluded.headers, filters = excluded.filters, active = excluded.active,
                retry_count = excluded.retry_count, ordering = excluded.ordering,
                retry_schedule = excluded.retry_schedule, disable_on_gone = excluded.disable_on_gone,
                disable_after_days = excluded.disable_after_days, disabled_reason = excluded.disabled_reason,
                failing_since = excluded.failing_since, last_triggered_at = excluded.last_triggered_at,
                updated_at = excluded.updated_at
            """,
            [
                .text(webhook.id), .text(webhook.sessionID), .text(webhook.url), .text(json(webhook.events)),
                SQLValue(webhook.secret), SQLValue(webhook.previousSecret),
                SQLValue(webhook.previousSecretUntilMilliseconds), .text(json(webhook.headers)),
                SQLValue(webhook.filter?.json.json), SQLValue(webhook.isActive), SQLValue(webhook.retryCount),
                .text(webhook.ordering.rawValue), .text(webhook.schedule.rawValue), SQLValue(webhook.disablesOnGone),
                SQLValue(webhook.disableAfterDays), SQLValue(webhook.disabledReason?.rawValue),
                SQLValue(webhook.failingSinceMilliseconds), SQLValue(webhook.lastTriggeredAtMilliseconds),
                .integer(webhook.createdAtMilliseconds), .integer(webhook.updatedAtMilliseconds),
            ])
    }

    /// What the dispatcher learns of an endpoint; what callers change stays as it is.
    static func note(
        _ id: String, lastTriggered: Int64?, failingSince: Int64?, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_webhooks SET last_triggered_at = COALESCE($2, last_triggered_at), failing_since = $3
            WHERE id = $1
            """, [.text(id), SQLValue(lastTriggered), SQLValue(failingSince)])
    }

    static func delete(_ id: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM gateway_webhooks WHERE id = $1", [.text(id)]) > 0
    }

    // MARK: - Columns

    private static func record(_ row: SQLRow) throws -> WebhookRecord {
        guard let ordering = WebhookRecord.Ordering(rawValue: try row.text("ordering")),
            let schedule = WebhookRecord.Schedule(rawValue: try row.text("retry_schedule"))
        else { throw StorageError.unexpectedValue(column: "ordering", expected: "a kind of order") }
        return WebhookRecord(
            id: try row.text("id"), sessionID: try row.text("session_id"), url: try row.text("url"),
            events: strings(try row.text("events")), secret: try row.optionalText("secret"),
            previousSecret: try row.optionalText("previous_secret"),
            previousSecretUntilMilliseconds: try row.optionalInteger("previous_secret_until"),
            headers: headers(try row.text("headers")),
            filter: try row.optionalText("filters").flatMap { WebhookFilter(stored: $0) },
            isActive: try row.boolean("active"), retryCount: Int(try row.integer("retry_count")), ordering: ordering,
            schedule: schedule, disablesOnGone: try row.boolean("disable_on_gone"),
            disableAfterDays: Int(try row.integer("disable_after_days")),
            disabledReason: try row.optionalText("disabled_reason").flatMap(WebhookRecord.DisabledReason.init),
            failingSinceMilliseconds: try row.optionalInteger("failing_since"),
            lastTriggeredAtMilliseconds: try row.optionalInteger("last_triggered_at"),
            createdAtMilliseconds: try row.integer("created_at"), updatedAtMilliseconds: try row.integer("updated_at"))
    }

    private static func json(_ texts: [String]) -> String {
        var writer = JSONWriter()
        writer.array(texts) { $0.string($1) }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func strings(_ json: String) -> [String] {
        guard case .array(let elements)? = try? JSONReader.read(Array(json.utf8)) else { return [] }
        return elements.compactMap(\.string)
    }

    private static func json(_ headers: [WebhookRecord.Header]) -> String {
        JSONObject { json in for header in headers { json.add(header.name, header.value) } }.json
    }

    private static func headers(_ json: String) -> [WebhookRecord.Header] {
        guard case .object(let object)? = try? JSONReader.read(Array(json.utf8)) else { return [] }
        return object.members.compactMap { member in
            member.value.string.map { WebhookRecord.Header(name: member.name, value: $0) }
        }
    }
}
