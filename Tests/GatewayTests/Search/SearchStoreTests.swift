import Foundation
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("Full-text search")
struct SearchStoreTests {
    @Test("finds messages with all the words, whatever their case and accents, and marks these")
    func words() async throws {
        try await withIndex { database in
            try await store(["Your order is READY", "The order is late", "Café öffnet um acht"], database)
            let page = try await search("order ready", database)
            #expect(page.total == 1)
            #expect(page.hits.map(\.message.body) == ["Your order is READY"])
            #expect(page.hits[0].snippet == "Your <mark>order</mark> is <mark>READY</mark>")
            #expect(page.hits[0].score != nil)
            #expect(try await search("cafe OFFNET", database).total == 1)
            #expect(try await search("ord", database).total == 0)
        }
    }

    @Test(
        "takes every word literally: nothing is an operator, nothing breaks the search",
        arguments: [
            "order AND ready", "order OR late", "NOT order", "order*", "\"order", "body:order", "(order",
            "order NEAR ready",
            "^order", "- + {}", "\u{0}", "or\u{0}der", "😀",
        ])
    func literal(text: String) async throws {
        try await withIndex { database in
            try await store(["order ready", "x AND y order ready", "late"], database)
            let bodies = try await search(text, database).hits.map(\.message.body)
            switch text {
            case "order AND ready": #expect(bodies == ["x AND y order ready"])
            case "order*", "\"order", "(order", "^order":
                #expect(Set(bodies) == ["order ready", "x AND y order ready"])
            case "or\u{0}der": break
            default: #expect(bodies.isEmpty)
            }
        }
    }

    @Test(
        "follows edits, revocations, deletions and the end of a session, whoever writes them, before and after words are indexed",
        arguments: [false, true])
    func upkeep(isIndexed: Bool) async throws {
        try await withIndex { database in
            try await store(["first words", "second words", "third words"], database)
            try await store(["fourth words"], session: "other", database)
            if isIndexed { try await SearchIndexer(database: database).catchUp() }
            try await database.write { connection in
                try connection.execute("UPDATE gateway_messages SET body = 'changed' WHERE body = 'first words'")
                try connection.execute(
                    "UPDATE gateway_messages SET body = '', type = 'revoked' WHERE body = 'second words'")
                try connection.execute("DELETE FROM gateway_messages WHERE body = 'third words'")
                try connection.execute("UPDATE gateway_messages SET status = 3")
            }
            #expect(try await search("words", database).hits.map(\.message.body) == ["fourth words"])
            #expect(try await search("changed", database).total == 1)
            try await database.write { try $0.execute("DELETE FROM gateway_sessions WHERE id = 'other'") }
            #expect(try await search("words", database).total == 0)
            // The index agrees with itself.
            try await database.write {
                try $0.execute("INSERT INTO gateway_search (gateway_search) VALUES ('integrity-check')")
            }
        }
    }

