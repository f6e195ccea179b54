import Logging
import Storage
import TestSupport
import Testing
import WAClient

@testable import Gateway

@Suite("The gateway without a network")
struct MessagingGatewayTests {
    /// A gateway whose clients never reach a server, running while `body` does.
    @discardableResult
    private func withOfflineGateway<R: Sendable>(
        on database: SQLiteDatabase, _ change: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: (MessagingGateway) async throws -> R
    ) async throws -> R {
        var configuration = GatewayConfiguration()
        configuration.sendAckTimeoutMilliseconds = 1
        configuration.drainTimeout = .milliseconds(1)
        change(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let environment = ClientEnvironment(
            openLink: { _, _ in throw ClientError.unreachable("no network in this test") }, logger: logger)
        let gateway = try await MessagingGateway(
            configuration: configuration,
            environment: GatewayEnvironment(database: database, client: environment, logger: logger))
        let running = Task { try await gateway.run() }
        defer { running.cancel() }
        let result = try await body(gateway)
        running.cancel()
        try await running.value
        return result
    }

    /// Makes a session that looks as if a phone had scanned its code in an earlier life.
    private func addLinkedSession(
        _ name: String, to database: any SQLDatabase, isWanted: Bool = false, status: SessionStatus = .disconnected
    ) async throws {
        let row = SessionStore.Row(
            id: makeUUID(), name: name, status: status, isWanted: isWanted, isLinked: true,
            phone: "6285500000001",
            createdAtMilliseconds: 1, updatedAtMilliseconds: 1)
        _ = try await database.write { try SessionStore.insert(row, on: $0) }
    }

    /// A database with the gateway's tables.
    private func withMigratedDatabase<R>(_ body: (SQLiteDatabase) async throws -> R) async throws -> R {
        try await withDatabase { database in
            try await Migrator.migrate(database, ClientSchema.migrations + GatewaySchema.all)
            return try await body(database)
        }
    }

    private let hello = SendRequest(chatID: "6281234567890@c.us", content: .text(OutgoingText("Hello from OpenWA!")))

    @Test("A session is found by id and by name, listed newest first, and its name is taken")
    func managesSessions() async throws {
        try await withDatabase { database in
            try await withOfflineGateway(on: database) { gateway in
                let first = try await gateway.createSession(
                    name: "depot-1", configurationJSON: #"{"autoRejectCalls":true}"#)
                let second = try await gateway.createSession(name: "depot-2")
                #expect(first.status == .created)
                #expect(try gateway.session("depot-1") == first)
                #expect(try gateway.session(first.id) == first)
                #expect(gateway.sessionID("depot-2") == second.id)
                #expect(Set(gateway.sessions().map(\.name)) == ["depot-1", "depot-2"])
                #expect(gateway.sessions(limit: 1, offset: 1).count == 1)
                #expect(throws: GatewayError.sessionNotFound("depot-3")) { try gateway.session("depot-3") }
                await #expect(throws: GatewayError.sessionNameTaken("depot-1")) {
                    _ = try await gateway.createSession(name: "depot-1")
                }
                await #expect(throws: GatewayError.invalidSessionName("a b c")) {
                    _ = try await gateway.createSession(name: "a b c")
                }
            }
        }
    }

