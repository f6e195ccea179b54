import Logging
import Storage
import TestSupport
import Testing
import WAClient

@testable import Gateway

/// A gateway whose one session is online as far as it knows: what it sends ends at a `FakeClient`, time is a test's own.
struct LiveGateway: Sendable {
    static let session = "depot-1"
    static let ownNumber = "6285500000001"

    let gateway: MessagingGateway
    let client: FakeClient
    let clock: ManualClock
    let session: GatewaySession

    /// WhatsApp has a message: written down as the client does, then told.
    func acknowledge(_ id: String, seconds: Int64 = 1_782_372_111) async throws {
        try await record(.sendSettled(messageID: id, .acknowledged(serverSeconds: seconds)))
        client.answer(id, .acknowledged(serverSeconds: seconds))
    }

    func refuse(_ id: String, _ refusal: SendRefusal) async throws {
        try await record(.sendSettled(messageID: id, .refused(refusal)))
        client.answer(id, .refused(refusal))
    }

    func record(_ event: ClientEvent) async throws {
        let recording = ClientRecording(
            session: session, outbox: gateway.outbox, events: gateway.events, nowMilliseconds: { [clock] in clock.nowMilliseconds })
        try await gateway.environment.database.write { try recording.record(event, on: $0) }
    }

    /// The messages of the session, oldest first.
    func messages() async throws -> [MessageRecord] {
        try await gateway.messages(MessageQuery(session: Self.session, limit: 100)).messages.reversed()
    }
}

/// Lends a live gateway on a database that may have been used before; when `body` is over, it is gone as if killed.
func withLiveGateway<R: Sendable>(
    on durable: any SQLDatabase, clock: ManualClock = ManualClock(), client: FakeClient = FakeClient(),
    destinations: DestinationResolver = DestinationResolver(), _ change: (inout GatewayConfiguration) -> Void = { _ in },
    _ body: (LiveGateway) async throws -> R
) async throws -> R {
    var configuration = GatewayConfiguration()
    configuration.startsSessionsAtBoot = false
    let database = MortalDatabase(durable)
    change(&configuration)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let environment = ClientEnvironment(
        openLink: { _, _ in throw ClientError.unreachable("no network in this test") }, clock: clock,
        nowMilliseconds: { clock.nowMilliseconds }, logger: logger)
    try await prepareSession(on: database)
    let gateway = try await MessagingGateway(
        configuration: configuration,
        environment: GatewayEnvironment(
            database: database, client: environment, logger: logger, destinations: destinations, mediaTool: nil))
    guard let session = gateway.directory[LiveGateway.session] else { preconditionFailure("it was just made") }
    let waiting = try await database.read { [outbox = gateway.outbox] in try outbox.count(of: session.id, on: $0) }
    let library = MediaLibrary(spool: gateway.mediaSpool, tool: nil, environment: gateway.environment)
    let media = MediaStage(
        sessionID: session.id, library: library, outbox: gateway.outbox, database: database, clock: clock,
        logger: logger, upload: { _, _ in throw MediaUnavailable() })
    let lane = OutboxLane(
        sessionID: session.id, waiting: waiting, limit: 1_000, window: 256, store: gateway.outbox, database: database,
        clock: clock, logger: logger, media: media, transmit: { client.submit($0, $1) })
    let whatsApp = WhatsAppClient(
        account: session.id, database: database, configuration: ClientConfiguration(), environment: environment,
        recorder: { _, _ in })
    try session.start()
    let mediaLane = InboundMediaLane(
        sessionID: session.id,
        client: InboundMediaLane.Client(
            download: { _, _, _, _ in throw ClientError.notConnected },
            requestReupload: { _, _ in throw ClientError.notConnected }, waitUntilConnected: {}),
        shelf: gateway.mediaShelf, environment: gateway.environment)
    session.attach(SessionEngine(client: whatsApp, lane: lane, mediaLane: mediaLane))
    _ = session.heard(.online, nowMilliseconds: clock.nowMilliseconds)
    let tasks = [
        Task { await lane.run() }, Task { await gateway.runBatches() }, Task { await gateway.webhookDispatcher.run() },
    ]
    let outcome: Result<R, any Error>
    do {
        outcome = .success(
            try await body(LiveGateway(gateway: gateway, client: client, clock: clock, session: session)))
    } catch {
        outcome = .failure(error)
    }
    // What is killed writes nothing down on its way out, and nothing of it is left when the next one starts.
    database.die()
    for task in tasks { task.cancel() }
    lane.giveUp()
    try await patiently("the tasks of a killed gateway") { for task in tasks { await task.value } }
    return try outcome.get()
}

/// The same on a fresh database.
func withLiveGateway<R: Sendable>(
    _ change: (inout GatewayConfiguration) -> Void = { _ in }, _ body: (LiveGateway) async throws -> R
) async throws -> R {
    try await withDatabase { database in try await withLiveGateway(on: database, change, body) }
}

/// A linked session, unless it is there.
private func prepareSession(on database: any SQLDatabase) async throws {
    func migrate(_ database: some SQLDatabase) async throws {
        try await Migrator.migrate(database, ClientSchema.migrations + GatewaySchema.all)
    }
    try await migrate(database)
    let row = SessionStore.Row(
        id: "0c3a4d6e-1d75-4f0f-8f3e-7a2d11aa90b1", name: LiveGateway.session, status: .disconnected, isWanted: true,
        isLinked: true, phone: LiveGateway.ownNumber, createdAtMilliseconds: 1, updatedAtMilliseconds: 1)
    _ = try await database.write { try SessionStore.insert(row, on: $0) }
}
