import Foundation
import Storage
import WAProtocol

/// The rows of received files. Everything runs in the caller's transaction.
enum InboundMediaStore {
    private static let columns =
        """
        session_id, message_seq, kind, state, reason, mimetype, filename, byte_count, sha256, reference, attempts, askings
        """

    /// Keeps what a message says of its file; the row of a message that had one already stays.
    static func insert(_ media: InboundMedia, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO gateway_inbound_media (\(columns), due_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
            ON CONFLICT (session_id, message_seq) DO NOTHING
            """,
            [
                .text(media.key.sessionID), .integer(media.key.messageSeq), .text(media.kind.rawValue),
                .text(media.state.rawValue), SQLValue(media.reason?.rawValue), .text(media.mimetype),
                SQLValue(media.filename), SQLValue(media.byteCount), .text(media.sha256),
                .text(try encoded(media.reference)), SQLValue(media.attempts), SQLValue(media.askings), .integer(now),
            ])
    }

    static func media(of key: InboundMedia.Key, on connection: any SQLConnection) throws -> InboundMedia? {
        try connection.query(
            "SELECT \(columns) FROM gateway_inbound_media WHERE session_id = $1 AND message_seq = $2", key.arguments
        ).first.map(InboundMedia.init)
    }

    // MARK: - Work

    /// What is to be fetched now, the longest due first.
    static func due(
        of sessionID: String, atMilliseconds now: Int64, limit: Int, on connection: any SQLConnection
    ) throws -> [InboundMedia] {
        try connection.query(
            """
            SELECT \(columns) FROM gateway_inbound_media
            WHERE session_id = $1 AND state = 'pending' AND due_at <= $2 ORDER BY due_at, message_seq LIMIT $3
            """, [.text(sessionID), .integer(now), SQLValue(limit)]
        ).map(InboundMedia.init)
    }

    /// When the next fetch is due after a time; nil for none.
    static func nextDue(
        of sessionID: String, afterMilliseconds now: Int64, on connection: any SQLConnection
    ) throws -> Int64? {
        try connection.query(
            """
            SELECT due_at FROM gateway_inbound_media
            WHERE session_id = $1 AND state = 'pending' AND due_at > $2 ORDER BY due_at LIMIT 1
            """, [.text(sessionID), .integer(now)]
        ).first?.integer("due_at")
    }

    /// Whether the very same file is on disk: only who was sent its key has shown that the file is theirs to see.
    static func isStored(_ media: InboundMedia, on connection: any SQLConnection) throws -> Bool {
        let rows = try connection.query(
            "SELECT reference FROM gateway_inbound_media WHERE sha256 = $1 AND state = 'stored' LIMIT 50",
            [.text(media.sha256)])
        return try rows.contains { row in
            let other = try decoded(try row.text("reference"))
            return other.mediaKey == media.reference.mediaKey && other.fileEncSHA256 == media.reference.fileEncSHA256
        }
    }

    /// Somebody asks for a file that nobody fetches.
    static func request(_ key: InboundMedia.Key, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_inbound_media SET state = 'pending', reason = NULL, attempts = 0, askings = 0, due_at = $3
            WHERE session_id = $1 AND message_seq = $2 AND state = 'remote'
            """, key.arguments + [.integer(now)])
    }

    /// The file is on disk.
    static func markStored(_ key: InboundMedia.Key, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_inbound_media SET state = 'stored', reason = NULL, stored_at = $3
            WHERE session_id = $1 AND message_seq = $2 AND state = 'pending'
            """, key.arguments + [.integer(now)])
    }

    /// It will not come.
    static func giveUp(
        _ key: InboundMedia.Key, _ state: InboundMedia.State, _ reason: InboundMedia.Reason, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_inbound_media SET state = $3, reason = $4
            WHERE session_id = $1 AND message_seq = $2 AND state = 'pending'
            """, key.arguments + [.text(state.rawValue), .text(reason.rawValue)])
    }

    /// It is tried again at a time.
    static func postpone(
        _ media: InboundMedia, untilMilliseconds due: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_inbound_media SET due_at = $3, attempts = $4, askings = $5, reference = $6
            WHERE session_id = $1 AND message_seq = $2 AND state = 'pending'
            """,
            media.key.arguments + [
                .integer(due), SQLValue(media.attempts), SQLValue(media.askings), .text(try encoded(media.reference)),
            ])
    }

    /// The file of a row is not on the disk although it was: somebody removed it.
    static func lost(_ key: InboundMedia.Key, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_inbound_media SET state = 'remote', stored_at = NULL
            WHERE session_id = $1 AND message_seq = $2 AND state = 'stored'
            """, key.arguments)
    }

    // MARK: - Reading rows

    fileprivate static func decoded(_ text: String) throws -> MediaReference {
        try JSONDecoder().decode(MediaReference.self, from: Data(text.utf8))
    }

    private static func encoded(_ reference: MediaReference) throws -> String {
        String(decoding: try JSONEncoder().encode(reference), as: UTF8.self)
    }
}

extension InboundMedia.Key {
    fileprivate var arguments: [SQLValue] { [.text(sessionID), .integer(messageSeq)] }
}

extension InboundMedia {
    fileprivate init(_ row: SQLRow) throws {
        guard let kind = MediaKind(rawValue: try row.text("kind")), let state = State(rawValue: try row.text("state")) else {
            throw StorageError.unexpectedValue(column: "kind", expected: "a kind and a state of media")
        }
        self.init(
            key: Key(sessionID: try row.text("session_id"), messageSeq: try row.integer("message_seq")), kind: kind,
            state: state, reason: try row.optionalText("reason").flatMap(Reason.init), mimetype: try row.text("mimetype"),
            filename: try row.optionalText("filename"), byteCount: Int(try row.integer("byte_count")),
            sha256: try row.text("sha256"), reference: try InboundMediaStore.decoded(try row.text("reference")))
        attempts = Int(try row.integer("attempts"))
        askings = Int(try row.integer("askings"))
    }
}
