package import Storage

/// The tables of one linked account, keyed by `account` (the session's UUID).
///
/// A person is written in one form everywhere: `<user>@lid` once the LID is known, else `<user>@s.whatsapp.net`
/// (`AddressMapStore.person`). Times are Unix milliseconds, keys raw bytes.
package enum ClientSchema {
    package static let migrations = [
        Migration(
            owner: "client", name: "1 linked accounts",
            statements: [
                """
                CREATE TABLE client_device (
                    account TEXT PRIMARY KEY,
                    noise_key BYTEA NOT NULL CHECK (length(noise_key) = 32),
                    identity_key BYTEA NOT NULL CHECK (length(identity_key) = 32),
                    registration_id BIGINT NOT NULL,
                    signed_prekey_id BIGINT NOT NULL,
                    signed_prekey BYTEA NOT NULL CHECK (length(signed_prekey) = 32),
                    signed_prekey_signature BYTEA NOT NULL CHECK (length(signed_prekey_signature) = 64),
                    adv_secret BYTEA NOT NULL CHECK (length(adv_secret) = 32),
                    next_prekey_id BIGINT NOT NULL,
                    phone_jid TEXT,
                    lid TEXT,
                    signed_identity BYTEA,
                    platform TEXT,
                    push_name TEXT
                )
                """,
                """
                CREATE TABLE client_prekey (
                    account TEXT NOT NULL,
                    id BIGINT NOT NULL,
                    private_key BYTEA NOT NULL CHECK (length(private_key) = 32),
                    uploaded BIGINT NOT NULL DEFAULT 0,
                    used_by TEXT,
                    PRIMARY KEY (account, id)
                )
                """,
                """
                CREATE TABLE client_session (
                    account TEXT NOT NULL,
                    person TEXT NOT NULL,
                    device BIGINT NOT NULL,
                    identity BYTEA NOT NULL CHECK (length(identity) = 32),
                    record BYTEA NOT NULL,
                    rebuilt_at BIGINT,
                    PRIMARY KEY (account, person, device)
                )
                """,
                """
                CREATE TABLE client_address (
                    lid TEXT PRIMARY KEY,
                    phone TEXT NOT NULL UNIQUE
                )
                """,
                """
                CREATE TABLE client_device_list (
                    account TEXT NOT NULL,
                    person TEXT NOT NULL,
                    devices TEXT NOT NULL,
                    PRIMARY KEY (account, person)
                )
                """,
                """
                CREATE TABLE client_inbox (
                    account TEXT NOT NULL,
                    message_id TEXT NOT NULL,
                    chat TEXT NOT NULL,
                    sender TEXT NOT NULL,
                    sender_device BIGINT NOT NULL,
                    opened BIGINT NOT NULL,
                    retries BIGINT NOT NULL DEFAULT 0,
                    stored_at BIGINT NOT NULL,
                    PRIMARY KEY (account, message_id, chat, sender, sender_device)
                )
                """,
                """
                CREATE TABLE client_outgoing (
                    account TEXT NOT NULL,
                    message_id TEXT NOT NULL,
                    recipient TEXT NOT NULL,
                    content BYTEA NOT NULL,
                    stanza BYTEA,
                    participant_hash TEXT,
                    stored_at BIGINT NOT NULL,
                    server_seconds BIGINT,
                    refusal BIGINT,
                    PRIMARY KEY (account, message_id)
                )
                """,
                """
                CREATE TABLE client_retry_answer (
                    account TEXT NOT NULL,
                    message_id TEXT NOT NULL,
                    person TEXT NOT NULL,
                    device BIGINT NOT NULL,
                    answers BIGINT NOT NULL,
                    last_count BIGINT,
                    stanza BYTEA,
                    PRIMARY KEY (account, message_id, person, device)
                )
                """,
                "CREATE INDEX client_prekey_by_user ON client_prekey (used_by) WHERE used_by IS NOT NULL",
                "CREATE INDEX client_session_by_person ON client_session (person)",
                "CREATE INDEX client_device_list_by_person ON client_device_list (person)",
                "CREATE INDEX client_inbox_by_age ON client_inbox (stored_at)",
                "CREATE INDEX client_outgoing_by_age ON client_outgoing (stored_at)",
            ]),
        Migration(
            owner: "client", name: "2 app state",
            statements: [
                """
                CREATE TABLE client_app_state_key (
                    account TEXT NOT NULL,
                    key_id BYTEA NOT NULL CHECK (length(key_id) BETWEEN 1 AND 64),
                    key_data BYTEA NOT NULL CHECK (length(key_data) = 32),
                    made_at BIGINT NOT NULL,
                    PRIMARY KEY (account, key_id)
                )
                """,
                """
                CREATE TABLE client_app_state (
                    account TEXT NOT NULL,
                    collection TEXT NOT NULL,
                    version BIGINT NOT NULL,
                    hash BYTEA NOT NULL CHECK (length(hash) = 128),
                    PRIMARY KEY (account, collection)
                )
                """,
                """
                CREATE TABLE client_app_state_value (
                    account TEXT NOT NULL,
                    collection TEXT NOT NULL,
                    index_mac BYTEA NOT NULL CHECK (length(index_mac) = 32),
                    value_mac BYTEA NOT NULL CHECK (length(value_mac) = 32),
                    PRIMARY KEY (account, collection, index_mac)
                )
                """,
            ]),
        groups,
        accountData,
        receiving,
        chatTimers,
        historyAttempts,
    ]

    /// Everything of one account, in the caller's transaction. Address mappings stay: they are facts about other people.
    package static func erase(account: String, on connection: any SQLConnection) throws {
        for table in [
            "client_device", "client_prekey", "client_session", "client_device_list", "client_inbox", "client_outgoing",
            "client_retry_answer", "client_app_state_key", "client_app_state", "client_app_state_value",
            "client_group", "client_group_member", "client_own_sender_key",
            "client_sender_key_handout", "client_sender_key",
        ] + accountDataTables + receivingTables {
            try connection.execute("DELETE FROM \(table) WHERE account = $1", [.text(account)])
        }
    }
}
