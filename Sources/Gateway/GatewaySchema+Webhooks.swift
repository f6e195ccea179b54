package import Storage

extension GatewaySchema {
    /// Webhooks, and what is to be delivered to them.
    package static let webhooks = Migration(
        owner: "gateway-webhooks", name: "001-webhooks",
        statements: [
            // `events`, `headers` and `filters` are JSON. The previous secret signs besides the new one for a while.
            """
            CREATE TABLE gateway_webhooks (
                id TEXT PRIMARY KEY,
                session_id TEXT NOT NULL REFERENCES gateway_sessions (id) ON DELETE CASCADE,
                url TEXT NOT NULL,
                events TEXT NOT NULL,
                secret TEXT,
                previous_secret TEXT,
                previous_secret_until BIGINT,
                headers TEXT NOT NULL,
                filters TEXT,
                active BIGINT NOT NULL,
                retry_count BIGINT NOT NULL,
                ordering TEXT NOT NULL CHECK (ordering IN ('none', 'chat')),
                retry_schedule TEXT NOT NULL CHECK (retry_schedule IN ('standard', 'extended')),
                disable_on_gone BIGINT NOT NULL,
                disable_after_days BIGINT NOT NULL,
                disabled_reason TEXT,
                failing_since BIGINT,
                last_triggered_at BIGINT,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX gateway_webhooks_by_session ON gateway_webhooks (session_id, created_at)",
            // One row for each webhook and event. `due_at` is null once it is over, and while an earlier event of the chat
            // is not. `identity` and `url` are filled in when it has failed, for the event may be gone by then.
            """
            CREATE TABLE gateway_deliveries (
                webhook_id TEXT NOT NULL,
                seq BIGINT NOT NULL,
                session_id TEXT NOT NULL,
                event TEXT NOT NULL,
                chat TEXT NOT NULL,
                media_row BIGINT,
                id TEXT NOT NULL,
                delivery_id TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
                attempts BIGINT NOT NULL,
                due_at BIGINT,
                last_status BIGINT,
                last_error TEXT,
                last_attempt_at BIGINT,
                last_duration BIGINT,
                created_at BIGINT NOT NULL,
                failed_at BIGINT,
                identity TEXT,
                url TEXT,
                PRIMARY KEY (webhook_id, seq)
            )
            """,
            "CREATE INDEX gateway_deliveries_due ON gateway_deliveries (webhook_id, due_at, seq) WHERE due_at IS NOT NULL",
            """
            CREATE INDEX gateway_deliveries_pending ON gateway_deliveries (webhook_id, chat, seq)
            WHERE state = 'pending'
            """,
            "CREATE INDEX gateway_deliveries_failed ON gateway_deliveries (failed_at) WHERE state = 'failed'",
            // Attempts that failed; the last one that succeeded stands in the delivery itself.
            """
            CREATE TABLE gateway_delivery_attempts (
                webhook_id TEXT NOT NULL,
                seq BIGINT NOT NULL,
                number BIGINT NOT NULL,
                delivery_id TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                duration BIGINT NOT NULL,
                status BIGINT,
                error TEXT,
                PRIMARY KEY (webhook_id, seq, number)
            )
            """,
        ])
}
