import Storage

/// One accepted message on its way: durable from before its `201` until WhatsApp's answer is durable.
struct OutboxEntry: Sendable, Equatable {
    let sessionID: String
    /// WhatsApp's id, chosen at acceptance; the same at every attempt.
    let messageID: String
    /// The recipient, in neutral form.
    var chat: ChatID
    let content: OutgoingMessage
    let acceptedAtMilliseconds: Int64
    /// The order of acceptance; given by the transaction that stores the entry.
    var sequence: Int64 = 0
}

/// The outbox's rows, and the message rows that go with them.
struct OutboxStore: Sendable {
    let messages: MessageStore

    private var actions: ActionStore { ActionStore(messages: messages) }

    /// Accepts an entry: outbox row and `pending` message row, or for what only changes another message its action row; both
    /// or none.
    ///
    /// - Parameter sender: The account's bare number, or `me`.
    /// - Returns: the entry with its number.
    func accept(_ entry: OutboxEntry, from sender: String, on connection: any SQLConnection) throws -> OutboxEntry {
        var stored = entry
        if let form = entry.content.storedForm {
            let message = MessageStore.NewRow(
                sessionID: entry.sessionID, messageID: entry.messageID, isFromMe: true, chat: entry.chat.description,
                sender: sender, recipient: entry.chat.description, body: form.body, type: form.type,
                timestampSeconds: entry.acceptedAtMilliseconds / 1000, status: .pending,
                metadataJSON: try entry.content.metadataJSON, content: entry.content.storedContent,
                createdAtMilliseconds: entry.acceptedAtMilliseconds)
            guard let number = try messages.insert(message, on: connection) else {
                throw StorageError.constraint(.unique, "the message id is taken")
            }
            stored.sequence = number
            try ChatStore.note(
                messageIn: message.chat, timestampSeconds: message.timestampSeconds, isUnread: false,
                in: entry.sessionID, on: connection)
        } else if let action = entry.content.action(id: entry.messageID, atMilliseconds: entry.acceptedAtMilliseconds) {
            try actions.insert(action, in: entry.sessionID, on: connection)
            stored.sequence = messages.sequence.next()
        }
        try connection.execute(
            """
            INSERT INTO gateway_outbox (session_id, message_id, seq, chat, content, accepted_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .text(entry.sessionID), .text(entry.messageID), .integer(stored.sequence),
                .text(entry.chat.description), .text(try entry.content.encoded()),
                .integer(entry.acceptedAtMilliseconds),
            ])
        if let file = entry.content.media?.file {
            try connection.execute(
                "INSERT INTO gateway_outbox_media (session_id, message_id, file_id) VALUES ($1, $2, $3)",
                [.text(entry.sessionID), .text(entry.messageID), .text(file.id)])
        }
        return stored
    }

    /// Entries in order, and the ids of rows among them that cannot be read.
    struct Page: Sendable {
        var entries: [OutboxEntry] = []
        var unreadable: [String] = []
    }

    /// The oldest entries after a number.
    func page(
        of sessionID: String, after sequence: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> Page {
        let rows = try connection.query(
            """
            SELECT message_id, seq, chat, content, accepted_at FROM gateway_outbox
            WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
            """, [.text(sessionID), .integer(sequence), SQLValue(limit)]
        )
        var page = Page()
        for row in rows {
            let messageID = try row.text("message_id")
            guard let chat = try? ChatID(parsing: row.text("chat")),
                let content = try? OutgoingMessage(encoded: row.text("content"))
            else {
                page.unreadable.append(messageID)
                continue
            }
            page.entries.append(
                OutboxEntry(
                    sessionID: sessionID, messageID: messageID, chat: chat, content: content,
                    acceptedAtMilliseconds: try row.integer("accepted_at"), sequence: try row.integer("seq")))
        }
        return page
    }

    func count(of sessionID: String, on connection: any SQLConnection) throws -> Int {
        let rows = try connection.query(
            "SELECT COUNT(*) AS waiting FROM gateway_outbox WHERE session_id = $1", [.text(sessionID)])
        return Int(try rows.first?.integer("waiting") ?? 0)
    }

    /// How many entries each session has, for those that have any.
    static func counts(on connection: any SQLConnection) throws -> [String: Int] {
        let rows = try connection.query(
            "SELECT session_id, COUNT(*) AS waiting FROM gateway_outbox GROUP BY session_id")
        return try Dictionary(
            uniqueKeysWithValues: rows.map { (try $0.text("session_id"), Int(try $0.integer("waiting"))) })
    }

    /// What WhatsApp has answered to, as it was before the answer was written down.
    enum Answered: Sendable {
        case message(MessageStore.OwnRow)
        case action(ActionStore.Action)
        case nothing
    }

    /// WhatsApp has the message.
    ///
    /// - Parameter sender: The account's neutral id, or `me`: whose reaction it is, if it is one.
    @discardableResult
    func acknowledge(
        _ messageID: String, in sessionID: String, own sender: String = "me", serverSeconds: Int64,
        nowMilliseconds: Int64? = nil, on connection: any SQLConnection
    ) throws -> Answered {
        try remove(messageID, in: sessionID, on: connection)
        let message = try messages.acknowledge(
            messageID, in: sessionID, timestampSeconds: serverSeconds, nowMilliseconds: nowMilliseconds, on: connection)
        if let message { return .message(message) }
        guard let action = try actions.action(messageID, in: sessionID, on: connection) else {
            try RequestKeyStore.settleKept(messageID, in: sessionID, as: .sent, on: connection)
            return .nothing
        }
        try actions.acknowledge(action, in: sessionID, own: sender, on: connection)
        return .action(action)
    }

    /// The message will not be sent.
    @discardableResult
    func fail(
        _ messageID: String, in sessionID: String, code: String, nowMilliseconds: Int64? = nil,
        on connection: any SQLConnection
    ) throws -> Answered {
        try remove(messageID, in: sessionID, on: connection)
        let message = try messages.own(messageID, in: sessionID, on: connection)
        try messages.fail(messageID, in: sessionID, code: code, nowMilliseconds: nowMilliseconds, on: connection)
        try actions.fail(messageID, in: sessionID, code: code, on: connection)
        guard let message else {
            try RequestKeyStore.settleKept(messageID, in: sessionID, as: .failed, error: code, on: connection)
            return .nothing
        }
        return .message(message)
    }

    /// The account is gone, and with it everything that waited: another account must not send it.
    func failAll(of sessionID: String, code: String, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET status = -1, error = $2
            WHERE session_id = $1 AND from_me = 1 AND status = 0 AND message_id IN
                (SELECT message_id FROM gateway_outbox WHERE session_id = $1)
            """, [.text(sessionID), .text(code)])
        try connection.execute(
            "UPDATE gateway_actions SET status = -1, error = $2 WHERE session_id = $1 AND status = 0",
            [.text(sessionID), .text(code)])
        try connection.execute("DELETE FROM gateway_outbox WHERE session_id = $1", [.text(sessionID)])
        try BatchStore.failAll(of: sessionID, code: code, nowMilliseconds: now, on: connection)
    }

    private func remove(_ messageID: String, in sessionID: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM gateway_outbox WHERE session_id = $1 AND message_id = $2",
            [.text(sessionID), .text(messageID)])
    }
}
