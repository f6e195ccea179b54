package import Storage

extension GatewaySchema {
    /// Chats, people and presence, and what is known of a message besides what it says.
    package static let store = [
        Migration(
            owner: "gateway-store", name: "001-chats",
            statements: [
                // `unread` counts received messages; `marked_unread` is the mark a person set. `muted_until` is -1 for ever.
                // `settings_at`: when archive, pin, mute or mark last changed by themselves; history is older than that.
                """
                CREATE TABLE gateway_chats (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    chat TEXT NOT NULL,
                    name TEXT,
                    unread BIGINT NOT NULL DEFAULT 0,
                    marked_unread BIGINT NOT NULL DEFAULT 0,
                    archived BIGINT NOT NULL DEFAULT 0,
                    pinned_at BIGINT,
                    muted_until BIGINT,
                    ephemeral_seconds BIGINT,
                    last_timestamp BIGINT NOT NULL DEFAULT 0,
                    settings_at BIGINT,
                    PRIMARY KEY (session_id, chat)
                )
                """,
                "CREATE INDEX gateway_chats_by_chat ON gateway_chats (chat)",
                """
                CREATE TABLE gateway_contacts (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    person TEXT NOT NULL,
                    saved BIGINT NOT NULL DEFAULT 0,
                    full_name TEXT,
                    first_name TEXT,
                    push_name TEXT,
                    business_name TEXT,
                    about TEXT,
                    picture_id TEXT,
                    blocked BIGINT NOT NULL DEFAULT 0,
                    PRIMARY KEY (session_id, person)
                )
                """,
                "CREATE INDEX gateway_contacts_by_person ON gateway_contacts (person)",
                """
                CREATE TABLE gateway_presence (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    chat TEXT NOT NULL,
                    person TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('available', 'unavailable', 'composing', 'recording', 'paused')),
                    last_seen BIGINT,
                    observed_at BIGINT NOT NULL,
                    PRIMARY KEY (session_id, chat, person)
                )
                """,
                // What each device of each recipient says; times in Unix milliseconds.
                """
                CREATE TABLE gateway_receipts (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    message_id TEXT NOT NULL,
                    person TEXT NOT NULL,
                    device BIGINT NOT NULL,
                    delivered_at BIGINT,
                    read_at BIGINT,
                    played_at BIGINT,
                    retries BIGINT NOT NULL DEFAULT 0,
                    retried_at BIGINT,
                    PRIMARY KEY (session_id, message_id, person, device)
                )
                """,
                // The vote that stands, one for each poll and person; `options` are SHA-256 in hexadecimal, with commas between.
                """
                CREATE TABLE gateway_poll_votes (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    chat TEXT NOT NULL,
                    message_id TEXT NOT NULL,
                    voter TEXT NOT NULL,
                    options TEXT NOT NULL,
                    voted_at BIGINT NOT NULL,
                    PRIMARY KEY (session_id, chat, message_id, voter)
                )
                """,
                "ALTER TABLE gateway_messages ADD COLUMN starred BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE gateway_messages ADD COLUMN pinned_until BIGINT",
                // A disappearing message goes then; Unix milliseconds.
                "ALTER TABLE gateway_messages ADD COLUMN expires_at BIGINT",
                "ALTER TABLE gateway_messages ADD COLUMN edited_at BIGINT",
                // Of our own: when it was encrypted and for which devices, and when WhatsApp answered. Unix milliseconds.
                "ALTER TABLE gateway_messages ADD COLUMN encrypted_at BIGINT",
                "ALTER TABLE gateway_messages ADD COLUMN encrypted_for TEXT",
                "ALTER TABLE gateway_messages ADD COLUMN settled_at BIGINT",
                // All filters of a page and its total are decided on this index; the rows behind it are wide.
                """
                CREATE INDEX gateway_messages_by_order
                ON gateway_messages (session_id, seq, timestamp, from_me, type)
                """,
                "CREATE INDEX gateway_messages_by_time ON gateway_messages (session_id, timestamp, seq)",
                """
                CREATE INDEX gateway_messages_by_author ON gateway_messages (session_id, author, seq)
                WHERE author <> ''
                """,
                "CREATE INDEX gateway_messages_by_expiry ON gateway_messages (expires_at) WHERE expires_at IS NOT NULL",
            ]),
        // What a page and its total are decided on, so that the rows behind it, which are wide, are read for what is shown only.
        Migration(
            owner: "gateway-store", name: "002-reading",
            statements: [
                "DROP INDEX gateway_messages_by_order",
                "DROP INDEX gateway_messages_by_time",
                "DROP INDEX gateway_messages_by_chat",
                """
                CREATE INDEX gateway_messages_by_chat
                ON gateway_messages (session_id, chat, seq, timestamp, from_me, type)
                """,
                "CREATE INDEX gateway_messages_by_time ON gateway_messages (session_id, timestamp, seq, from_me, type)",
                "CREATE INDEX gateway_messages_by_type ON gateway_messages (session_id, type, seq, from_me)",
                "CREATE INDEX gateway_messages_by_direction ON gateway_messages (session_id, from_me, seq)",
                // Chats of messages that came before there was a table of chats.
                """
                INSERT INTO gateway_chats (session_id, chat, last_timestamp)
                SELECT session_id, chat, MAX(timestamp) FROM gateway_messages GROUP BY session_id, chat
                ON CONFLICT (session_id, chat) DO NOTHING
                """,
            ]),
        // Pins and votes are actions too; a CHECK can only be changed with its table.
        Migration(
            owner: "gateway-store", name: "003-actions",
            statements: [
                """
                CREATE TABLE gateway_actions_anew (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    message_id TEXT NOT NULL,
                    kind TEXT NOT NULL CHECK (kind IN ('reaction', 'edit', 'revoke', 'pin', 'vote')),
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
                """
                INSERT INTO gateway_actions_anew (session_id, message_id, kind, chat, target_id, target_from_me, value, content,
                    status, error, created_at)
                SELECT session_id, message_id, kind, chat, target_id, target_from_me, value, content, status, error, created_at
                FROM gateway_actions
                """,
                "DROP TABLE gateway_actions",
                "ALTER TABLE gateway_actions_anew RENAME TO gateway_actions",
            ]),
    ]
}
