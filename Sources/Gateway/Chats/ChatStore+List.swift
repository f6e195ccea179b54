import Storage
import WAClient

extension ChatStore {
    /// The chats of a session, the one with the newest message first; without the account's own notes and status posts.
    static func list(
        of sessionID: String, limit: Int, offset: Int, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws -> [ChatRecord] {
        let people = PeopleNames(sessionID: sessionID, connection: connection)
        return try connection.query(
            """
            SELECT c.chat, c.name, c.unread, c.marked_unread, c.archived, c.pinned_at, c.muted_until, c.last_timestamp,
                m.body, m.type
            FROM gateway_chats c LEFT JOIN gateway_messages m ON m.session_id = c.session_id AND m.seq =
                (SELECT x.seq FROM gateway_messages x WHERE x.session_id = c.session_id AND x.chat = c.chat
                 ORDER BY x.seq DESC LIMIT 1)
            WHERE c.session_id = $1 AND c.chat <> 'status@broadcast'
            ORDER BY c.last_timestamp DESC, c.chat LIMIT $2 OFFSET $3
            """, [.text(sessionID), SQLValue(limit), SQLValue(offset)]
        ).map { row in
            let chat = try row.text("chat")
            let id = try? ChatID(parsing: chat)
            let mutedUntil = try row.optionalInteger("muted_until")
            let isMuted = mutedUntil.map { $0 < 0 || $0 > now } ?? false
            let unread = Int(try row.integer("unread"))
            return ChatRecord(
                id: chat, kind: id?.chatKind ?? .unknown,
                name: try people.name(of: chat) ?? groupSubject(id, sessionID, on: connection) ?? id?.user ?? chat,
                unreadCount: try row.boolean("marked_unread") ? max(unread, 1) : unread,
                timestampSeconds: try row.integer("last_timestamp"), lastMessage: try row.optionalText("body"),
                lastMessageType: try row.optionalText("type"), isArchived: try row.boolean("archived"),
                isPinned: try row.optionalInteger("pinned_at") != nil, isMuted: isMuted,
                muteExpirationMilliseconds: isMuted ? max(mutedUntil ?? 0, 0) : nil)
        }
    }

    /// What makes up a change of a chat on our own devices: whether the chat is known, and its newest message.
    static func newest(
        in chat: ChatID, of sessionID: String, on connection: any SQLConnection
    ) throws -> (isKnown: Bool, message: StoredMessage?) {
        let forms = try chat.storedForms(on: connection)
        let rows = try connection.query(
            """
            SELECT message_id, from_me, chat, author, type, body, content, timestamp, status, error FROM gateway_messages
            WHERE session_id = $1 AND chat IN ($2, $3, $4) ORDER BY seq DESC LIMIT 1
            """, [.text(sessionID)] + MessageQuery.padded(forms))
        if let row = rows.first { return (true, try StoredMessage(row)) }
        let chats = try connection.query(
            "SELECT chat FROM gateway_chats WHERE session_id = $1 AND chat IN ($2, $3, $4)",
            [.text(sessionID)] + MessageQuery.padded(forms))
        return (!chats.isEmpty, nil)
    }

    /// How many chats are pinned, but for this one.
    static func pinnedCount(
        without chats: [String], of sessionID: String, on connection: any SQLConnection
    ) throws -> Int {
        let rows = try connection.query(
            """
            SELECT COUNT(*) AS pinned FROM gateway_chats
            WHERE session_id = $1 AND pinned_at IS NOT NULL AND chat NOT IN ($2, $3, $4)
            """, [.text(sessionID)] + MessageQuery.padded(chats))
        return Int(try rows.first?.integer("pinned") ?? 0)
    }

    private static func groupSubject(
        _ chat: ChatID?, _ sessionID: String, on connection: any SQLConnection
    ) throws -> String? {
        guard let chat, chat.kind == .group else { return nil }
        return try GroupNames.subject(of: chat.jid, account: sessionID, on: connection)
    }
}