    @Test("Sends to sessions that are unknown, never started or stopped are refused with the seed's words")
    func refusesInactive() async throws {
        try await withMigratedDatabase { database in
            try await addLinkedSession("linked", to: database)
            try await withOfflineGateway(on: database) { gateway in
                _ = try await gateway.createSession(name: "fresh")
                _ = try await gateway.startSession("linked")
                _ = try await gateway.stopSession("linked")
                for name in ["nobody", "fresh", "linked"] {
                    await #expect(throws: GatewayError.sessionNotActive(name)) {
                        _ = try await gateway.send(hello, session: name)
                    }
                }
                #expect(
                    GatewayError.sessionNotActive("nobody").message
                        == "Session 'nobody' is not active. Start the session first.")
                _ = try await gateway.startSession("fresh")
                await #expect(throws: GatewayError.sessionNotConnected) {
                    _ = try await gateway.send(hello, session: "fresh")
                }
            }
        }
    }

    @Test("A linked session accepts while it is offline, and the message outlives the gateway")
    func acceptsOffline() async throws {
        try await withMigratedDatabase { database in
            try await addLinkedSession("depot-1", to: database)
            let result = try await withOfflineGateway(on: database) { gateway in
                _ = try await gateway.startSession("depot-1")
                return try await gateway.send(hello, session: "depot-1")
            }
            #expect(!result.acknowledged)
            #expect(result.messageID.hasPrefix("true_6281234567890@c.us_3EB0"))

            try await withOfflineGateway(on: database) { gateway in
                let page = try await gateway.messages(MessageQuery(session: "depot-1"))
                #expect(page.messages.map(\.waMessageID) == [result.messageID])
                #expect(page.messages.map(\.status) == [.pending])
                let id = try #require(gateway.sessionID("depot-1"))
                let waiting = try await database.read { [outbox = gateway.outbox] in
                    try outbox.page(of: id, after: 0, limit: 10, on: $0).entries
                }
                #expect(waiting.map(\.content) == [hello.content])
                #expect(gateway.directory["depot-1"]?.engine != nil, "it was running, so it runs again")
            }
        }
    }

    @Test("At boot the sessions that were running run again; stopped and failed ones stay down")
    func startsAtBoot() async throws {
        try await withMigratedDatabase { database in
            try await addLinkedSession("running", to: database, isWanted: true)
            try await addLinkedSession("stopped", to: database)
            try await addLinkedSession("failed", to: database, isWanted: true, status: .failed)
            try await withOfflineGateway(on: database) { gateway in
                #expect(try gateway.session("running").engineLoaded)
                #expect(try !gateway.session("stopped").engineLoaded)
                #expect(try !gateway.session("failed").engineLoaded)
                #expect(try gateway.session("failed").status == .failed)
                _ = try await gateway.stopSession("running")
            }
            try await withOfflineGateway(on: database) { gateway in
                #expect(gateway.directory.all.filter(\.isWantedAtBoot).isEmpty)
            }
        }
    }

    @Test("A recipient that is no address is refused before anything is kept")
    func refusesGarbage() async throws {
        try await withMigratedDatabase { database in
            try await addLinkedSession("depot-1", to: database)
            try await withOfflineGateway(on: database) { gateway in
                _ = try await gateway.startSession("depot-1")
                let garbage = SendRequest(chatID: "hello", content: hello.content)
                await #expect(throws: GatewayError.invalidChatID(field: "chatId", given: "hello")) {
                    _ = try await gateway.send(garbage, session: "depot-1")
                }
                for chat in ["120363021234567890@newsletter", "120363021234567890@broadcast"] {
                    let request = SendRequest(chatID: chat, content: hello.content)
                    await #expect(throws: GatewayError.unsupportedRecipient(chatID: chat)) {
                        _ = try await gateway.send(request, session: "depot-1")
                    }
                }
                let page = try await gateway.messages(MessageQuery(session: "depot-1"))
                #expect(page.total == 0)
            }
        }
    }

    @Test("A session's queue has an end")
    func queueIsBounded() async throws {
        try await withMigratedDatabase { database in
            try await addLinkedSession("depot-1", to: database)
            try await withOfflineGateway(on: database, { $0.outboxLimit = 2 }) { gateway in
                _ = try await gateway.startSession("depot-1")
                for _ in 0..<2 { _ = try await gateway.send(hello, session: "depot-1", waiting: .none) }
                await #expect(throws: GatewayError.outboxFull(limit: 2)) {
                    _ = try await gateway.send(hello, session: "depot-1", waiting: .none)
                }
            }
            // Also when the entries were there before.
            try await withOfflineGateway(on: database, { $0.outboxLimit = 2 }) { gateway in
                await #expect(throws: GatewayError.outboxFull(limit: 2)) {
                    _ = try await gateway.send(hello, session: "depot-1", waiting: .none)
                }
            }
        }
    }

    @Test("Deleting removes everything of the session and nothing of others")
    func deletes() async throws {
        try await withMigratedDatabase { database in
            for name in ["gone", "kept"] { try await addLinkedSession(name, to: database) }
            try await withOfflineGateway(on: database) { gateway in
                for name in ["gone", "kept"] {
                    _ = try await gateway.startSession(name)
                    _ = try await gateway.send(hello, session: name, waiting: .none)
                }
                try await gateway.deleteSession("gone")
                #expect(throws: GatewayError.sessionNotFound("gone")) { try gateway.session("gone") }
                let counts = try await database.read { connection in
                    try ["gateway_sessions", "gateway_messages", "gateway_outbox"].map { table in
                        try connection.query("SELECT COUNT(*) AS n FROM \(table)")[0].integer("n")
                    }
                }
                #expect(counts == [1, 1, 1])
                let again = try await gateway.createSession(name: "gone")
                #expect(again.phone == nil)
            }
        }
    }

    @Test("A full disk refuses the send by name and keeps nothing")
    func refusesWhenDiskIsFull() async throws {
        #expect(GatewayError.of(StorageError.diskFull) as? GatewayError == .storageFull)
        #expect(GatewayError.of(StorageError.closed) as? GatewayError == .shuttingDown)
        #expect(GatewayError.of(StorageError.busy) as? StorageError == .busy)
    }

    @Test("Routes that need a started session say so")
    func needsStart() async throws {
        try await withDatabase { database in
            try await withOfflineGateway(on: database, { $0.maximumSessions = 1 }) { gateway in
                for name in ["one", "two"] + ["three"] { _ = try await gateway.createSession(name: name + "-x") }
                #expect(throws: GatewayError.qrNeedsStart) { try gateway.qr(of: "one-x") }
                #expect(throws: GatewayError.sessionNotFound("nobody")) { try gateway.qr(of: "nobody") }
                await #expect(throws: GatewayError.sessionNotStarted) {
                    _ = try await gateway.checkContact("6281234567890", session: "one-x")
                }
                await #expect(throws: GatewayError.sessionNotStarted) { _ = try await gateway.logoutSession("one-x") }
                _ = try await gateway.startSession("one-x")
                #expect(throws: GatewayError.qrNotReady) { try gateway.qr(of: "one-x") }
                await #expect(throws: GatewayError.tooManySessions(limit: 1)) {
                    _ = try await gateway.startSession("two-x")
                }
                await #expect(throws: GatewayError.sessionNotConnected) {
                    _ = try await gateway.checkContact("6281234567890", session: "one-x")
                }
            }
        }
    }

    @Test("An unknown session has no messages")
    func unknownSessionIsEmpty() async throws {
        try await withDatabase { database in
            try await withOfflineGateway(on: database) { gateway in
                let page = try await gateway.messages(MessageQuery(session: "nobody"))
                #expect(page == MessagePage(messages: [], total: 0))
                let health = await gateway.health()
                #expect(
                    health == GatewayHealth(databaseIsUp: true, isDraining: false, readySessions: 0, activeSessions: 0))
            }
        }
    }
}
