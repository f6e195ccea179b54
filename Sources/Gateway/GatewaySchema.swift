package import Storage

/// The gateway's tables. Times are Unix milliseconds, except `timestamp`, which is WhatsApp's in seconds; booleans are 0 and 1.
package enum GatewaySchema {
    /// Everything the gateway needs, each topic with its own line of migrations.
    package static var all: [Migration] {
        migrations + [media, events, webhooks, inboundMedia] + store + [requests, sessions]
    }

    package static let migrations = [
        Migration(
            owner: "gateway", name: "001-first-message",
            statements: [
                // `status` holds what outlives the process: a connection's state does not, so nothing is to be reset at boot.
                """
                CREATE TABLE gateway_sessions (
                    id TEXT PRIMARY KEY,
                    name TEXT NOT NULL UNIQUE,
                    status TEXT NOT NULL CHECK (status IN ('created', 'disconnected', 'failed')),
                    desired TEXT NOT NULL CHECK (desired IN ('stopped', 'running')),
                    linked BIGINT NOT NULL,
                    phone TEXT,
                    push_name TEXT,
                    configuration TEXT,
                    connected_at BIGINT,
                    last_active_at BIGINT,
                    created_at BIGINT NOT NULL,
                    updated_at BIGINT NOT NULL
                )
                """,
                // The lowest status is -1 (failed); it only grows. `author` is '' outside groups, so that the row is unique.
                """
                CREATE TABLE gateway_messages (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    seq BIGINT NOT NULL,
                    message_id TEXT NOT NULL,
                    from_me BIGINT NOT NULL,
                    chat TEXT NOT NULL,
                    author TEXT NOT NULL,
                    sender TEXT NOT NULL,
                    recipient TEXT NOT NULL,
                    body TEXT NOT NULL,
                    type TEXT NOT NULL,
                    timestamp BIGINT NOT NULL,
                    status BIGINT NOT NULL,
                    metadata TEXT,
                    push_name TEXT,
                    error TEXT,
                    created_at BIGINT NOT NULL,
                    PRIMARY KEY (session_id, seq)
                )
                """,
                """
                CREATE UNIQUE INDEX gateway_messages_by_id
                ON gateway_messages (session_id, message_id, from_me, chat, author)
                """,
                "CREATE INDEX gateway_messages_by_chat ON gateway_messages (session_id, chat, seq)",
                // One row for each message accepted and not yet answered by WhatsApp; it goes when the answer is stored.
                """
                CREATE TABLE gateway_outbox (
                    session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                    message_id TEXT NOT NULL,
                    seq BIGINT NOT NULL,
                    chat TEXT NOT NULL,
                    content TEXT NOT NULL,
                    accepted_at BIGINT NOT NULL,
                    PRIMARY KEY (session_id, message_id)
                )
                """,
                """
                CREATE TABLE gateway_api_keys (
                    id TEXT PRIMARY KEY,
                    name TEXT NOT NULL,
                    key_hash TEXT NOT NULL UNIQUE CHECK (length(key_hash) = 64),
                    key_prefix TEXT NOT NULL,
                    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
                    allowed_ips TEXT NOT NULL,
                    allowed_sessions TEXT NOT NULL,
                    active BIGINT NOT NULL,
                    expires_at BIGINT,
                    last_used_at BIGINT,
                    usage_count BIGINT NOT NULL,
                    created_at BIGINT NOT NULL
                )
                """,
            ]),
        sends, templates, batches,
    ]
}
