import Storage
import WAClient

extension BatchStore {
    /// How far a batch is: its items, and the messages they became.
    static func report(_ batch: Batch, on connection: any SQLConnection) throws -> BatchReport {
        BatchReport(
            batchID: batch.name.batchID, status: batch.status,
            results: try items(of: batch.name, on: connection).map(\.result),
            startedAtMilliseconds: batch.startedAtMilliseconds,
            completedAtMilliseconds: batch.completedAtMilliseconds)
    }

    /// What is to be done next with a batch, from its rows alone; the same after a restart.
    static func step(_ name: BatchName, on connection: any SQLConnection) throws -> BatchStep {
        guard let batch = try batch(name, on: connection), !batch.status.isOver else { return .over }
        let items = try items(of: name, on: connection)
        if let underWay = items.first(where: { $0.isUnderWay })?.messageID { return .await(messageID: underWay) }
        let results = items.map(\.result)
        let failures = results.count { $0.status == .failed }
        if batch.pace.stopsOnError, failures > 0 { return .finish(.failed) }
        if results.contains(where: { $0.status == .pending }) {
            return .send(atMilliseconds: batch.nextDueAtMilliseconds)
        }
        return .finish(failures == results.count && failures > 0 ? .failed : .completed)
    }

    private struct ItemRow {
        let state: String
        let messageID: String?
        let messageStatus: MessageStatus?
        let result: BatchReport.Result

        /// WhatsApp has not answered.
        var isUnderWay: Bool { state == "accepted" && messageStatus == .pending }
    }

    private static func items(of name: BatchName, on connection: any SQLConnection) throws -> [ItemRow] {
        try connection.query(
            """
            SELECT i.chat AS given, i.state AS state, i.message_id AS message_id, i.error_code AS error_code,
                i.error_message AS error_message, m.chat AS chat, m.status AS status, m.timestamp AS timestamp,
                m.error AS refusal
            FROM gateway_batch_items i
            LEFT JOIN gateway_messages m
                ON m.session_id = i.session_id AND m.message_id = i.message_id AND m.from_me = 1
            WHERE i.session_id = $1 AND i.batch_id = $2 ORDER BY i.position
            """, name.arguments
        ).map(item)
    }

    private static func item(_ row: SQLRow) throws -> ItemRow {
        let state = try row.text("state")
        let messageID = try row.optionalText("message_id")
        let messageStatus = try row.optionalInteger("status").flatMap(MessageStatus.init(rawValue:))
        let status: BatchReport.Result.Status
        switch (state, messageStatus) {
        case ("accepted", .failed?), ("failed", _): status = .failed
        case ("accepted", .pending?), ("pending", _): status = .pending
        case ("cancelled", _): status = .cancelled
        default: status = .sent
        }
        var failure: BatchReport.Result.Failure?
        let chat = try row.optionalText("chat")
        if status == .failed {
            let code = try row.optionalText("refusal")
            let words = code.map { MessagingGateway.refusal(code: $0, chatID: chat ?? "").message }
            failure = .init(
                code: try row.optionalText("error_code") ?? BatchReport.Result.Failure.sendFailed,
                message: try row.optionalText("error_message") ?? words ?? "")
        }
        let isSent = status == .sent
        return ItemRow(
            state: state, messageID: messageID, messageStatus: messageStatus,
            result: BatchReport.Result(
                chatID: try row.text("given"), status: status,
                messageID: isSent
                    ? messageID.map { MessageReference(isFromMe: true, chat: chat ?? "", id: $0).serialized } : nil,
                sentAtMilliseconds: isSent ? try row.optionalInteger("timestamp").map { $0 * 1000 } : nil,
                failure: failure))
    }
}

/// What is to be done next with a batch.
enum BatchStep: Sendable, Equatable {
    /// An item is under way: its outcome comes first.
    case await(messageID: String)
    /// The next item goes, not before this time.
    case send(atMilliseconds: Int64)
    case finish(BatchStatus)
    /// Nothing; it was finished, cancelled or deleted.
    case over
}
