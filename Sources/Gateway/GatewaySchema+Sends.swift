import Storage

extension GatewaySchema {
    /// What quoting, forwarding and reacting need to know of a message, and what makes a request one and the same.
    static let sends = Migration(
        owner: "gateway", name: "002-sends",
        statements: [
            // The serialized protobuf; NULL for a bare text, which is its body, and for what was taken back.
            "ALTER TABLE gateway_messages ADD COLUMN content BYTEA",
            // A stanza of ours that changes another message: accepted with its outbox row, applied with WhatsApp's answer.
            // `status` as of messages. `value` is the emoji or the new text.
            """
            CREATE TABLE gateway_actions (
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                message_id TEXT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('reaction', 'edit', 'revoke')),
                chat TEXT NOT NULL,
                target_id TEXT NOT NULL,
                target_from_me BIGINT NOT NULL,
                value TEXT NOT NULL,
                content BYTEA,
                status BIGINT NOT NULL,
                error TEXT,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (session_id, message_id)
            )
            """,
            // The reactions that stand; `reacted_at` in Unix milliseconds, as whoever reacted says.
            """
            CREATE TABLE gateway_reactions (
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                chat TEXT NOT NULL,
                message_id TEXT NOT NULL,
                sender TEXT NOT NULL,
                emoji TEXT NOT NULL,
                reacted_at BIGINT NOT NULL,
                PRIMARY KEY (session_id, chat, message_id, sender)
            )
            """,
            // One row for each Idempotency-Key (scope 'key', 24 hours) and each client-chosen message id (scope 'id', for
            // good), written with what the request became. `pending_seconds`: the time that was told while WhatsApp had
            // not answered.
            """
            CREATE TABLE gateway_request_keys (
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                scope TEXT NOT NULL CHECK (scope IN ('key', 'id')),
                name TEXT NOT NULL,
                fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
                subject_kind TEXT NOT NULL CHECK (subject_kind IN ('message', 'action', 'batch', 'nothing')),
                subject_id TEXT NOT NULL,
                pending_seconds BIGINT,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (session_id, scope, name)
            )
            """,
            "CREATE INDEX gateway_request_keys_by_age ON gateway_request_keys (scope, created_at)",
        ])

    static let templates = Migration(
        owner: "gateway", name: "003-templates",
        statements: [
            """
            CREATE TABLE gateway_templates (
                id TEXT PRIMARY KEY,
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                name TEXT NOT NULL,
                body TEXT NOT NULL,
                header TEXT,
                footer TEXT,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                UNIQUE (session_id, name)
            )
            """
        ])

    static let batches = Migration(
        owner: "gateway", name: "004-batches",
        statements: [
            """
            CREATE TABLE gateway_batches (
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                batch_id TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'cancelled', 'failed')),
                delay_milliseconds BIGINT NOT NULL,
                randomizes_delay BIGINT NOT NULL,
                stops_on_error BIGINT NOT NULL,
                next_due_at BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                started_at BIGINT,
                completed_at BIGINT,
                PRIMARY KEY (session_id, batch_id)
            )
            """,
            // `accepted`: the item is in the outbox under `message_id`, and the message's own row tells what became of it.
            """
            CREATE TABLE gateway_batch_items (
                session_id TEXT NOT NULL,
                batch_id TEXT NOT NULL,
                position BIGINT NOT NULL,
                chat TEXT NOT NULL,
                content TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'failed', 'cancelled')),
                message_id TEXT,
                error_code TEXT,
                error_message TEXT,
                PRIMARY KEY (session_id, batch_id, position),
                FOREIGN KEY (session_id, batch_id) REFERENCES gateway_batches (session_id, batch_id) ON DELETE CASCADE
            )
            """,
            // Which spool file an item needs, until it is in the outbox or will not be sent.
            """
            CREATE TABLE gateway_batch_media (
                session_id TEXT NOT NULL,
                batch_id TEXT NOT NULL,
                position BIGINT NOT NULL,
                file_id TEXT NOT NULL,
                PRIMARY KEY (session_id, batch_id, position),
                FOREIGN KEY (session_id, batch_id) REFERENCES gateway_batches (session_id, batch_id) ON DELETE CASCADE
            )
            """,
        ])
}
