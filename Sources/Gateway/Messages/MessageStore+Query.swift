import Storage

extension MessageStore {
    /// One page, newest first, and how many messages the filters match in all.
    ///
    /// - Parameters:
    ///   - chatForms: The stored forms of `query.chatID`: phone number and privacy id.
    ///   - fromForms: The same of `query.from`.
    /// - Throws: `GatewayError.unknownCursor` when `after` is not a row of this session.
    func page(
        _ query: MessageQuery, sessionID: String, chatForms: [String], fromForms: [String],
        on connection: any SQLConnection
    ) throws -> MessagePage {
        var filter = Filter(sessionID: sessionID)
        if query.chatID != nil { filter.add("chat IN (?, ?, ?)", MessageQuery.padded(chatForms)) }
        if query.from != nil {
            let forms = MessageQuery.padded(fromForms)
            filter.add("(sender IN (?, ?, ?) OR author IN (?, ?, ?))", forms + forms)
        }
        if let text = query.messageID {
            guard let reference = MessageReference(parsing: text) else { return MessagePage(messages: [], total: 0) }
            filter.add("message_id = ?", [.text(reference.id)])
            if let isFromMe = reference.isFromMe { filter.add("from_me = ?", [SQLValue(isFromMe)]) }
        }
        if let direction = query.direction { filter.add("from_me = ?", [SQLValue(direction == .outgoing)]) }
        if let type = query.type { filter.add("type = ?", [.text(type)]) }
        // `timestamp` is in seconds: a message of second s lies in a window of milliseconds when s * 1000 does.
        if let since = query.sinceMilliseconds { filter.add("timestamp >= ?", [.integer(Self.roundedUp(since))]) }
        if let until = query.untilMilliseconds { filter.add("timestamp < ?", [.integer(Self.roundedUp(until))]) }

        let total = try connection.query(
            "SELECT COUNT(*) AS total FROM gateway_messages WHERE \(filter.sql)", filter.arguments
        ).first?.integer("total")

        var offset = query.offset
        if let after = query.after {
            try addCursor(after, query.order, to: &filter, on: connection)
            offset = 0
        }
        let order = query.order == .createdAt ? "seq DESC" : "timestamp DESC, seq DESC"
        filter.arguments += [SQLValue(query.limit), SQLValue(offset)]
        let count = filter.arguments.count
        let rows = try connection.query(
            "SELECT \(Self.columns) FROM gateway_messages WHERE \(filter.sql) ORDER BY \(order) LIMIT $\(count - 1) OFFSET $\(count)",
            filter.arguments)
        return MessagePage(messages: try rows.map(Self.record), total: Int(total ?? 0))
    }

    /// All but the content, which may be large.
    private static let columns = columnNames.joined(separator: ", ")

    private static let columnNames = [
        "session_id", "seq", "message_id", "from_me", "chat", "author", "sender", "recipient", "body", "type", "timestamp",
        "status", "metadata", "push_name", "created_at",
    ]

    /// What `record` reads, of the table with this name in the statement.
    static func columns(of table: String) -> String { columnNames.map { "\(table).\($0)" }.joined(separator: ", ") }

    private func addCursor(
        _ after: String, _ order: MessageQuery.Order, to filter: inout Filter, on connection: any SQLConnection
    ) throws {
        guard let id = MessageRowID(after),
            let row = try connection.query(
                "SELECT timestamp FROM gateway_messages WHERE session_id = $1 AND seq = $2 AND created_at = $3",
                [.text(filter.sessionID), .integer(id.sequence), .integer(id.createdAtMilliseconds)]
            ).first
        else { throw GatewayError.unknownCursor(after) }
        switch order {
        case .createdAt: filter.add("seq < ?", [.integer(id.sequence)])
        case .timestamp:
            let timestamp = try row.integer("timestamp")
            filter.add(
                "(timestamp < ? OR (timestamp = ? AND seq < ?))",
                [.integer(timestamp), .integer(timestamp), .integer(id.sequence)])
        }
    }

    private static func roundedUp(_ milliseconds: Int64) -> Int64 {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return rest > 0 ? seconds + 1 : seconds
    }

    static func record(_ row: SQLRow) throws -> MessageRecord {
        let isFromMe = try row.boolean("from_me")
        let chat = try row.text("chat")
        let author = try row.text("author")
        let createdAt = try row.integer("created_at")
        guard let status = MessageStatus(rawValue: try row.integer("status")) else {
            throw StorageError.unexpectedValue(column: "status", expected: "a message status")
        }
        let reference = MessageReference(
            isFromMe: isFromMe, chat: chat, id: try row.text("message_id"),
            participant: isFromMe || author.isEmpty ? nil : author)
        return MessageRecord(
            id: MessageRowID(createdAtMilliseconds: createdAt, sequence: try row.integer("seq")).text,
            sessionID: try row.text("session_id"), waMessageID: reference.serialized, chatID: chat,
            chatName: isFromMe || !author.isEmpty ? nil : try row.optionalText("push_name"),
            author: author.isEmpty ? nil : author, from: try row.text("sender"), to: try row.text("recipient"),
            body: try row.text("body"), type: try row.text("type"), direction: isFromMe ? .outgoing : .incoming,
            timestampSeconds: try row.integer("timestamp"), metadataJSON: try row.optionalText("metadata"),
            status: status, createdAtMilliseconds: createdAt)
    }
}

/// Conditions joined by AND; each `?` becomes the next numbered parameter. The texts are a small fixed set, in a fixed order.
private struct Filter {
    let sessionID: String
    private(set) var sql: String
    var arguments: [SQLValue]

    init(sessionID: String) {
        self.sessionID = sessionID
        sql = "session_id = $1"
        arguments = [.text(sessionID)]
    }

    mutating func add(_ condition: String, _ values: [SQLValue]) {
        var number = arguments.count
        sql += " AND "
        for character in condition {
            guard character == "?" else {
                sql.append(character)
                continue
            }
            number += 1
            sql += "$\(number)"
        }
        arguments += values
        precondition(number == arguments.count, "a condition has one value for each ?")
    }
}

extension MessageQuery {
    /// Exactly three forms, the last one repeated, so that one SQL text serves every address.
    static func padded(_ forms: [String]) -> [SQLValue] {
        precondition((1...3).contains(forms.count), "an address has one to three stored forms")
        return (0..<3).map { .text(forms[min($0, forms.count - 1)]) }
    }
}
