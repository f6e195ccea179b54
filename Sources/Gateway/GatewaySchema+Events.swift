package import Storage

extension GatewaySchema {
    /// The log of everything that happened.
    package static let events = Migration(
        owner: "gateway-events", name: "001-log",
        statements: [
            // No reference to the session: an event is inserted with every send and receipt, and may outlive its session
            // until `EventLog.forget` has removed it.
            """
            CREATE TABLE gateway_events (
                seq BIGINT PRIMARY KEY,
                session_id TEXT NOT NULL,
                event TEXT NOT NULL,
                chat TEXT NOT NULL,
                occurred_at BIGINT NOT NULL,
                identity TEXT NOT NULL,
                data TEXT NOT NULL,
                media_row BIGINT
            )
            """,
            """
            CREATE TABLE gateway_event_bounds (
                pruned_through BIGINT NOT NULL,
                last_given BIGINT NOT NULL
            )
            """,
            "INSERT INTO gateway_event_bounds (pruned_through, last_given) VALUES (0, 0)",
        ])
}
