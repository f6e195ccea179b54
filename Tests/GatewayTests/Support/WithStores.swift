import Logging
import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

/// A database with the gateway's tables, one session, and the stores over it.
struct Stores: Sendable {
    static let sessionID = "0c3a4d6e-1d75-4f0f-8f3e-7a2d11aa90b1"

    let database: any SQLDatabase
    let messages: MessageStore
    let events: EventLog
    let session: GatewaySession

    var outbox: OutboxStore { OutboxStore(messages: messages) }

    /// Opens the stores on a database that may have been used before.
    init(on database: some SQLDatabase, linked: Bool = true) async throws {
        try await Migrator.migrate(database, ClientSchema.migrations + GatewaySchema.all)
        let row = SessionStore.Row(
            id: Self.sessionID, name: "my-session", status: .disconnected, isWanted: true, isLinked: linked,
            phone: linked ? "6285500000001" : nil, createdAtMilliseconds: 1_000, updatedAtMilliseconds: 1_000)
        let sequence = try await database.write { connection in
            _ = try SessionStore.insert(row, on: connection)
            return try RowSequence.load(on: connection)
        }
        self.database = database
        messages = MessageStore(sequence: sequence)
        events = try await EventLog.load(database)
        session = GatewaySession(row)
    }

    var recording: ClientRecording {
        ClientRecording(session: session, outbox: outbox, events: events, nowMilliseconds: { 1_782_372_060_000 })
    }

    func entry(_ id: String, to user: String = "6281234567890", text: String = "hello") -> OutboxEntry {
        OutboxEntry(
            sessionID: Self.sessionID, messageID: id, chat: ChatID(.phone, user), content: .text(OutgoingText(text)),
            acceptedAtMilliseconds: 1_782_372_000_000)
    }

    /// The lane's stage for files, in a folder of its own.
    func mediaStage(
        spool: MediaSpool = MediaSpool(directory: "/nonexistent", maximumByteCount: 1), clock: any Clock<Duration> = ContinuousClock(),
        upload: @escaping MediaLibrary.Upload = { _, _ in throw MediaUnavailable() }
    ) -> MediaStage {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = ClientEnvironment(
            openLink: { _, _ in throw ClientError.unreachable("this test has no WhatsApp") }, clock: clock,
            nowMilliseconds: { 1_782_372_060_000 }, logger: logger)
        let environment = GatewayEnvironment(database: database, client: client, logger: logger, mediaTool: nil)
        return MediaStage(
            sessionID: Self.sessionID, library: MediaLibrary(spool: spool, tool: nil, environment: environment),
            outbox: outbox, database: database, clock: clock, logger: logger, upload: upload)
    }

    func accept(_ entry: OutboxEntry) async throws -> OutboxEntry {
        try await database.write { [outbox] in try outbox.accept(entry, from: "6285500000001", on: $0) }
    }

    /// Records an event as the client would: in a transaction.
    func record(_ event: ClientEvent) async throws {
        try await database.write { [recording] in try recording.record(event, on: $0) }
    }

    func page(_ query: MessageQuery = MessageQuery(session: "my-session")) async throws -> MessagePage {
        try await database.read { [messages] connection in
            try messages.page(
                query, sessionID: Self.sessionID, chatForms: query.chatID.map { [$0] } ?? [],
                fromForms: query.from.map { [$0] } ?? [], on: connection)
        }
    }

    func waitingIDs() async throws -> [String] {
        try await database.read { [outbox] in
            try outbox.page(of: Self.sessionID, after: 0, limit: 1_000, on: $0).entries.map(\.messageID)
        }
    }

    static func text(
        _ text: String, id: String, from user: String = "6281234567890", isFromMe: Bool = false,
        seconds: Int64 = 1_782_372_000
    ) -> ClientEvent {
        .received(
            ReceivedMessage(
                chat: JID(user, .user), sender: isFromMe ? JID("6285500000001", .user) : JID(user, .user),
                isFromMe: isFromMe, id: id, timestampSeconds: seconds, pushName: "Budi",
                content: .text(TextContent(text)), isFromOfflineQueue: false))
    }
}

/// Lends stores on a fresh database.
func withStores<R>(linked: Bool = true, _ body: (Stores) async throws -> R) async throws -> R {
    try await withDatabase { database in try await body(Stores(on: database, linked: linked)) }
}

/// A client's side of a lane: it notes what it is given and answers when told to.
final class FakeClient: Sendable {
    private struct State: Sendable {
        var given: [OutgoingEnvelope] = []
        var answers: [String: @Sendable (String, SendOutcome) -> Void] = [:]
    }

    private let state = Watched(State())

    var givenIDs: [String] { state.withLock { $0.given.map(\.id) } }
    var given: [OutgoingEnvelope] { state.withLock { $0.given } }

    func content(of id: String) -> MessageContent? { state.withLock { $0.given.first { $0.id == id }?.content } }

    func submit(_ envelopes: [OutgoingEnvelope], _ settled: @escaping @Sendable (String, SendOutcome) -> Void) {
        state.withLock { state in
            state.given += envelopes
            for envelope in envelopes { state.answers[envelope.id] = settled }
        }
    }

    /// Waits until so many entries were given in all.
    func waitUntilGiven(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await state.wait(
            for: "\(count) sends; there were \(self.given.count)", sourceLocation: sourceLocation
        ) { $0.given.count >= count ? true : nil }
    }

    /// Waits for the same, or until something has happened after which nothing more will be given.
    func isGiven(_ count: Int, unless isOver: @escaping @Sendable () -> Bool) async throws -> Bool {
        try await askPatiently("\(count) sends") { self.given.count >= count || isOver() }
        return given.count >= count
    }

    func answer(_ id: String, _ outcome: SendOutcome) {
        state.withLock { $0.answers.removeValue(forKey: id) }?(id, outcome)
    }
}
