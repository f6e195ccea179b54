import Storage

extension ClientSchema {
    /// Secrets of messages, placeholders and calls. Persons are written as in `AddressMapStore.person`.
    static let receiving = Migration(
        owner: "client", name: "secrets, placeholders and calls",
        statements: [
            """
            CREATE TABLE client_message_secret (
                account TEXT NOT NULL,
                message_id TEXT NOT NULL,
                chat TEXT NOT NULL,
                sender TEXT NOT NULL,
                secret BYTEA NOT NULL CHECK (length(secret) = 32),
                poll BYTEA,
                stored_at BIGINT NOT NULL,
                PRIMARY KEY (account, message_id, chat, sender)
            )
            """,
            "CREATE INDEX client_message_secret_by_age ON client_message_secret (account, stored_at)",
            // Messages whose content is on the phone only. `wire_chat` and `wire_participant` are as their stanza named them.
            """
            CREATE TABLE client_placeholder (
                account TEXT NOT NULL,
                message_id TEXT NOT NULL,
                chat TEXT NOT NULL,
                sender TEXT NOT NULL,
                wire_chat TEXT NOT NULL,
                wire_participant TEXT,
                from_me BIGINT NOT NULL,
                sent_at_seconds BIGINT NOT NULL,
                due_at BIGINT NOT NULL,
                asked_at BIGINT,
                PRIMARY KEY (account, message_id, chat, sender)
            )
            """,
            // Calls that rang here. `state`: 0 rings, 1 taken, 2 over.
            """
            CREATE TABLE client_call (
                account TEXT NOT NULL,
                call_id TEXT NOT NULL,
                creator TEXT NOT NULL,
                chat_group TEXT,
                video BIGINT NOT NULL,
                state BIGINT NOT NULL CHECK (state BETWEEN 0 AND 2),
                rang_at BIGINT NOT NULL,
                PRIMARY KEY (account, call_id)
            )
            """,
        ])

    /// How long messages between us and one person stay; groups have it in client_group.
    static let chatTimers = Migration(
        owner: "client", name: "timers of chats",
        statements: [
            """
            CREATE TABLE client_chat_timer (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                seconds BIGINT NOT NULL,
                PRIMARY KEY (account, chat)
            )
            """
        ])

    static let receivingTables = ["client_message_secret", "client_placeholder", "client_call", "client_chat_timer"]
}
