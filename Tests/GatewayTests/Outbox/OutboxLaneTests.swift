import Logging
import Storage
import TestSupport
import Testing
import WAClient

@testable import Gateway

@Suite("The lane of a session")
struct OutboxLaneTests {
    private func makeLane(
        _ stores: Stores, _ client: FakeClient, waiting: Int = 0, limit: Int = 100, window: Int = 16,
        database: (any SQLDatabase)? = nil
    ) -> OutboxLane {
        OutboxLane(
            sessionID: Stores.sessionID, waiting: waiting, limit: limit, window: window, store: stores.outbox,
            database: database ?? stores.database, clock: ContinuousClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, media: stores.mediaStage(),
            transmit: { client.submit($0, $1) })
    }

    /// Runs the lane while `body` does.
    private func running<R: Sendable>(_ lane: OutboxLane, _ body: () async throws -> R) async rethrows -> R {
        let task = Task { await lane.run() }
        defer {
            lane.giveUp()
            task.cancel()
        }
        return try await body()
    }

    @Test("An accepted entry reaches the client, and its caller hears the answer")
    func sends() async throws {
        try await withStores { stores in
            let client = FakeClient()
            let lane = makeLane(stores, client)
            try await running(lane) {
                let ticket = try #require(try lane.reserve("A"))
                lane.accepted(try await stores.accept(stores.entry("A")))
                try await client.waitUntilGiven(1)
                client.answer("A", .acknowledged(serverSeconds: 77))
                let outcome = await ticket.outcome(within: .seconds(60), clock: ContinuousClock())
                #expect(outcome == .acknowledged(serverSeconds: 77))
            }
        }
    }

    @Test("Who waits no longer changes nothing: the entry stays durable and is under way")
    func hangUpCancelsNothing() async throws {
        try await withStores { stores in
            let client = FakeClient()
            let lane = makeLane(stores, client)
            try await running(lane) {
                let ticket = try #require(try lane.reserve("A"))
                lane.accepted(try await stores.accept(stores.entry("A")))
                let caller = Task { await ticket.outcome(within: .seconds(60), clock: ContinuousClock()) }
                caller.cancel()
                #expect(await caller.value == nil)
                try await client.waitUntilGiven(1)
                #expect(try await stores.waitingIDs() == ["A"])
            }
        }
    }

    @Test("A ticket without an answer ends after its limit")
    func ticketEnds() async throws {
        let ticket = SendTicket()
        #expect(await ticket.outcome(within: .milliseconds(1), clock: ContinuousClock()) == nil)
    }

    @Test("A full lane refuses by name, and takes again after one was answered")
    func refusesWhenFull() async throws {
        try await withStores { stores in
            let client = FakeClient()
            let lane = makeLane(stores, client, waiting: 1, limit: 2)
            try await running(lane) {
                _ = try lane.reserve("A")
                #expect(throws: GatewayError.outboxFull(limit: 2)) { try lane.reserve("B") }
                lane.accepted(try await stores.accept(stores.entry("A")))
                try await client.waitUntilGiven(1)
                client.answer("A", .acknowledged(serverSeconds: 1))
                let ticket = try #require(try lane.reserve("B"))
                lane.release("B", ticket)
                _ = try lane.reserve("C")
                #expect(throws: GatewayError.outboxFull(limit: 2)) { try lane.reserve("D") }
            }
        }
    }

    @Test("A new lane takes up everything the old one left, in order and under the same ids")
    func resumes() async throws {
        try await withStores { stores in
            var ids: [String] = []
            for number in 0..<40 {
                ids.append("M\(number)")
                _ = try await stores.accept(stores.entry("M\(number)"))
            }
            let first = FakeClient()
            try await running(makeLane(stores, first, waiting: 40)) {
                try await first.waitUntilGiven(16)
                #expect(first.givenIDs == Array(ids.prefix(16)))
            }
            // Three were answered, and that was written down; one was answered, and the process died before.
            for id in ids.prefix(3) {
                try await stores.record(.sendSettled(messageID: id, .acknowledged(serverSeconds: 9)))
            }
            let second = FakeClient()
            try await running(makeLane(stores, second, waiting: 37, window: 64)) {
                try await second.waitUntilGiven(37)
                #expect(second.givenIDs == Array(ids.dropFirst(3)))
            }
        }
    }

    @Test("An interrupted send stays in the outbox")
    func keepsInterrupted() async throws {
        try await withStores { stores in
            let client = FakeClient()
            let lane = makeLane(stores, client)
            try await running(lane) {
                let ticket = try #require(try lane.reserve("A"))
                lane.accepted(try await stores.accept(stores.entry("A")))
                try await client.waitUntilGiven(1)
                client.answer("A", .interrupted)
                lane.giveUp()
                #expect(await ticket.outcome(within: .seconds(60), clock: ContinuousClock()) == nil)
            }
            #expect(try await stores.waitingIDs() == ["A"])
        }
    }

    @Test("A closed lane takes nothing new and waits for what the client has")
    func drains() async throws {
        try await withStores { stores in
            let client = FakeClient()
            let lane = makeLane(stores, client)
            try await running(lane) {
                _ = try lane.reserve("A")
                lane.accepted(try await stores.accept(stores.entry("A")))
                try await client.waitUntilGiven(1)
                lane.close()
                #expect(try lane.reserve("B") == nil)
                async let drained: Void = lane.drain(atMost: .seconds(60))
                client.answer("A", .acknowledged(serverSeconds: 1))
                await drained
            }
        }
    }

    @Test("A row that cannot be read is failed by name, and the others are sent")
    func unreadable() async throws {
        try await withStores { stores in
            for id in ["A", "B", "C"] { _ = try await stores.accept(stores.entry(id)) }
            try await stores.database.write { connection in
                try connection.execute(
                    "UPDATE gateway_outbox SET content = $1 WHERE message_id = $2", [.text(#"{"hologram":{}}"#), .text("B")])
            }
            let client = FakeClient()
            try await running(makeLane(stores, client, waiting: 3)) { try await client.waitUntilGiven(2) }
            #expect(client.givenIDs == ["A", "C"])
            #expect(try await stores.waitingIDs() == ["A", "C"])
            let statuses = try await stores.page().messages.map(\.status)
            #expect(statuses.filter { $0 == .failed }.count == 1)
        }
    }

    @Test("A database that cannot be read for a moment delays the lane and loses nothing")
    func survivesReadFaults() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("A"))
            let faulty = FaultyDatabase(stores.database)
            faulty.failRead()
            let client = FakeClient()
            try await running(makeLane(stores, client, waiting: 1, database: faulty)) {
                try await client.waitUntilGiven(1)
                #expect(client.givenIDs == ["A"])
            }
        }
    }
}
