import Logging
import Storage
import StrictJSON
import TestSupport
import Testing
import WAClient

@testable import Gateway

@Suite("What is told of sessions over failures and restarts")
struct SessionTellingTests {
    private func told(_ log: EventLog) async throws -> [String] {
        let names: Set<EventName> = [.sessionStatus, .sessionRestriction]
        return try await log.page(after: 0, limit: 1_000, filter: EventFilter(names: names)).records.map(\.data)
    }

    private func status(_ status: String, of id: String) -> String { #"{"sessionId":"\#(id)","status":"\#(status)"}"# }

    @Test("A session that was connected when the process ended is told disconnected at the next start, once")
    func killed() async throws {
        try await withDatabase { database in
            try await withLiveGateway(on: database) { live in
                try await database.write { [log = live.gateway.events, id = live.session.id] in
                    try log.record([.sessionStatus(.ready, of: id, atMilliseconds: 5)], on: $0)
                }
            }
            for _ in 0..<2 {
                try await withLiveGateway(on: database) { live in
                    let id = live.session.id
                    let told = try await told(live.gateway.events)
                    #expect(told == [status("ready", of: id), status("disconnected", of: id)])
                }
            }
        }
    }

    @Test("A failure that was told is how the session rests, and a ban that was told ends with the next login")
    func banned() async throws {
        try await withDatabase { database in
            try await withLiveGateway(on: database) { live in
                let ban = ClientState.failed(reason: ClientState.bannedReason + " (code 106)")
                let before = live.session.status
                _ = live.session.heard(ban, nowMilliseconds: 5)
                let news = live.session.news(of: ban, before: before, nowMilliseconds: 5, image: { $0 })
                try await database.write { [log = live.gateway.events] in try log.record(news, on: $0) }
            }
            let rows = try await database.read { try SessionStore.all(on: $0) }
            #expect(rows.map(\.status) == [.failed] && rows.map(\.isBanTold) == [true])
            let session = GatewaySession(rows[0])
            try session.start()
            _ = session.heard(.online, nowMilliseconds: 6)
            let news = session.news(of: .online, before: .initializing, nowMilliseconds: 6, image: { $0 })
            #expect(news.map(\.name) == [.sessionStatus, .sessionRestriction, .sessionAuthenticated])
            #expect(news[1].data["active"] == .boolean(false))
        }
    }

    @Test("News that cannot be written down are written, in order, once the database can")
    func retried() async throws {
        try await withDatabase { wrapped in
            try await Migrator.migrate(wrapped, ClientSchema.migrations + GatewaySchema.all)
            let row = SessionStore.Row(
                id: "0c3a4d6e-1d75-4f0f-8f3e-7a2d11aa90b1", name: "depot-1", status: .disconnected, isWanted: true,
                isLinked: true, phone: "6285500000001", createdAtMilliseconds: 1, updatedAtMilliseconds: 1)
            _ = try await wrapped.write { try SessionStore.insert(row, on: $0) }
            let database = FaultyDatabase(wrapped)
            let clock = ManualClock()
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let client = ClientEnvironment(
                openLink: { _, _ in throw ClientError.unreachable("no network in this test") }, clock: clock,
                nowMilliseconds: { clock.nowMilliseconds }, logger: logger)
            let gateway = try await MessagingGateway(
                configuration: GatewayConfiguration(),
                environment: GatewayEnvironment(database: database, client: client, logger: logger, mediaTool: nil))
            database.isFull = true
            let running = Task { try await gateway.run() }
            defer { running.cancel() }
            try await clock.waitForSleeper(for: .seconds(1))
            #expect(try await told(gateway.events).isEmpty)
            database.isFull = false
            while try await told(gateway.events).isEmpty {
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
            #expect(try await told(gateway.events).first == status("initializing", of: row.id))
        }
    }

    @Test("News keep their order while earlier ones are being written or could not be")
    func order() throws {
        let session = GatewaySession(
            SessionStore.Row(
                id: "s", name: "depot-1", status: .disconnected, isWanted: true, isLinked: true,
                createdAtMilliseconds: 1, updatedAtMilliseconds: 1))
        func news(_ status: SessionStatus) -> GatewayEvent { .sessionStatus(status, of: "s", atMilliseconds: 1) }
        #expect(!session.hasToTell([]))
        #expect(session.hasToTell([news(.initializing)]))
        let first = session.takeUntold()
        #expect(!session.hasToTell([news(.ready)]), "somebody is at it")
        session.putBack(first)
        #expect(session.takeUntold() == [news(.initializing), news(.ready)])
        #expect(session.takeUntold().isEmpty)
        #expect(session.hasToTell([news(.disconnected)]))
    }
}
