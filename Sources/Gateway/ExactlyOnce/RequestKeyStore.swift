import Storage

/// Which requests were accepted under which `Idempotency-Key` or client-chosen message id, and what became of them.
///
/// A row is written in the transaction that accepts the request, so the request and the memory of it are both there or both
/// not. What it answers is not in the row: the message's own row tells how it went. When that goes, a trigger keeps what is
/// needed of it here.
enum RequestKeyStore {
    struct Row: Sendable, Equatable {
        let fingerprint: String
        let subject: RequestSubject
        /// The time that was told when WhatsApp had not answered within the wait; the answer stays that.
        let pendingSeconds: Int64?
        let createdAtMilliseconds: Int64
    }

    /// How long a key is remembered (contract 2.3): 24 hours.
    static let keyMilliseconds: Int64 = 24 * 3_600_000

    /// What an earlier request of the same identity became; nil when there was none.
    ///
    /// - Throws: `GatewayError.idempotencyKeyReused`, `.messageIDTaken` when the earlier request was another one.
    static func earlier(
        _ identity: RequestIdentity, in sessionID: String, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws -> Row? {
        if let key = identity.key, let row = try row("key", key, in: sessionID, on: connection),
            row.createdAtMilliseconds > now - keyMilliseconds
        {
            guard row.fingerprint == identity.fingerprint else { throw GatewayError.idempotencyKeyReused }
            if let chosen = identity.messageID, row.subject != .message(chosen), row.subject != .action(chosen) {
                throw GatewayError.idempotencyKeyReused
            }
            return row
        }
        if let chosen = identity.messageID, let row = try row("id", chosen, in: sessionID, on: connection) {
            guard row.fingerprint == identity.fingerprint else { throw GatewayError.messageIDTaken(chosen) }
            return row
        }
        return nil
    }

    /// Remembers what a request became. A key whose time is over, or that was freed, gets its new meaning.
    static func remember(
        _ identity: RequestIdentity, as subject: RequestSubject, in sessionID: String, nowMilliseconds now: Int64,
        on connection: any SQLConnection
    ) throws {
        for (scope, name) in identity.names {
            try connection.execute(
                """
                INSERT INTO gateway_request_keys (session_id, scope, name, fingerprint, subject_kind, subject_id, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (session_id, scope, name) DO UPDATE SET fingerprint = excluded.fingerprint,
                    subject_kind = excluded.subject_kind, subject_id = excluded.subject_id, pending_seconds = NULL,
                    kept_id = NULL, kept_chat = NULL, kept_timestamp = NULL, kept_status = NULL, kept_error = NULL,
                    created_at = excluded.created_at
                """,
                [
                    .text(sessionID), .text(scope), .text(name), .text(identity.fingerprint), .text(subject.kind),
                    .text(subject.id), .integer(now),
                ])
        }
    }

    /// WhatsApp did not answer within the wait: this time was told, and is told again from now on.
    static func tellPending(
        _ identity: RequestIdentity, seconds: Int64, in sessionID: String, on connection: any SQLConnection
    ) throws {
        for (scope, name) in identity.names {
            try connection.execute(
                """
                UPDATE gateway_request_keys SET pending_seconds = $4 WHERE session_id = $1 AND scope = $2 AND name = $3
                """, [.text(sessionID), .text(scope), .text(name), .integer(seconds)])
        }
    }

    /// What is kept of a message of ours that a request was about, once its row is gone.
    static func kept(
        _ subject: RequestSubject, in sessionID: String, on connection: any SQLConnection
    ) throws -> AnsweredMessage? {
        try connection.query(
            """
            SELECT kept_id, kept_chat, kept_timestamp, kept_status, kept_error FROM gateway_request_keys
            WHERE session_id = $1 AND subject_id = $2 AND subject_kind = $3 AND kept_status IS NOT NULL LIMIT 1
            """, [.text(sessionID), .text(subject.id), .text(subject.kind)]
        ).first.map { row in
            guard let status = MessageStatus(rawValue: try row.integer("kept_status")) else {
                throw StorageError.unexpectedValue(column: "kept_status", expected: "a message status")
            }
            return AnsweredMessage(
                id: try row.text("kept_id"), chat: try row.text("kept_chat"),
                timestampSeconds: try row.integer("kept_timestamp"), status: status,
                error: try row.optionalText("kept_error"))
        }
    }

    /// WhatsApp answered to a message whose row is gone: whoever repeats its request hears of that.
    static func settleKept(
        _ messageID: String, in sessionID: String, as status: MessageStatus, error: String? = nil,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_request_keys SET kept_status = $3, kept_error = $4
            WHERE session_id = $1 AND subject_id = $2 AND subject_kind = 'message' AND kept_status = 0
            """, [.text(sessionID), .text(messageID), .integer(status.rawValue), SQLValue(error)])
    }

    /// Forgets keys whose time is over; client-chosen ids are kept as long as their session.
    static func prune(nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM gateway_request_keys WHERE scope = 'key' AND created_at <= $1", [.integer(now - keyMilliseconds)])
    }

    private static func row(
        _ scope: String, _ name: String, in sessionID: String, on connection: any SQLConnection
    ) throws -> Row? {
        try connection.query(
            """
            SELECT fingerprint, subject_kind, subject_id, pending_seconds, created_at FROM gateway_request_keys
            WHERE session_id = $1 AND scope = $2 AND name = $3
            """, [.text(sessionID), .text(scope), .text(name)]
        ).first.map { row in
            guard let subject = RequestSubject(kind: try row.text("subject_kind"), id: try row.text("subject_id")) else {
                throw StorageError.unexpectedValue(column: "subject_kind", expected: "a kind of request")
            }
            return Row(
                fingerprint: try row.text("fingerprint"), subject: subject,
                pendingSeconds: try row.optionalInteger("pending_seconds"),
                createdAtMilliseconds: try row.integer("created_at"))
        }
    }
}

/// What an answer says of a message of ours.
struct AnsweredMessage: Sendable, Equatable {
    let id: String
    let chat: String
    let timestampSeconds: Int64
    let status: MessageStatus
    /// Why it failed.
    let error: String?

    /// As the API writes it.
    var serializedID: String { MessageReference(isFromMe: true, chat: chat, id: id).serialized }
}

extension AnsweredMessage {
    init(_ message: StoredMessage) {
        self.init(
            id: message.messageID, chat: message.chat, timestampSeconds: message.timestampSeconds,
            status: message.status, error: message.error)
    }
}

/// What an accepted request became.
enum RequestSubject: Sendable, Equatable {
    case message(String)
    /// A stanza that changes another message, by its own id.
    case action(String)
    case batch(String)
    /// It was done at once.
    case nothing

    fileprivate var kind: String {
        switch self {
        case .message: "message"
        case .action: "action"
        case .batch: "batch"
        case .nothing: "nothing"
        }
    }

    fileprivate var id: String {
        switch self {
        case .message(let id), .action(let id), .batch(let id): id
        case .nothing: ""
        }
    }

    fileprivate init?(kind: String, id: String) {
        switch kind {
        case "message": self = .message(id)
        case "action": self = .action(id)
        case "batch": self = .batch(id)
        case "nothing": self = .nothing
        default: return nil
        }
    }
}

extension RequestIdentity {
    /// Under which names the request is remembered.
    var names: [(scope: String, name: String)] {
        [key.map { ("key", $0) }, messageID.map { ("id", $0) }].compactMap { $0 }
    }
}
