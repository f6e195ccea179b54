import Storage
import WAProto
import WAProtocol

/// Chunks of history that the phone announced and that are not completely taken in.
///
/// | state     | what is awaited                                                      |
/// |-----------|----------------------------------------------------------------------|
/// | `waiting` | to be taken in, from `done` items of `stage` on, at `due_at`         |
/// | `asked`   | the media hosts do not have it whole; the phone was asked for it     |
/// | `taken`   | its receipt is to be sent, then the row goes                         |
/// | `failed`  | nothing: it cannot be had or read; `failure` says why                |
struct HistoryJobStore: Sendable {
    let account: String

    struct Job: Sendable {
        let messageID: String
        let notification: WAHistorySyncNotification
        /// So many items of the stage are recorded, and everything of the stages before.
        let stage: HistoryChunkReader.Stage
        let done: Int
        /// So often it could not be fetched, and so often the phone was asked for it.
        let attempts: Int
        let asks: Int

        /// Opens the blob, and what we and the phone say about it.
        var mediaKey: [UInt8] { [UInt8](notification.mediaKey) }
    }

    /// Announced once more under the same id, it changes nothing.
    func add(
        _ notification: WAHistorySyncNotification, messageID: String, nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws {
        try sql.execute(
            """
            INSERT INTO client_history_job (account, message_id, notification, received_at, state)
            VALUES ($1, $2, $3, $4, 'waiting') ON CONFLICT (account, message_id) DO NOTHING
            """,
            [.text(account), .text(messageID), .blob(notification.encoded()), .integer(nowMilliseconds)])
    }

    /// The oldest that is due.
    func next(nowMilliseconds: Int64, on sql: any SQLConnection) throws -> Job? {
        let row = try sql.query(
            """
            SELECT message_id FROM client_history_job WHERE account = $1 AND state = 'waiting' AND due_at <= $2
            ORDER BY received_at, message_id LIMIT 1
            """, [.text(account), .integer(nowMilliseconds)]
        ).first
        return try row.flatMap { try job($0.text("message_id"), on: sql) }
    }

    /// When something is due, in Unix milliseconds; nil when nothing waits. What the phone was asked for is due once more after
    /// a while.
    func nextDueMilliseconds(askingAgainAfter interval: Int64, on sql: any SQLConnection) throws -> Int64? {
        try sql.query(
            """
            SELECT MIN(CASE state WHEN 'asked' THEN asked_at + $2 ELSE due_at END) AS due FROM client_history_job
            WHERE account = $1 AND state IN ('waiting', 'asked')
            """, [.text(account), .integer(interval)]
        ).first?.optionalInteger("due")
    }

    /// It could not be had and is tried again later.
    func postpone(_ messageID: String, untilMilliseconds due: Int64, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            UPDATE client_history_job SET attempts = attempts + 1, due_at = $3
            WHERE account = $1 AND message_id = $2 AND state = 'waiting'
            """, [.text(account), .text(messageID), .integer(due)])
    }

    func job(_ messageID: String, on sql: any SQLConnection) throws -> Job? {
        guard
            let row = try sql.query(
                "SELECT notification, stage, done, attempts, asks FROM client_history_job WHERE account = $1 AND message_id = $2",
                [.text(account), .text(messageID)]
            ).first
        else { return nil }
        return Job(
            messageID: messageID, notification: try WAHistorySyncNotification(decoding: row.blob("notification")),
            stage: HistoryChunkReader.Stage(rawValue: try row.integer("stage")) ?? .addresses,
            done: Int(try row.integer("done")), attempts: Int(clamping: try row.integer("attempts")),
            asks: Int(clamping: try row.integer("asks")))
    }

    /// So much of it is recorded by the same transaction.
    func advance(_ messageID: String, to stage: HistoryChunkReader.Stage, done: Int, on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_history_job SET stage = $3, done = $4 WHERE account = $1 AND message_id = $2",
            [.text(account), .text(messageID), .integer(stage.rawValue), SQLValue(done)])
    }

    /// All of it is recorded; the blob's keys and place are needed no more.
    func finish(_ messageID: String, on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_history_job SET state = 'taken' WHERE account = $1 AND message_id = $2",
            [.text(account), .text(messageID)])
    }

    /// Chunks whose receipt may not have left.
    func taken(on sql: any SQLConnection) throws -> [String] {
        try sql.query(
            "SELECT message_id FROM client_history_job WHERE account = $1 AND state = 'taken' ORDER BY received_at",
            [.text(account)]
        ).map { try $0.text("message_id") }
    }

    func remove(_ messageIDs: [String], on sql: any SQLConnection) throws {
        for id in messageIDs {
            try sql.execute(
                "DELETE FROM client_history_job WHERE account = $1 AND message_id = $2", [.text(account), .text(id)])
        }
    }

    /// It cannot be had or read.
    private func fail(_ messageID: String, because reason: String, on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_history_job SET state = 'failed', failure = $3 WHERE account = $1 AND message_id = $2",
            [.text(account), .text(messageID), .text(reason)])
    }

    /// The same, told.
    func giveUp(
        _ job: Job, because reason: String, telling recorder: ClientRecorder, on sql: any SQLConnection
    ) throws {
        try fail(job.messageID, because: reason, on: sql)
        let loss = HistoryLoss(
            kind: HistoryBatch.Kind(job.notification.syncType), chunkOrder: Int(job.notification.chunkOrder), reason: reason)
        try recorder(sql, .historyLost(loss))
    }

    // MARK: - Asking the phone to upload it again

    func ask(for messageID: String, nowMilliseconds: Int64, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            UPDATE client_history_job SET state = 'asked', asked_at = $3, asks = asks + 1
            WHERE account = $1 AND message_id = $2
            """, [.text(account), .text(messageID), .integer(nowMilliseconds)])
    }

    /// Those asked for long ago without an answer are tried again.
    func retryAsked(before milliseconds: Int64, on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_history_job SET state = 'waiting' WHERE account = $1 AND state = 'asked' AND asked_at <= $2",
            [.text(account), .integer(milliseconds)])
    }

    /// The phone uploaded it again.
    func move(_ messageID: String, to directPath: String, on sql: any SQLConnection) throws {
        guard var notification = try job(messageID, on: sql)?.notification else { return }
        notification.directPath = directPath
        try sql.execute(
            """
            UPDATE client_history_job SET state = 'waiting', due_at = 0, notification = $3
            WHERE account = $1 AND message_id = $2 AND state = 'asked'
            """, [.text(account), .text(messageID), .blob(notification.encoded())])
    }
}
