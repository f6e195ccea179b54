import Storage

/// The reactions that stand: one for each message and person, the last one said.
enum ReactionStore {
    /// Somebody reacted, changed their mind, or with an empty emoji took it back. An older word than the one known counts no more.
    ///
    /// - Returns: whether it counts.
    @discardableResult
    static func put(
        _ emoji: String, on messageID: String, chat: String, by sender: String, atMilliseconds: Int64,
        in sessionID: String, _ connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO gateway_reactions (session_id, chat, message_id, sender, emoji, reacted_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (session_id, chat, message_id, sender) DO UPDATE SET emoji = excluded.emoji,
                reacted_at = excluded.reacted_at
            WHERE excluded.reacted_at >= gateway_reactions.reacted_at
            """,
            [
                .text(sessionID), .text(chat), .text(messageID), .text(sender), .text(emoji),
                .integer(atMilliseconds),
            ]) > 0
    }

    /// Who reacted to a message, oldest first.
    static func reactions(
        to messageID: String, in chats: [String], of sessionID: String, on connection: any SQLConnection
    ) throws -> [MessageReaction] {
        try connection.query(
            """
            SELECT sender, emoji, reacted_at FROM gateway_reactions
            WHERE session_id = $1 AND chat IN ($2, $3, $4) AND message_id = $5 AND emoji <> ''
            ORDER BY reacted_at, sender
            """, [.text(sessionID)] + MessageQuery.padded(chats) + [.text(messageID)]
        ).map { row in
            MessageReaction(
                senderID: try row.text("sender"), emoji: try row.text("emoji"),
                reactedAtMilliseconds: try row.integer("reacted_at"))
        }
    }
}

/// One person's reaction.
package struct MessageReaction: Sendable, Equatable {
    /// The neutral id of the person.
    package let senderID: String
    package let emoji: String
    package let reactedAtMilliseconds: Int64
}
