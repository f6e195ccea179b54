import Storage

/// Moves what was stored under a person's privacy id to their phone number, once it is known, in all sessions.
///
/// Row ids stay, and message ids that were handed out with the privacy id go on being understood (`ChatID.storedForms`).
/// Authors of group messages stay as they were written; whoever shows them looks the number up. Learning a person of whom
/// nothing is stored costs two looks at an index: a history brings thousands.
enum PersonMerge {
    static func move(_ lid: String, to phone: String, on connection: any SQLConnection) throws {
        guard lid != phone else { return }
        for row in try connection.query("SELECT session_id FROM gateway_contacts WHERE person = $1", [.text(lid)]) {
            try moveContact(lid, to: phone, of: try row.text("session_id"), on: connection)
        }
        for row in try connection.query("SELECT session_id FROM gateway_chats WHERE chat = $1", [.text(lid)]) {
            try moveChat(lid, to: phone, of: try row.text("session_id"), on: connection)
        }
    }

    /// What is known under the number wins; gaps are filled.
    private static func moveContact(
        _ lid: String, to phone: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        let arguments: [SQLValue] = [.text(sessionID), .text(lid), .text(phone)]
        try connection.execute(
            """
            INSERT INTO gateway_contacts (session_id, person, saved, full_name, first_name, push_name, business_name, about,
                picture_id, blocked)
            SELECT session_id, $3, saved, full_name, first_name, push_name, business_name, about, picture_id, blocked
            FROM gateway_contacts WHERE session_id = $1 AND person = $2
            ON CONFLICT (session_id, person) DO UPDATE SET
                saved = CASE WHEN excluded.saved > gateway_contacts.saved THEN 1 ELSE gateway_contacts.saved END,
                blocked = CASE WHEN excluded.blocked > gateway_contacts.blocked THEN 1 ELSE gateway_contacts.blocked END,
                full_name = COALESCE(gateway_contacts.full_name, excluded.full_name),
                first_name = COALESCE(gateway_contacts.first_name, excluded.first_name),
                push_name = COALESCE(gateway_contacts.push_name, excluded.push_name),
                business_name = COALESCE(gateway_contacts.business_name, excluded.business_name),
                about = COALESCE(gateway_contacts.about, excluded.about),
                picture_id = COALESCE(gateway_contacts.picture_id, excluded.picture_id)
            """, arguments)
        try connection.execute(
            "DELETE FROM gateway_contacts WHERE session_id = $1 AND person = $2", Array(arguments.prefix(2)))
    }

    private static func moveChat(
        _ lid: String, to phone: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        let arguments: [SQLValue] = [.text(sessionID), .text(lid), .text(phone)]
        let old = Array(arguments.prefix(2))
        // A message that came under both is one.
        try connection.execute(
            """
            DELETE FROM gateway_messages WHERE session_id = $1 AND chat = $2 AND EXISTS
                (SELECT 1 FROM gateway_messages m WHERE m.session_id = $1 AND m.chat = $3
                 AND m.message_id = gateway_messages.message_id AND m.from_me = gateway_messages.from_me)
            """, arguments)
        try connection.execute(
            """
            UPDATE gateway_messages SET chat = $3, sender = CASE WHEN sender = $2 THEN $3 ELSE sender END,
                recipient = CASE WHEN recipient = $2 THEN $3 ELSE recipient END
            WHERE session_id = $1 AND chat = $2
            """, arguments)
        for (table, person, columns) in [
            ("gateway_reactions", "sender", "emoji, reacted_at"), ("gateway_poll_votes", "voter", "options, voted_at"),
        ] {
            try connection.execute(
                """
                INSERT INTO \(table) (session_id, chat, message_id, \(person), \(columns))
                SELECT session_id, $3, message_id, CASE WHEN \(person) = $2 THEN $3 ELSE \(person) END, \(columns)
                FROM \(table) WHERE session_id = $1 AND chat = $2
                ON CONFLICT (session_id, chat, message_id, \(person)) DO NOTHING
                """, arguments)
            try connection.execute("DELETE FROM \(table) WHERE session_id = $1 AND chat = $2", old)
        }
        try connection.execute(
            """
            INSERT INTO gateway_chats (session_id, chat, name, unread, marked_unread, archived, pinned_at, muted_until,
                ephemeral_seconds, last_timestamp, settings_at)
            SELECT session_id, $3, name, unread, marked_unread, archived, pinned_at, muted_until, ephemeral_seconds,
                last_timestamp, settings_at
            FROM gateway_chats WHERE session_id = $1 AND chat = $2
            ON CONFLICT (session_id, chat) DO UPDATE SET unread = gateway_chats.unread + excluded.unread,
                name = COALESCE(gateway_chats.name, excluded.name),
                ephemeral_seconds = COALESCE(gateway_chats.ephemeral_seconds, excluded.ephemeral_seconds),
                last_timestamp = CASE WHEN gateway_chats.last_timestamp < excluded.last_timestamp
                    THEN excluded.last_timestamp ELSE gateway_chats.last_timestamp END
            """, arguments)
        try connection.execute("DELETE FROM gateway_chats WHERE session_id = $1 AND chat = $2", old)
        try connection.execute(
            """
            INSERT INTO gateway_refused_chats (session_id, chat, refused_at)
            SELECT session_id, $3, refused_at FROM gateway_refused_chats WHERE session_id = $1 AND chat = $2
            ON CONFLICT (session_id, chat) DO NOTHING
            """, arguments)
        try connection.execute("DELETE FROM gateway_refused_chats WHERE session_id = $1 AND chat = $2", old)
        // What somebody did a moment ago is not worth moving.
        try connection.execute("DELETE FROM gateway_presence WHERE session_id = $1 AND chat = $2", old)
    }
}