    @Test("takes in what waits, many at a time, and once")
    func batches() async throws {
        try await withIndex { database in
            let count = SearchIndexer.batch * 2 + 7
            try await store((0..<count).map { "word\($0)" }, database)
            let indexer = SearchIndexer(database: database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await indexer.catchUp() } }
                try await group.waitForAll()
            }
            try await database.write { connection in
                #expect(try connection.query("SELECT 1 AS one FROM gateway_search_pending").isEmpty)
                try connection.execute("INSERT INTO gateway_search (gateway_search) VALUES ('integrity-check')")
            }
            #expect(try await search("word\(count - 1)", database).total == 1)
        }
    }

    @Test("goes on with an index that was kept message by message")
    func upgraded() async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, GatewaySchema.all + GatewaySchema.search.prefix(1))
            try await addSession("s", database)
            try await store(["old words", "older words"], database)
            #expect(try await MessagingGateway.prepareSearch(on: database))
            try await database.write { connection in
                try connection.execute("UPDATE gateway_messages SET body = 'new text' WHERE body = 'old words'")
            }
            #expect(try await search("words", database).hits.map(\.message.body) == ["older words"])
            #expect(try await search("new", database).total == 1)
        }
    }

    @Test("indexes what was stored before the index was there")
    func existing() async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, GatewaySchema.all)
            try await addSession("s", database)
            try await store(["old words", ""], database)
            #expect(try await MessagingGateway.prepareSearch(on: database))
            #expect(try await search("old", database).total == 1)
        }
    }

    @Test("filters by session, chat, sender, direction, type and time")
    func filters() async throws {
        try await withIndex { database in
            try await store(["hello one"], chat: "628111111111@c.us", at: 100, database)
            try await store(
                ["hello two"], chat: "120363021234567890@g.us", author: "628222222222@c.us", at: 200, database)
            try await store(["hello three"], isFromMe: true, type: "image", at: 300, database)
            try await store(["hello four"], session: "other", at: 400, database)
            func found(
                ownSessions: [String] = [], _ change: (inout SearchQuery) -> Void
            ) async throws -> Set<String> {
                var query = SearchQuery(text: "hello")
                change(&query)
                let page = try await search(query, ownSessions: ownSessions, database)
                #expect(page.total == page.hits.count)
                return Set(page.hits.map { String($0.message.body.dropFirst(6)) })
            }
            #expect(try await found { _ in } == ["one", "two", "three", "four"])
            #expect(try await found { $0.sessions = ["s"] } == ["one", "two", "three"])
            #expect(try await found { $0.sessions = [] } == [])
            #expect(try await found { $0.chatID = "628111111111@c.us" } == ["one"])
            #expect(try await found { $0.from = "628222222222@c.us" } == ["two"])
            #expect(try await found { $0.from = "6285500000001@c.us" } == [])
            #expect(try await found(ownSessions: ["s"]) { $0.from = "6285500000001@c.us" } == ["three"])
            #expect(try await found(ownSessions: ["other"]) { $0.from = "6285500000001@c.us" } == [])
            #expect(try await found(ownSessions: ["s"]) { ($0.from, $0.sessions) = ("628222222222@c.us", ["s", "other"]) } == ["two", "three"])
            #expect(try await found { $0.direction = .outgoing } == ["three"])
            #expect(try await found { $0.type = "image" } == ["three"])
            #expect(try await found { $0.sinceMilliseconds = 200_000 } == ["two", "three", "four"])
            #expect(try await found { $0.sinceMilliseconds = 200_001 } == ["three", "four"])
            #expect(try await found { $0.untilMilliseconds = 200_000 } == ["one", "two"])
            #expect(try await found { $0.untilMilliseconds = 199_999 } == ["one"])
        }
    }

    @Test(
        "puts the better first, and of equals the later; pages neither repeat nor skip, also where most messages match")
    func order() async throws {
        try await withIndex { database in
            try await store(["rare"], at: 5, database)
            try await store(["rare and many more words around it"], at: 9, database)
            try await store(["rare"], at: 7, database)
            #expect(try await search("rare", database).hits.map(\.message.timestampSeconds) == [7, 5, 9])

            try await store((0..<2_500).map { "common \($0)" }, at: 1_000, database)
            var seen: [String] = []
            for offset in stride(from: 0, to: 2_500, by: 300) {
                var query = SearchQuery(text: "common")
                (query.limit, query.offset) = (300, offset)
                let page = try await search(query, database)
                #expect(page.total == 2_500)
                seen += page.hits.map(\.message.body)
            }
            #expect(seen.count == 2_500)
            #expect(Set(seen).count == 2_500)
        }
    }

    @Test("shows at most 24 words of a long text")
    func snippet() async throws {
        try await withIndex { database in
            let text = (0..<100).map { $0 == 60 ? "needle" : "word\($0)" }.joined(separator: " ")
            try await store([text], database)
            let snippet = try #require(try await search("needle", database).hits.first?.snippet)
            #expect(snippet.contains("<mark>needle</mark>"))
            #expect(snippet.split(separator: " ").count <= 24)
        }
    }

    // MARK: - Stores

    private func withIndex(_ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, GatewaySchema.all)
            #expect(try await MessagingGateway.prepareSearch(on: database))
            try await addSession("s", database)
            try await addSession("other", database)
            try await body(database)
        }
    }

    private func addSession(_ id: String, _ database: SQLiteDatabase) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO gateway_sessions (id, name, status, desired, linked, created_at, updated_at)
                VALUES ($1, $1, 'created', 'stopped', 0, 0, 0)
                """, [.text(id)])
        }
    }

    private func store(
        _ bodies: [String], session: String = "s", chat: String = "6281234567890@c.us", author: String = "",
        isFromMe: Bool = false, type: String = "text", at seconds: Int64 = 1_790_000_000, _ database: SQLiteDatabase
    ) async throws {
        try await database.write { connection in
            let messages = MessageStore(sequence: try RowSequence.load(on: connection))
            for body in bodies {
                try messages.insert(
                    MessageStore.NewRow(
                        sessionID: session, messageID: UUID().uuidString, isFromMe: isFromMe, chat: chat,
                        author: author,
                        sender: author.isEmpty ? chat : author, recipient: "me", body: body, type: type,
                        timestampSeconds: seconds, status: .delivered, createdAtMilliseconds: seconds * 1_000),
                    on: connection)
            }
        }
    }

    private func search(_ text: String, _ database: SQLiteDatabase) async throws -> SearchPage {
        try await search(SearchQuery(text: text), database)
    }

    private func search(
        _ query: SearchQuery, ownSessions: [String] = [], _ database: SQLiteDatabase
    ) async throws -> SearchPage {
        try await SearchIndexer(database: database).catchUp()
        return try await database.read { connection in
            try SearchStore().page(
                query, chatForms: query.chatID.map { [$0] } ?? [], fromForms: query.from.map { [$0] } ?? [],
                ownSessions: ownSessions, on: connection)
        }
    }
}
