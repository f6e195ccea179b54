import Storage

/// What people were last seen doing, in a chat of two or in a group.
enum PresenceStore {
    /// An older word than the one known counts no more.
    ///
    /// - Returns: whether it says something else than the one known.
    static func put(
        _ presence: ParticipantPresence, in chat: String, of sessionID: String, on connection: any SQLConnection
    ) throws -> Bool {
        let known = try connection.query(
            """
            SELECT state, last_seen, observed_at FROM gateway_presence
            WHERE session_id = $1 AND chat = $2 AND person = $3
            """, [.text(sessionID), .text(chat), .text(presence.personID)]
        ).first
        let isNews =
            try known.map { known in
                guard try known.integer("observed_at") <= presence.observedAtMilliseconds else { return false }
                let isSameLastSeen =
                    try presence.lastSeenSeconds == nil
                    || presence.lastSeenSeconds == known.optionalInteger("last_seen")
                return try known.text("state") != presence.state.rawValue || !isSameLastSeen
            } ?? true
        try connection.execute(
            """
            INSERT INTO gateway_presence (session_id, chat, person, state, last_seen, observed_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (session_id, chat, person) DO UPDATE SET state = excluded.state,
                last_seen = COALESCE(excluded.last_seen, gateway_presence.last_seen), observed_at = excluded.observed_at
            WHERE excluded.observed_at >= gateway_presence.observed_at
            """,
            [
                .text(sessionID), .text(chat), .text(presence.personID), .text(presence.state.rawValue),
                SQLValue(presence.lastSeenSeconds), .integer(presence.observedAtMilliseconds),
            ])
        return isNews
    }

    /// Everybody who was observed in a chat, by id.
    static func all(
        in chats: [String], of sessionID: String, on connection: any SQLConnection
    ) throws -> [ParticipantPresence] {
        try connection.query(
            """
            SELECT person, state, last_seen, observed_at FROM gateway_presence
            WHERE session_id = $1 AND chat IN ($2, $3, $4) ORDER BY person
            """, [.text(sessionID)] + MessageQuery.padded(chats)
        ).map { row in
            guard let state = PresenceState(rawValue: try row.text("state")) else {
                throw StorageError.unexpectedValue(column: "state", expected: "a presence")
            }
            return ParticipantPresence(
                personID: try row.text("person"), state: state, lastSeenSeconds: try row.optionalInteger("last_seen"),
                observedAtMilliseconds: try row.integer("observed_at"))
        }
    }
}
