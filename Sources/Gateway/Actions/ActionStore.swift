import Storage

/// Stanzas of ours that change another message: a reaction, an edit, a revocation.
///
/// A row is inserted with its outbox row, and what it changes is changed in the transaction of WhatsApp's answer: an edit
/// that was refused leaves the text as it was. The row stays, so that receipts of the stanza, which has an id of its own,
/// and repetitions of the request find the message they are about.
struct ActionStore: Sendable {
    let messages: MessageStore

    struct Action: Sendable, Equatable {
        enum Kind: String { case reaction, edit, revoke, pin, vote }

        let messageID: String
        let kind: Kind
        let chat: String
        let targetID: String
        let targetIsFromMe: Bool
        /// The emoji, the new text, until when it is pinned (Unix milliseconds, '' for loosened), or what was voted for.
        let value: String
        /// The new content, unless it is a bare text.
        let content: [UInt8]?
        var status = MessageStatus.pending
        var error: String?
        let createdAtMilliseconds: Int64
    }

    func insert(_ action: Action, in sessionID: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_actions (session_id, message_id, kind, chat, target_id, target_from_me, value, content,
                status, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .text(sessionID), .text(action.messageID), .text(action.kind.rawValue), .text(action.chat),
                .text(action.targetID), SQLValue(action.targetIsFromMe), .text(action.value), SQLValue(action.content),
                .integer(action.status.rawValue), .integer(action.createdAtMilliseconds),
            ])
    }

    func action(_ messageID: String, in sessionID: String, on connection: any SQLConnection) throws -> Action? {
        try connection.query(
            """
            SELECT message_id, kind, chat, target_id, target_from_me, value, content, status, error, created_at
            FROM gateway_actions WHERE session_id = $1 AND message_id = $2
            """, [.text(sessionID), .text(messageID)]
        ).first.map(Self.action)
    }

    /// WhatsApp has the stanza: what it says is so now.
    func acknowledge(
        _ action: Action, in sessionID: String, own sender: String, on connection: any SQLConnection
    ) throws {
        guard action.status == .pending else { return }
        try settle(action.messageID, in: sessionID, status: .sent, error: nil, on: connection)
        switch action.kind {
        case .reaction:
            try ReactionStore.put(
                action.value, on: action.targetID, chat: action.chat, by: sender,
                atMilliseconds: action.createdAtMilliseconds, in: sessionID, connection)
        case .edit:
            guard let target = try target(of: action, in: sessionID, on: connection) else { return }
            try messages.replace(
                target.rowKey, body: action.value, content: action.content,
                atMilliseconds: action.createdAtMilliseconds, in: sessionID, on: connection)
        case .revoke:
            guard let target = try target(of: action, in: sessionID, on: connection) else { return }
            try messages.revoke(target.rowKey, in: sessionID, on: connection)
        case .pin:
            guard let target = try target(of: action, in: sessionID, on: connection) else { return }
            try messages.setPinned(
                untilMilliseconds: Int64(action.value), target.rowKey, in: sessionID, on: connection)
        case .vote:
            try PollVoteStore.put(
                action.value, for: action.targetID, in: action.chat, by: sender,
                atMilliseconds: action.createdAtMilliseconds, of: sessionID, on: connection)
        }
    }

    func fail(_ messageID: String, in sessionID: String, code: String, on connection: any SQLConnection) throws {
        try settle(messageID, in: sessionID, status: .failed, error: code, on: connection)
    }

    /// The message whose edit this stanza was: a receipt of the edit is one of the message.
    func edited(by messageID: String, in sessionID: String, on connection: any SQLConnection) throws -> String? {
        guard let action = try action(messageID, in: sessionID, on: connection), action.kind == .edit else {
            return nil
        }
        return action.targetID
    }

    /// Forgets what was answered before a time: nobody asks any more.
    static func prune(before milliseconds: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM gateway_actions WHERE created_at < $1 AND status <> 0", [.integer(milliseconds)])
    }

    func target(of action: Action, in sessionID: String, on connection: any SQLConnection) throws -> StoredMessage? {
        let reference = MessageReference(isFromMe: action.targetIsFromMe, chat: action.chat, id: action.targetID)
        let chats = try ChatID(parsing: action.chat).storedForms(on: connection)
        return try messages.message(reference, in: chats, of: sessionID, on: connection)
    }

    private func settle(
        _ messageID: String, in sessionID: String, status: MessageStatus, error: String?,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_actions SET status = $3, error = $4
            WHERE session_id = $1 AND message_id = $2 AND status = 0
            """, [.text(sessionID), .text(messageID), .integer(status.rawValue), SQLValue(error)])
    }

    private static func action(_ row: SQLRow) throws -> Action {
        guard let kind = Action.Kind(rawValue: try row.text("kind")),
            let status = MessageStatus(rawValue: try row.integer("status"))
        else { throw StorageError.unexpectedValue(column: "kind", expected: "an action") }
        return Action(
            messageID: try row.text("message_id"), kind: kind, chat: try row.text("chat"),
            targetID: try row.text("target_id"), targetIsFromMe: try row.boolean("target_from_me"),
            value: try row.text("value"), content: try row.optionalBlob("content"), status: status,
            error: try row.optionalText("error"), createdAtMilliseconds: try row.integer("created_at"))
    }
}
