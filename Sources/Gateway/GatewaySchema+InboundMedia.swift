package import Storage

extension GatewaySchema {
    /// Files of messages that we received.
    package static let inboundMedia = Migration(
        owner: "gateway-inbound-media", name: "001-files",
        statements: [
            // One row for each message with a file; it goes with the message. `reference`: what it takes to fetch the file,
            // as JSON. `byte_count` and `sha256` are the message's word until `stored`, and true from then on.
            """
            CREATE TABLE gateway_inbound_media (
                session_id TEXT NOT NULL,
                message_seq BIGINT NOT NULL,
                kind TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('remote', 'pending', 'stored', 'omitted', 'failed')),
                reason TEXT,
                mimetype TEXT NOT NULL,
                filename TEXT,
                byte_count BIGINT NOT NULL,
                sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
                reference TEXT NOT NULL,
                attempts BIGINT NOT NULL,
                askings BIGINT NOT NULL,
                due_at BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                stored_at BIGINT,
                PRIMARY KEY (session_id, message_seq),
                FOREIGN KEY (session_id, message_seq) REFERENCES gateway_messages (session_id, seq) ON DELETE CASCADE
            )
            """,
            """
            CREATE INDEX gateway_inbound_media_due ON gateway_inbound_media (session_id, due_at, message_seq)
            WHERE state = 'pending'
            """,
            "CREATE INDEX gateway_inbound_media_by_file ON gateway_inbound_media (sha256) WHERE state = 'stored'",
            "CREATE INDEX gateway_inbound_media_by_age ON gateway_inbound_media (stored_at) WHERE state = 'stored'",
        ])
}
