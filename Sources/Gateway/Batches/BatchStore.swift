import Storage
import WAClient

/// The rows of batches and their items.
///
/// ```
/// item:  pending ─► accepted (in the outbox, by message id) ─► what the message's own row says: sent or failed
///            ├─────► failed (could not be accepted)
///            └─────► cancelled
/// ```
/// The step to `accepted`, the outbox entry and the time of the next item are one transaction, so no crash sends an item twice
/// or leaves one out.
enum BatchStore {
    struct Batch: Sendable, Equatable {
        let name: BatchName
        let status: BatchStatus
        let pace: BatchPace
        let nextDueAtMilliseconds: Int64
        let createdAtMilliseconds: Int64
        let startedAtMilliseconds: Int64?
        let completedAtMilliseconds: Int64?
    }

    struct Item: Sendable, Equatable {
        let position: Int64
        let chatID: String
        let content: OutgoingMessage
    }

    /// - Returns: false when the session has a batch of this id.
    static func insert(_ batch: Batch, _ items: [Item], on connection: any SQLConnection) throws -> Bool {
        let inserted = try connection.execute(
            """
            INSERT INTO gateway_batches (session_id, batch_id, status, delay_milliseconds, randomizes_delay, stops_on_error,
                next_due_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (session_id, batch_id) DO NOTHING
            """,
            batch.name.arguments + [
                .text(batch.status.rawValue), SQLValue(batch.pace.delayMilliseconds),
                SQLValue(batch.pace.randomizesDelay), SQLValue(batch.pace.stopsOnError),
                .integer(batch.nextDueAtMilliseconds), .integer(batch.createdAtMilliseconds),
            ])
        guard inserted == 1 else { return false }
        for item in items {
            try connection.execute(
                """
                INSERT INTO gateway_batch_items (session_id, batch_id, position, chat, content, state)
                VALUES ($1, $2, $3, $4, $5, 'pending')
                """,
                batch.name.arguments + [
                    .integer(item.position), .text(item.chatID), .text(try item.content.encoded()),
                ])
            guard let file = item.content.media?.file else { continue }
            try connection.execute(
                "INSERT INTO gateway_batch_media (session_id, batch_id, position, file_id) VALUES ($1, $2, $3, $4)",
                batch.name.arguments + [.integer(item.position), .text(file.id)])
        }
        return true
    }

    static func batch(_ name: BatchName, on connection: any SQLConnection) throws -> Batch? {
        try connection.query(
            "SELECT * FROM gateway_batches WHERE session_id = $1 AND batch_id = $2", name.arguments
        ).first.map { row in
            guard let status = BatchStatus(rawValue: try row.text("status")) else {
                throw StorageError.unexpectedValue(column: "status", expected: "a batch status")
            }
            return Batch(
                name: name, status: status,
                pace: BatchPace(
                    delayMilliseconds: Int(try row.integer("delay_milliseconds")),
                    randomizesDelay: try row.boolean("randomizes_delay"),
                    stopsOnError: try row.boolean("stops_on_error")),
                nextDueAtMilliseconds: try row.integer("next_due_at"),
                createdAtMilliseconds: try row.integer("created_at"),
                startedAtMilliseconds: try row.optionalInteger("started_at"),
                completedAtMilliseconds: try row.optionalInteger("completed_at"))
        }
    }

    /// Batches that are not over, oldest first.
    static func unfinished(on connection: any SQLConnection) throws -> [BatchName] {
        try connection.query(
            """
            SELECT session_id, batch_id FROM gateway_batches WHERE status IN ('pending', 'processing') ORDER BY created_at
            """
        ).map { BatchName(sessionID: try $0.text("session_id"), batchID: try $0.text("batch_id")) }
    }

