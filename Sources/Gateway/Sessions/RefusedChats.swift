import Storage
import Synchronization

/// Chats to which WhatsApp refused a session's messages because the account may not begin conversations now (463). The first
/// refusal is a restriction; the first message that one of these chats takes ends it.
///
/// The rows decide, so a transaction that is undone has changed nothing, and a restart forgets nothing. In memory is only
/// whether there may be rows at all: nearly always there are none, and an acknowledgement costs no SQL.
final class RefusedChats: Sendable {
    private struct State {
        var mayBeThere = true
        /// Counts refusals, so that one that comes while others learn that there are no rows is not overlooked.
        var refusals = 0
    }

    private let state = Mutex(State())

    /// So many chats tell enough.
    private static let maximumCount = 5_000

    /// WhatsApp refused a message to a chat.
    ///
    /// - Returns: whether the account was not known to be restricted.
    func refused(
        _ chat: String, of sessionID: String, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws -> Bool {
        state.withLock { state in
            state.refusals += 1
            state.mayBeThere = true
        }
        let known =
            try connection.query(
                "SELECT COUNT(*) AS total FROM gateway_refused_chats WHERE session_id = $1", [.text(sessionID)]
            ).first?.integer("total") ?? 0
        if known < Self.maximumCount {
            try connection.execute(
                """
                INSERT INTO gateway_refused_chats (session_id, chat, refused_at) VALUES ($1, $2, $3)
                ON CONFLICT (session_id, chat) DO NOTHING
                """, [.text(sessionID), .text(chat), .integer(now)])
        }
        return known == 0
    }

    /// WhatsApp took a message to a chat.
    ///
    /// - Returns: whether that ends a restriction: it refused this chat before.
    func accepted(_ chat: String, of sessionID: String, on connection: any SQLConnection) throws -> Bool {
        let (mayBeThere, refusals) = state.withLock { ($0.mayBeThere, $0.refusals) }
        guard mayBeThere else { return false }
        // This chat's row where there is one, else any.
        let rows = try connection.query(
            """
            SELECT chat = $2 AS fits FROM gateway_refused_chats WHERE session_id = $1 ORDER BY fits DESC LIMIT 1
            """, [.text(sessionID), .text(chat)])
        guard let row = rows.first else {
            connection.afterCommit { [self] in
                state.withLock { if $0.refusals == refusals { $0.mayBeThere = false } }
            }
            return false
        }
        guard try row.boolean("fits") else { return false }
        return try Self.forget(of: sessionID, on: connection)
    }

    /// The session is another account's from here on, or the same one's anew.
    ///
    /// - Returns: whether that ends a restriction.
    static func forget(of sessionID: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM gateway_refused_chats WHERE session_id = $1", [.text(sessionID)]) > 0
    }
}
