import Storage

extension GatewaySchema {
    /// What was told of a session last, so that a restart tells what has changed since.
    static let sessions = Migration(
        owner: "gateway-sessions", name: "001-told",
        statements: [
            // `told_status` is the status in the newest `session.status`, of whatever process; NULL when there was none.
            "ALTER TABLE gateway_sessions ADD COLUMN told_status TEXT",
            "ALTER TABLE gateway_sessions ADD COLUMN told_ban BIGINT NOT NULL DEFAULT 0",
            // Chats to which WhatsApp refused messages because the account may not begin any; empty when it may.
            """
            CREATE TABLE gateway_refused_chats (
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                chat TEXT NOT NULL,
                refused_at BIGINT NOT NULL,
                PRIMARY KEY (session_id, chat)
            )
            """,
        ])
}
