import Storage
import WAProto

/// Chunks of history that the phone announced and that are not completely taken in.
struct HistoryJobStore: Sendable {
    let account: String

    struct Job: Sendable {
        let messageID: String
        var notification: WAHistorySyncNotification
        /// How far it is: so many items of this pass over the chunk are recorded.
        let stage: Int64
        let done: Int64
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
}