    /// The first item that has not been tried.
    static func nextItem(_ name: BatchName, on connection: any SQLConnection) throws -> Item? {
        try connection.query(
            """
            SELECT position, chat, content FROM gateway_batch_items
            WHERE session_id = $1 AND batch_id = $2 AND state = 'pending' ORDER BY position LIMIT 1
            """, name.arguments
        ).first.map { row in
            Item(
                position: try row.integer("position"), chatID: try row.text("chat"),
                content: try OutgoingMessage(encoded: row.text("content")))
        }
    }

    static func start(_ name: BatchName, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_batches SET status = 'processing', started_at = $3
            WHERE session_id = $1 AND batch_id = $2 AND status = 'pending'
            """, name.arguments + [.integer(now)])
    }

    /// The item is in the outbox. What it says is there now, so it goes here.
    static func accepted(
        _ position: Int64, of name: BatchName, messageID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_batch_items SET state = 'accepted', message_id = $4, content = ''
            WHERE session_id = $1 AND batch_id = $2 AND position = $3
            """, name.arguments + [.integer(position), .text(messageID)])
        // The outbox row names its file now.
        try connection.execute(
            "DELETE FROM gateway_batch_media WHERE session_id = $1 AND batch_id = $2 AND position = $3",
            name.arguments + [.integer(position)])
    }

    static func failed(
        _ position: Int64, of name: BatchName, _ failure: BatchReport.Result.Failure, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_batch_items SET state = 'failed', error_code = $4, error_message = $5, content = ''
            WHERE session_id = $1 AND batch_id = $2 AND position = $3 AND state = 'pending'
            """, name.arguments + [.integer(position), .text(failure.code), .text(failure.message)])
    }

    /// When the next item may go.
    static func pace(_ name: BatchName, nextDueAtMilliseconds: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE gateway_batches SET next_due_at = $3 WHERE session_id = $1 AND batch_id = $2",
            name.arguments + [.integer(nextDueAtMilliseconds)])
    }

    /// The batch is over, unless it was before. What was not sent need not be kept.
    ///
    /// - Returns: the spool files that nothing refers to any more, once this is committed.
    @discardableResult
    static func finish(
        _ name: BatchName, as status: BatchStatus, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws -> [String] {
        let changed = try connection.execute(
            """
            UPDATE gateway_batches SET status = $3, completed_at = $4
            WHERE session_id = $1 AND batch_id = $2 AND status IN ('pending', 'processing')
            """, name.arguments + [.text(status.rawValue), .integer(now)])
        guard changed > 0 else { return [] }
        try connection.execute(
            """
            UPDATE gateway_batch_items SET content = '', state = CASE WHEN $3 = 'cancelled' THEN 'cancelled' ELSE state END
            WHERE session_id = $1 AND batch_id = $2 AND state = 'pending'
            """, name.arguments + [.text(status.rawValue)])
        return try connection.query(
            "DELETE FROM gateway_batch_media WHERE session_id = $1 AND batch_id = $2 RETURNING file_id", name.arguments
        ).map { try $0.text("file_id") }
    }

    /// The account is gone: another one must not send what waits.
    static func failAll(
        of sessionID: String, code: String, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        for name in try unfinished(on: connection) where name.sessionID == sessionID {
            try connection.execute(
                """
                UPDATE gateway_batch_items SET state = 'failed', error_code = $3, error_message = $4, content = ''
                WHERE session_id = $1 AND batch_id = $2 AND state = 'pending'
                """,
                name.arguments + [.text(BatchReport.Result.Failure.sendFailed), .text(SendRefusal.words(for: code))])
            // Their files go with the next sweep.
            try finish(name, as: .failed, nowMilliseconds: now, on: connection)
        }
    }
}

/// A batch's id and its session's.
struct BatchName: Sendable, Hashable {
    let sessionID: String
    let batchID: String

    var arguments: [SQLValue] { [.text(sessionID), .text(batchID)] }
}

extension BatchReport.Result.Failure {
    /// The code of every failure but a blocked address (contract 4).
    static let sendFailed = "SEND_FAILED"
}
