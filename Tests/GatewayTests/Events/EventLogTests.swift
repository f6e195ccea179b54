import Storage
import StrictJSON
import Synchronization
import Testing
import TestSupport

@testable import Gateway

@Suite("The event log")
struct EventLogTests {
    @Test("reads events back in the order they were recorded, with ids that stay")
    func order() async throws {
        try await withLog { log, database in
            try await record(["a", "b"], log, database)
            try await record(["c"], log, database)

            let page = try await log.page(after: 0, limit: 10)
            #expect(page.records.map(\.identity) == ["a", "b", "c"])
            #expect(page.records.map(\.data) == [#"{"text":"a"}"#, #"{"text":"b"}"#, #"{"text":"c"}"#])
            #expect(!page.hasMore)
            #expect(page.cursor == log.latestCursor)
            #expect(Set(page.records.map(\.id)).count == 3)
            #expect(page.records.allSatisfy { $0.id.hasPrefix("evt_") && $0.id.utf8.count == 40 })
            let again = try await log.event(page.records[1].seq)
            #expect(again == page.records[1])

            let rest = try await log.page(after: page.records[0].seq, limit: 1)
            #expect(rest.records.map(\.identity) == ["b"])
            #expect(rest.hasMore)
        }
    }

    @Test("gives nothing away of a transaction that was undone")
    func undone() async throws {
        struct Refused: Error {}
        try await withLog { log, database in
            await #expect(throws: Refused.self) {
                try await database.write { connection in
                    try log.record([event("lost")], on: connection)
                    throw Refused()
                }
            }
            #expect(log.latestCursor == 0)
            try await record(["kept"], log, database)
            #expect(try await log.page(after: 0, limit: 10).records.map(\.identity) == ["kept"])
        }
    }

    @Test("wakes who waits when an event is durable, and who gave up")
    func waking() async throws {
        try await withLog { log, database in
            async let waiting: Void = log.wait(past: 0)
            try await record(["a"], log, database)
            await waiting
            await log.wait(past: 0)

            let cancelled = Task { await log.wait(past: log.latestCursor) }
            cancelled.cancel()
            await cancelled.value
        }
    }

    @Test("reads on past events that are filtered out, and knows what * does not cover")
    func filter() async throws {
        try await withLog { log, database in
            try await database.write { connection in
                let many = (0..<450).map { event("ack \($0)", .messageAck, session: "other") }
                try log.record(many + [event("receipt", .messageReceipt), event("mine")], on: connection)
            }
            let mine = try await log.page(after: 0, limit: 10, filter: EventFilter(sessions: ["s"]))
            #expect(mine.records.map(\.identity) == ["mine"])
            #expect(mine.cursor == log.latestCursor)
            let receipts = try await log.page(after: 0, limit: 10, filter: EventFilter(names: [.messageReceipt]))
            #expect(receipts.records.map(\.identity) == ["receipt"])
        }
    }

    @Test("forgets old events, tells cursors before them apart, and never gives a place twice, restarted or not")
    func retention() async throws {
        try await withLog { log, database in
            try await record(["old 1", "old 2"], log, database, at: 1_000)
            try await record(["new"], log, database, at: 5_000)
            let (first, latest) = (try await log.page(after: 0, limit: 1).cursor, log.latestCursor)

            try await log.prune(before: 5_000)
            #expect(try await log.page(after: 0, limit: 10).records.map(\.identity) == ["new"])
            #expect(log.isExpired(first - 1))
            #expect(log.isExpired(latest + 1))
            #expect(!log.isExpired(first + 1))

            try await log.prune(before: 9_000)
            let restarted = try await EventLog.load(database)
            #expect(restarted.latestCursor == latest)
            #expect(restarted.isExpired(first))
            #expect(!restarted.isExpired(latest))
            try await record(["newest"], restarted, database)
            #expect(restarted.latestCursor > latest)
        }
    }

    @Test("forgets a session that is gone, and nobody else's events")
    func forgetting() async throws {
        try await withLog { log, database in
            try await record(["a"], log, database)
            try await database.write { try log.record([event("b", session: "other"), event("c")], on: $0) }
            let latest = log.latestCursor
            try await log.forget(sessionID: "s")
            #expect(try await log.page(after: 0, limit: 10).records.map(\.identity) == ["b"])
            try await log.forget(sessionID: "other")
            #expect(try await EventLog.load(database).latestCursor == latest)
        }
    }

    private func withLog(_ body: (EventLog, SQLiteDatabase) async throws -> Void) async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, GatewaySchema.all)
            try await body(try await EventLog.load(database), database)
        }
    }

    private func record(
        _ names: [String], _ log: EventLog, _ database: SQLiteDatabase, at milliseconds: Int64 = 1_782_372_060_000
    ) async throws {
        try await database.write { connection in
            try log.record(names.map { event($0, at: milliseconds) }, on: connection)
        }
    }
}

private func event(
    _ identity: String, _ name: EventName = .messageReceived, session: String = "s",
    at milliseconds: Int64 = 1_782_372_060_000
) -> GatewayEvent {
    GatewayEvent(
        sessionID: session, name: name, occurredAtMilliseconds: milliseconds, identity: identity,
        data: JSONObject([JSONObject.Member(name: "text", value: .string(identity))]))
}
