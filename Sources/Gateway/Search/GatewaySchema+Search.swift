package import Storage

extension GatewaySchema {
    /// The index of what messages say, in SQLite's words (FTS5): the one part of the schema that is not for every database.
    ///
    /// Triggers keep it, so that whatever writes `gateway_messages` is covered: new messages, edits, revocations, deletions,
    /// whole sessions. The index holds words and no text; texts are read from the messages by their place. A message's words
    /// come in with many others' (`SearchIndexer`): until then its place stands in `gateway_search_pending`.
    package static let search = [
        Migration(
            owner: "gateway-search", name: "001-bodies",
            statements: [
                // From a word's place to what filters need, without touching the row.
                """
                CREATE INDEX gateway_messages_by_seq ON gateway_messages (seq, session_id, chat, timestamp, from_me, type)
                """,
                """
                CREATE VIRTUAL TABLE gateway_search USING fts5(
                    body, content='gateway_messages', content_rowid='seq', tokenize='unicode61 remove_diacritics 2')
                """,
                "INSERT INTO gateway_search (rowid, body) SELECT seq, body FROM gateway_messages WHERE body <> ''",
                """
                CREATE TRIGGER gateway_search_insert AFTER INSERT ON gateway_messages WHEN NEW.body <> ''
                BEGIN
                    INSERT INTO gateway_search (rowid, body) VALUES (NEW.seq, NEW.body);
                END
                """,
                // The index must be told what it held.
                """
                CREATE TRIGGER gateway_search_delete AFTER DELETE ON gateway_messages WHEN OLD.body <> ''
                BEGIN
                    INSERT INTO gateway_search (gateway_search, rowid, body) VALUES ('delete', OLD.seq, OLD.body);
                END
                """,
                """
                CREATE TRIGGER gateway_search_update AFTER UPDATE OF body, seq ON gateway_messages
                WHEN OLD.body <> NEW.body OR OLD.seq <> NEW.seq
                BEGIN
                    INSERT INTO gateway_search (gateway_search, rowid, body)
                        SELECT 'delete', OLD.seq, OLD.body WHERE OLD.body <> '';
                    INSERT INTO gateway_search (rowid, body) SELECT NEW.seq, NEW.body WHERE NEW.body <> '';
                END
                """,
            ]),
        // One message at a time costs FTS5 a piece of index each, which it must then merge: as much as all other writing
        // of a send.
        Migration(
            owner: "gateway-search", name: "002-pending",
            statements: [
                "CREATE TABLE gateway_search_pending (seq INTEGER PRIMARY KEY)",
                "DROP TRIGGER gateway_search_insert",
                "DROP TRIGGER gateway_search_delete",
                "DROP TRIGGER gateway_search_update",
                """
                CREATE TRIGGER gateway_search_insert AFTER INSERT ON gateway_messages WHEN NEW.body <> ''
                BEGIN
                    INSERT INTO gateway_search_pending (seq) VALUES (NEW.seq);
                END
                """,
                // The index must be told what it held, and only that.
                """
                CREATE TRIGGER gateway_search_delete AFTER DELETE ON gateway_messages WHEN OLD.body <> ''
                BEGIN
                    INSERT INTO gateway_search (gateway_search, rowid, body)
                        SELECT 'delete', OLD.seq, OLD.body
                        WHERE NOT EXISTS (SELECT 1 FROM gateway_search_pending WHERE seq = OLD.seq);
                    DELETE FROM gateway_search_pending WHERE seq = OLD.seq;
                END
                """,
                """
                CREATE TRIGGER gateway_search_update AFTER UPDATE OF body, seq ON gateway_messages
                WHEN OLD.body <> NEW.body OR OLD.seq <> NEW.seq
                BEGIN
                    INSERT INTO gateway_search (gateway_search, rowid, body)
                        SELECT 'delete', OLD.seq, OLD.body
                        WHERE OLD.body <> '' AND NOT EXISTS (SELECT 1 FROM gateway_search_pending WHERE seq = OLD.seq);
                    DELETE FROM gateway_search_pending WHERE seq = OLD.seq;
                    INSERT INTO gateway_search_pending (seq) SELECT NEW.seq WHERE NEW.body <> '';
                END
                """,
            ]),
    ]
}
