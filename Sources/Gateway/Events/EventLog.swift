package import Storage
import StrictJSON

/// The durable log of everything that happened, in one order over all sessions: what every channel reads.
///
/// ```
/// recorder, send, supervisor ─► record(…, on: connection)   in the transaction that stores what the events tell
///                                 │ rows of gateway_events, growing `seq`; rows of deliveries for webhooks
///                                 └─ after the commit ─► EventHub ─► wait(past:) returns ─► page(after:)
/// ```
///
/// `seq` grows in commit order, because write closures run one after another: whoever read up to a number has missed
/// nothing below it. Numbers of undone transactions are never given again; gaps mean nothing. Events older than the
/// retention go; a cursor older than that is told apart (`isExpired`).
package final class EventLog: Sendable {
    private let database: any SQLDatabase
    private let sequence: RowSequence
    private let hub: EventHub
    private let bounds: EventBounds
    /// Whom events are delivered to, and who does it.
    let webhooks: WebhookDirectory
    let deliveries = DeliveryInbox()

    /// Continues after the last event that was ever recorded.
    static func load(_ database: any SQLDatabase) async throws -> EventLog {
        let (bounds, webhooks) = try await database.read { connection in
            (try EventBounds.Values(on: connection), try WebhookStore.all(on: connection))
        }
        return EventLog(database: database, bounds: bounds, webhooks: WebhookDirectory(webhooks))
    }

    private init(database: any SQLDatabase, bounds: EventBounds.Values, webhooks: WebhookDirectory) {
        self.database = database
        self.webhooks = webhooks
        self.bounds = EventBounds(bounds)
        sequence = RowSequence(after: bounds.last)
        hub = EventHub(latest: bounds.last)
    }

    // MARK: - Recording

    /// Records events in the caller's transaction, in this order.
    package func record(_ events: [GatewayEvent], on connection: any SQLConnection) throws {
        guard !events.isEmpty else { return }
        var last: Int64 = 0
        var touched: Set<String> = []
        for event in events {
            last = sequence.next()
            try insert(event, seq: last, on: connection)
            if let told = event.told { try SessionStore.note(told, of: event.sessionID, on: connection) }
            for webhook in webhooks.subscribers(to: event) {
                try DeliveryStore.insert(event, seq: last, for: webhook, on: connection)
                touched.insert(webhook.id)
            }
        }
        let (seq, woken) = (last, touched)
        connection.afterCommit { [hub, deliveries] in
            hub.advance(to: seq)
            if !woken.isEmpty { deliveries.touch(woken) }
        }
    }

    /// Everything up to here was removed because of its age.
    var prunedThrough: Int64 { bounds.prunedThrough }

    private func insert(_ event: GatewayEvent, seq: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_events (seq, session_id, event, chat, occurred_at, identity, data, media_row)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .integer(seq), .text(event.sessionID), .text(event.name.rawValue), .text(event.chat),
                .integer(event.occurredAtMilliseconds), .text(event.identity), .text(event.data.json),
                SQLValue(event.mediaRow),
            ])
    }

    // MARK: - Reading

    /// The place of the newest durable event; 0 before the first.
    package var latestCursor: Int64 { hub.latest }

    /// Whether events after this cursor are gone already, or the cursor is of another log: its reader must start anew.
    package func isExpired(_ cursor: Int64) -> Bool {
        cursor < bounds.prunedThrough || cursor > hub.latest
    }

    /// Returns when something after `seq` is durable, or the task is cancelled.
    package func wait(past seq: Int64) async {
        await hub.wait(past: seq)
    }

    /// The next events after `seq` that match, oldest first.
    ///
    /// A page looks at no more than 2,000 events, so it may be empty although `hasMore`: read on from its cursor.
    package func page(after seq: Int64, limit: Int, filter: EventFilter = EventFilter()) async throws -> EventPage {
        try await database.read { connection in
            var records: [EventRecord] = []
            var cursor = seq
            var lookedAt = 0
            while lookedAt < Self.maximumLook {
                let rows = try connection.query(
                    """
                    SELECT \(EventRecord.columns) FROM gateway_events WHERE seq > $1 ORDER BY seq LIMIT $2
                    """, [.integer(cursor), SQLValue(Self.window)])
                for row in rows {
                    cursor = try row.integer("seq")
                    guard let record = try EventRecord(row), filter.matches(record) else { continue }
                    records.append(record)
                    if records.count == limit { return EventPage(records: records, cursor: cursor, hasMore: true) }
                }
                lookedAt += rows.count
                if rows.count < Self.window { return EventPage(records: records, cursor: cursor, hasMore: false) }
            }
            return EventPage(records: records, cursor: cursor, hasMore: true)
        }
    }

    /// One event, unless it is gone.
    package func event(_ seq: Int64) async throws -> EventRecord? {
        try await database.read { connection in
            try connection.query(
                "SELECT \(EventRecord.columns) FROM gateway_events WHERE seq = $1", [.integer(seq)]
            ).first.flatMap { try EventRecord($0) }
        }
    }

    private static let window = 200
    private static let maximumLook = 2_000

    // MARK: - Retention

    /// Removes what happened before a time, some at a time so that nobody waits for it.
    ///
    /// Times and places grow together but for clocks that were set; the first younger event ends it.
    package func prune(before milliseconds: Int64) async throws {
        while true {
            let end = try await database.read { connection in
                try connection.query(
                    "SELECT seq, occurred_at FROM gateway_events ORDER BY seq LIMIT $1", [SQLValue(Self.pruneWindow)]
                ).prefix { try $0.integer("occurred_at") < milliseconds }.last?.integer("seq")
            }
            guard let end else { return }
            try await remove(through: end)
        }
    }

    private func remove(through end: Int64) async throws {
        try await database.write { [bounds] connection in
            try connection.execute("DELETE FROM gateway_events WHERE seq <= $1", [.integer(end)])
            try EventBounds.write(prunedThrough: end, on: connection)
            connection.afterCommit { bounds.pruned(through: end) }
        }
    }

    /// Removes what happened in a session that is gone.
    package func forget(sessionID: String) async throws {
        var start = bounds.prunedThrough
        let end = latestCursor
        while start < end {
            let through = min(start + Self.forgetWindow, end)
            try await database.write { [start] connection in
                try EventBounds.write(last: end, on: connection)
                try connection.execute(
                    "DELETE FROM gateway_events WHERE seq > $1 AND seq <= $2 AND session_id = $3",
                    [.integer(start), .integer(through), .text(sessionID)])
            }
            start = through
        }
    }

    private static let pruneWindow = 1_000
    private static let forgetWindow: Int64 = 5_000
}
