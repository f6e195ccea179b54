import Storage

extension GatewaySchema {
    /// What requests answered, kept for as long as they may be repeated.
    static let requests = Migration(
        owner: "gateway-requests", name: "001-kept-answers",
        statements: [
            // Filled in when the message of the answer goes, by whatever way: until then its own row tells it.
            "ALTER TABLE gateway_request_keys ADD COLUMN kept_id TEXT",
            "ALTER TABLE gateway_request_keys ADD COLUMN kept_chat TEXT",
            "ALTER TABLE gateway_request_keys ADD COLUMN kept_timestamp BIGINT",
            "ALTER TABLE gateway_request_keys ADD COLUMN kept_status BIGINT",
            "ALTER TABLE gateway_request_keys ADD COLUMN kept_error TEXT",
            "CREATE INDEX gateway_request_keys_by_subject ON gateway_request_keys (session_id, subject_id)",
            "CREATE INDEX gateway_actions_edits ON gateway_actions (session_id, target_id) WHERE kind = 'edit'",
            // The answer to an edit is about the message that was edited.
            """
            CREATE TRIGGER gateway_messages_keep_answers AFTER DELETE ON gateway_messages WHEN OLD.from_me = 1
            BEGIN
                UPDATE gateway_request_keys SET kept_id = OLD.message_id, kept_chat = OLD.chat,
                    kept_timestamp = OLD.timestamp, kept_status = OLD.status, kept_error = OLD.error
                WHERE session_id = OLD.session_id AND subject_kind = 'message' AND subject_id = OLD.message_id;
                UPDATE gateway_request_keys SET kept_id = OLD.message_id, kept_chat = OLD.chat,
                    kept_timestamp = OLD.timestamp, kept_status = OLD.status, kept_error = OLD.error
                WHERE session_id = OLD.session_id AND subject_kind = 'action' AND subject_id IN
                    (SELECT message_id FROM gateway_actions
                    WHERE session_id = OLD.session_id AND target_id = OLD.message_id AND kind = 'edit'
                        AND target_from_me = 1);
            END
            """,
        ])
}
