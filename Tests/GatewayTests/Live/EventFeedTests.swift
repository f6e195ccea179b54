import Logging
import Storage
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("The feed of events")
struct EventFeedTests {
    @Test("gives a listener what it wants as soon as it is durable, and wakes it for nothing else")
    func waiting() async throws {
        try await withFeed { feed, log, database in
            async let page = feed.next(after: 0, limit: 10) { $0.sessionID == "mine" }
            try await record(3, session: "other", log, database)
            try await record(1, session: "mine", log, database)
            let records = try await page.records
            #expect(records.map(\.sessionID) == ["mine"])
            // What lay between was looked through.
            let next = try await feed.page(after: try await page.cursor, limit: 10) { _ in true }
            #expect(next.records.isEmpty)
        }
    }

    @Test("loses nothing for a listener that reads slowly while much more happens than is kept in memory")
    func slow() async throws {
        try await withFeed { feed, log, database in
            var seen: [String] = []
            var cursor: Int64 = 0
            // Somebody waits, so the feed reads along.
            let eager = Task { try await feed.next(after: 0, limit: 1) { $0.identity == "never" } }
            for _ in 0..<13 {
                try await record(200, session: "s", log, database)
                let page = try await feed.next(after: cursor, limit: 70) { _ in true }
                seen += page.records.map(\.identity)
                cursor = page.cursor
            }
            while cursor < log.latestCursor {
                let page = try await feed.next(after: cursor, limit: 300) { _ in true }
                seen += page.records.map(\.identity)
                cursor = page.cursor
            }
            let all = try await database.read { connection in
                try connection.query("SELECT identity FROM gateway_events ORDER BY seq").map { try $0.text("identity") }
            }
            #expect(seen == all)
            #expect(seen.count == 2_600)
            eager.cancel()
            #expect(try await eager.value.records.isEmpty)
        }
    }

    @Test("finds the few events that are wanted among many, some at a time, and says where it stopped looking")
    func sparse() async throws {
        try await withFeed { feed, log, database in
            try await record(2_500, session: "other", log, database)
            try await record(2, session: "mine", log, database)
            let none = try await feed.page(after: 0, limit: 1) { $0.sessionID == "mine" }
            #expect(none.records.isEmpty && none.hasMore)
            #expect(none.cursor == 2_000)
            let one = try await feed.page(after: none.cursor, limit: 1) { $0.sessionID == "mine" }
            #expect(one.records.map(\.seq) == [2_501])
            #expect(one.cursor == 2_501)
            let next = try await feed.next(after: one.cursor, limit: 5) { $0.sessionID == "mine" }
            #expect(next.records.map(\.seq) == [2_502])
        }
    }

    @Test("a listener that gives up keeps its place")
    func cancelled() async throws {
        try await withFeed { feed, log, database in
            try await record(5, session: "other", log, database)
            let listening = Task { try await feed.next(after: 2, limit: 10) { $0.sessionID == "mine" } }
            listening.cancel()
            let page = try await listening.value
            #expect(page.records.isEmpty)
            #expect(page.cursor >= 2)
            try await record(1, session: "mine", log, database)
            #expect(try await feed.next(after: page.cursor, limit: 10) { $0.sessionID == "mine" }.records.count == 1)
        }
    }

    @Test("an event that happened while nobody listened is there for who asks, waiting or not")
    func idle() async throws {
        try await withFeed { feed, log, database in
            async let first = feed.next(after: 0, limit: 10) { _ in true }
            try await record(1, session: "s", log, database)
            let cursor = try await first.cursor
            try await record(2, session: "s", log, database)
            #expect(try await feed.page(after: cursor, limit: 10) { _ in true }.records.count == 2)
            try await record(1, session: "s", log, database)
            #expect(try await feed.next(after: cursor, limit: 10) { _ in true }.records.count == 3)
        }
    }

    @Test("nobody waits any more when the gateway ends")
    func over() async throws {
        try await withFeed { feed, _, _ in
            let run = Task { await feed.run() }
            let listening = Task { try await feed.next(after: 0, limit: 1) { _ in true } }
            run.cancel()
            await run.value
            let page = try await listening.value
            #expect(page.records.isEmpty)
        }
    }

    private func withFeed(_ body: (EventFeed, EventLog, SQLiteDatabase) async throws -> Void) async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, GatewaySchema.all)
            let log = try await EventLog.load(database)
            let feed = EventFeed(log: log, logger: Logger(label: "test"), clock: ContinuousClock())
            let run = Task { await feed.run() }
            try await body(feed, log, database)
            run.cancel()
            await run.value
        }
    }

    private func record(
        _ count: Int, session: String, _ log: EventLog, _ database: SQLiteDatabase
    ) async throws {
        let first = log.latestCursor
        try await database.write { connection in
            try log.record(
                (0..<count).map {
                    GatewayEvent(
                        sessionID: session, name: .messageReceived, occurredAtMilliseconds: 1_782_372_060_000,
                        identity: "\(first) \($0)", data: JSONObject())
                }, on: connection)
        }
    }
}
