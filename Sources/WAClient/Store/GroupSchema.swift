import Storage

extension ClientSchema {
    /// Groups and sender keys. `chat` is the group's JID; persons are written as in `AddressMapStore.person`.
    static let groups = Migration(
        owner: "client", name: "3 groups",
        statements: [
            """
            CREATE TABLE client_group (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                addressing TEXT NOT NULL CHECK (addressing IN ('lid', 'pn')),
                subject TEXT NOT NULL,
                creator TEXT,
                creator_phone TEXT,
                created_at_seconds BIGINT,
                description TEXT,
                announcement BIGINT NOT NULL,
                locked BIGINT NOT NULL,
                ephemeral_seconds BIGINT NOT NULL,
                member_add_mode TEXT,
                linked_parent TEXT,
                community BIGINT NOT NULL,
                suspended BIGINT NOT NULL,
                members_known BIGINT NOT NULL,
                PRIMARY KEY (account, chat)
            )
            """,
            // Trusted while client_group.members_known is 1. `address` is in the group's addressing.
            """
            CREATE TABLE client_group_member (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                person TEXT NOT NULL,
                address TEXT NOT NULL,
                role TEXT NOT NULL,
                PRIMARY KEY (account, chat, person)
            )
            """,
            "CREATE INDEX client_group_member_by_person ON client_group_member (person, account)",
            // Our own key. `participant_hash` is set while every device of every member has the key, so that the next message
            // needs to look at none of them; `partial` when devices without keys were left out of that. `server_hash` is the
            // server's last hash that differed from ours.
            """
            CREATE TABLE client_own_sender_key (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                record BYTEA NOT NULL,
                participant_hash TEXT,
                partial BIGINT NOT NULL DEFAULT 0,
                server_hash TEXT,
                PRIMARY KEY (account, chat)
            )
            """,
            // Who was handed our current key. A row with a payload is prepared and leaves with the next message.
            """
            CREATE TABLE client_sender_key_handout (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                person TEXT NOT NULL,
                device BIGINT NOT NULL,
                kind TEXT,
                payload BYTEA,
                PRIMARY KEY (account, chat, person, device)
            )
            """,
            "CREATE INDEX client_sender_key_handout_by_person ON client_sender_key_handout (person, account)",
            // The keys of others.
            """
            CREATE TABLE client_sender_key (
                account TEXT NOT NULL,
                chat TEXT NOT NULL,
                person TEXT NOT NULL,
                device BIGINT NOT NULL,
                record BYTEA NOT NULL,
                PRIMARY KEY (account, chat, person, device)
            )
            """,
            "CREATE INDEX client_sender_key_by_person ON client_sender_key (person)",
        ])
}
