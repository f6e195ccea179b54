import Storage

extension MessageStore {
    /// One page, newest first, and how many messages the filters match in all.
    ///
    /// Which rows are shown, and how many there are, is decided on indexes alone (`002-reading`); then the rows are read.
    ///
    /// - Parameters:
    ///   - chatForms: The stored forms of `query.chatID`: phone number and privacy id.
    ///   - fromForms: The same of `query.from`.
    ///   - isFromOwn: `query.from` is the account itself.
    /// - Throws: `GatewayError.unknownCursor` when `after` is not a row of this session.
    func page(
        _ query: MessageQuery, sessionID: String, chatForms: [String], fromForms: [String], isFromOwn: Bool = false,
        on connection: any SQLConnection
    ) throws -> MessagePage {
        var filter = Filter(sessionID: sessionID)
        if query.chatID != nil { try add(chatForms, to: &filter, on: connection) }
        if query.from != nil {
            if isFromOwn {
                filter.add("from_me = ?", [true])
            } else {
                let forms = MessageQuery.padded(fromForms)
                filter.add(
                    """
                    seq IN (SELECT seq FROM gateway_messages WHERE session_id = $1 AND chat IN (?, ?, ?) AND from_me = 0
                        UNION SELECT seq FROM gateway_messages
                        WHERE session_id = $1 AND author IN (?, ?, ?) AND author <> '')
                    """, forms + forms)
            }
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
            """
            SELECT \(Self.columns) FROM gateway_messages WHERE session_id = $1 AND seq IN
                (SELECT seq FROM gateway_messages WHERE \(filter.sql) ORDER BY \(order) LIMIT $\(count - 1) OFFSET $\(count))
            ORDER BY \(order)
            """, filter.arguments)
        let people = PeopleNames(sessionID: sessionID, connection: connection)
        return MessagePage(messages: try rows.map { try Self.record($0, people) }, total: Int(total ?? 0))
    }

    /// The rows of a chat. Usually it has one stored form, and only then the index gives their order.
    private func add(_ forms: [String], to filter: inout Filter, on connection: any SQLConnection) throws {
        let stored = try forms.filter { form in
            let rows = try connection.query(
                "SELECT 1 AS one FROM gateway_messages WHERE session_id = $1 AND chat = $2 LIMIT 1",
                [.text(filter.sessionID), .text(form)])
            return !rows.isEmpty
        }
        guard stored.count > 1 else {
            return filter.add("chat = ?", [.text(stored.first ?? forms[0])])
        }
        filter.add(
            "seq IN (SELECT seq FROM gateway_messages WHERE session_id = $1 AND chat IN (?, ?, ?))",
            MessageQuery.padded(stored))
    }

    /// All but the content, which may be large.
    static let columns = columnNames.joined(separator: ", ")

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

    /// What the API shows of a row: phone numbers where they have become known since it was written.
    static func record(_ row: SQLRow, _ people: PeopleNames) throws -> MessageRecord {
        let isFromMe = try row.boolean("from_me")
        let chat = try people.shown(row.text("chat"))
        let author = try people.shown(row.text("author"))
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
            chatName: try people.name(of: chat),
            author: author.isEmpty ? nil : author, from: try people.shown(row.text("sender")),
            to: try people.shown(row.text("recipient")),
            body: try row.text("body"), type: try row.text("type"), direction: isFromMe ? .outgoing : .incoming,
            timestampSeconds: try row.integer("timestamp"), metadataJSON: try row.optionalText("metadata"),
            status: status, createdAtMilliseconds: createdAt)
    }
}

/// What narrows a session's messages.
private struct Filter {
    let sessionID: String
    private var conditions: SQLConditions

    init(sessionID: String) {
        self.sessionID = sessionID
        conditions = SQLConditions("session_id = $1", [.text(sessionID)])
    }

    var sql: String { conditions.sql }

    var arguments: [SQLValue] {
        get { conditions.arguments }
        set { conditions.arguments = newValue }
    }

    mutating func add(_ condition: String, _ values: [SQLValue]) { conditions.add(condition, values) }
}

extension MessageQuery {
    /// Exactly three forms, the last one repeated, so that one SQL text serves every address.
    static func padded(_ forms: [String]) -> [SQLValue] {
        precondition((1...3).contains(forms.count), "an address has one to three stored forms")
        return (0..<3).map { .text(forms[min($0, forms.count - 1)]) }
    }
}
