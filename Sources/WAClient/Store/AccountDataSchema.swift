import Storage

extension ClientSchema {
    /// What the account's devices share: app state, history, people. Persons are written as in `AddressMapStore.person`.
    static let accountData = Migration(
        owner: "client", name: "account data",
        statements: [
            // Collections to follow. `mark` grows with every reason, so that what comes while one is followed is not lost.
            // `asked_phone_at`: when the phone was asked to rescue it.
            """
            CREATE TABLE client_app_state_work (
                account TEXT NOT NULL,
                collection TEXT NOT NULL,
                mark BIGINT NOT NULL,
                asked_phone_at BIGINT,
                PRIMARY KEY (account, collection)
            )
            """,
            // Keys the phone was asked for.
            """
            CREATE TABLE client_app_state_key_request (
                account TEXT NOT NULL,
                key_id BYTEA NOT NULL,
                asked_at BIGINT NOT NULL,
                PRIMARY KEY (account, key_id)
            )
            """,
            // Chunks of history that are not completely taken in. `done` items of `stage` are.
            """
            CREATE TABLE client_history_job (
                account TEXT NOT NULL,
                message_id TEXT NOT NULL,
                notification BYTEA NOT NULL,
                received_at BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'asked', 'taken', 'failed')),
                stage BIGINT NOT NULL DEFAULT 0,
                done BIGINT NOT NULL DEFAULT 0,
                asked_at BIGINT,
                failure TEXT,
                PRIMARY KEY (account, message_id)
            )
            """,
            // `token` is theirs for us, of `token_at`; `issued_at` when we gave them ours. Unix seconds.
            """
            CREATE TABLE client_privacy_token (
                account TEXT NOT NULL,
                person TEXT NOT NULL,
                token BYTEA,
                token_at BIGINT,
                issued_at BIGINT,
                PRIMARY KEY (account, person)
            )
            """,
            "CREATE INDEX client_privacy_token_by_person ON client_privacy_token (person)",
            // What was last told of people; an empty picture id is a picture taken away.
            """
            CREATE TABLE client_contact (
                account TEXT NOT NULL,
                person TEXT NOT NULL,
                push_name TEXT,
                business_name TEXT,
                picture_id TEXT,
                about TEXT,
                blocked BIGINT,
                PRIMARY KEY (account, person)
            )
            """,
            "CREATE INDEX client_contact_by_person ON client_contact (person)",
            """
            CREATE TABLE client_account_secret (
                account TEXT NOT NULL,
                name TEXT NOT NULL,
                value BYTEA NOT NULL,
                PRIMARY KEY (account, name)
            )
            """,
        ])

    /// How often a chunk of history could not be had, and when it is due again, in Unix milliseconds.
    static let historyAttempts = Migration(
        owner: "client", name: "history attempts",
        statements: [
            "ALTER TABLE client_history_job ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE client_history_job ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE client_history_job ADD COLUMN asks BIGINT NOT NULL DEFAULT 0",
        ])

    static let accountDataTables = [
        "client_app_state_work", "client_app_state_key_request", "client_history_job", "client_privacy_token",
        "client_contact", "client_account_secret",
    ]
}
