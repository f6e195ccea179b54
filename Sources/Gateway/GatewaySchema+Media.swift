package import Storage

extension GatewaySchema {
    /// Files on their way, and what was uploaded.
    package static let media = Migration(
        owner: "gateway-media", name: "001-references",
        statements: [
            // Which spool file an outbox row needs; it goes with the row.
            """
            CREATE TABLE gateway_outbox_media (
                session_id TEXT NOT NULL,
                message_id TEXT NOT NULL,
                file_id TEXT NOT NULL,
                PRIMARY KEY (session_id, message_id, file_id),
                FOREIGN KEY (session_id, message_id) REFERENCES gateway_outbox (session_id, message_id) ON DELETE CASCADE
            )
            """,
            """
            CREATE TABLE gateway_media_references (
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
                kind TEXT NOT NULL,
                prepared TEXT NOT NULL,
                uploaded_at BIGINT NOT NULL,
                PRIMARY KEY (session_id, sha256, kind)
            )
            """,
        ])
}
