import Logging
import ServiceLifecycle
import Storage
import Synchronization
import WABinary
import WAClient

/// Starts and ends sessions, and keeps their tasks: one child task of `run` for each started session.
///
/// A start is a row first (`desired = running`), then a client; a stop the other way round is no loss, since everything a
/// session accepted is in the database. At boot the sessions that were running and are linked start again: all accept at once,
/// and connect some at a time.
final class SessionSupervisor: Service, Sendable {
    private let directory: SessionDirectory
    private let outbox: OutboxStore
    private let events: EventLog
    private let library: MediaLibrary
    private let shelf: MediaShelf
    private let configuration: GatewayConfiguration
    private let environment: GatewayEnvironment
    private let engines: AsyncStream<(GatewaySession, SessionEngine)>
    private let newEngine: AsyncStream<(GatewaySession, SessionEngine)>.Continuation
    private let untold: AsyncStream<GatewaySession>
    private let newUntold: AsyncStream<GatewaySession>.Continuation
    private let draining = Mutex(false)
    /// Engines made for boot that have not had their turn to connect.
    private let prepared = Mutex<[(GatewaySession, SessionEngine)]>([])

    init(
        directory: SessionDirectory, outbox: OutboxStore, events: EventLog, library: MediaLibrary, shelf: MediaShelf,
        configuration: GatewayConfiguration, environment: GatewayEnvironment
    ) {
        self.events = events
        self.library = library
        self.shelf = shelf
        self.directory = directory
        self.outbox = outbox
        self.configuration = configuration
        self.environment = environment
        (engines, newEngine) = AsyncStream.makeStream()
        (untold, newUntold) = AsyncStream.makeStream()
    }

    var isDraining: Bool { draining.withLock { $0 } }

    // MARK: - Life of the process

    /// Runs sessions until the process is asked to stop; then gives what is under way a moment, and ends them all.
    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.startPreparedSessions() }
            group.addTask { await self.tellUntold() }
            group.addTask {
                try? await gracefulShutdown()
                await self.shutDown()
            }
            for await (session, engine) in engines {
                group.addTask { await self.live(session, engine) }
            }
            group.cancelAll()
        }
    }

    private func shutDown() async {
        draining.withLock { $0 = true }
        await withDiscardingTaskGroup { group in
            for session in directory.all {
                guard let engine = session.engine else { continue }
                group.addTask { await self.end(engine, of: session, drains: session.status == .ready) }
            }
        }
        newEngine.finish()
    }

    /// Makes engines for the sessions that are to run again, before anybody can ask for them.
    ///
    /// - Parameter waiting: How many outbox entries each session has.
    func prepareWantedSessions(waiting: [String: Int]) {
        guard configuration.startsSessionsAtBoot else { return }
        for session in directory.all where session.isWantedAtBoot {
            do {
                try session.start()
            } catch {
                preconditionFailure("no session runs before the supervisor does: \(error)")
            }
            let engine = makeEngine(session, waiting: waiting[session.id] ?? 0)
            session.attach(engine)
            prepared.withLock { $0.append((session, engine)) }
        }
    }

    private func startPreparedSessions() async {
        let prepared = prepared.withLock { prepared in
            defer { prepared = [] }
            return prepared
        }
        guard !prepared.isEmpty else { return }
        environment.logger.info("Starting the sessions that were running", metadata: ["sessions": "\(prepared.count)"])
        let now = environment.nowMilliseconds
        await withDiscardingTaskGroup { group in
            for (session, _) in prepared {
                group.addTask {
                    await self.tell([.sessionStatus(.initializing, of: session.id, atMilliseconds: now)], of: session)
                }
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for (index, (session, engine)) in prepared.enumerated() {
                if index >= configuration.concurrentStarts { await group.next() }
                group.addTask { await self.startAndWait(session, engine) }
            }
        }
    }

    /// Gives the session its turn to connect: until it has come to something, or others have waited long enough.
    private func startAndWait(_ session: GatewaySession, _ engine: SessionEngine) async {
        newEngine.yield((session, engine))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await session.waitUntil { $0 != .initializing } }
            group.addTask { try? await self.environment.clock.sleep(for: self.configuration.startPatience) }
            await group.next()
            group.cancelAll()
        }
    }

    private func live(_ session: GatewaySession, _ engine: SessionEngine) async {
        guard await engine.run(hear: { event in await self.heard(event, of: session) }) else { return }
        let status = session.lifecycle.restingStatus
        let now = environment.nowMilliseconds
        session.ended(engine, nowMilliseconds: now)
        do {
            try await environment.database.write { connection in
                try SessionStore.settle(session.id, isWanted: nil, status: status, nowMilliseconds: now, on: connection)
            }
        } catch {
            environment.logger.warning("A session's end was not written down", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - Start and stop

    /// - Throws: `GatewayError` when it runs already, too many run, or the process is stopping.
    func start(_ session: GatewaySession) async throws {
        guard !isDraining else { throw GatewayError.shuttingDown }
        if let engine = session.engine, session.lifecycle.engine == .stopping {
            _ = await engine.ended.wait(atMost: configuration.teardownTimeout, clock: environment.clock)
        }
        let limit = configuration.maximumSessions
        if limit > 0, directory.all.count(where: { $0.lifecycle.engine != .none }) >= limit, session.engine == nil {
            throw GatewayError.tooManySessions(limit: limit)
        }
        try session.start()
        let now = environment.nowMilliseconds
        let waiting: Int
        do {
            waiting = try await environment.database.write { [outbox, events] connection in
                try SessionStore.settle(
                    session.id, isWanted: true, status: .disconnected, nowMilliseconds: now, on: connection)
                try events.record(
                    [.sessionStatus(.initializing, of: session.id, atMilliseconds: now)], on: connection)
                return try outbox.count(of: session.id, on: connection)
            }
        } catch {
            session.ended(nil, nowMilliseconds: now)
            throw GatewayError.of(error)
        }
        guard session.lifecycle.engine == .running else {
            // A stop came in between: it has won, whichever of the two was written last.
            session.ended(nil, nowMilliseconds: now)
            return try await writeDownStop(of: session, from: .initializing)
        }
        session.wanted(nowMilliseconds: now)
        let engine = makeEngine(session, waiting: waiting)
        session.attach(engine)
        newEngine.yield((session, engine))
    }

    /// Brings the session down and remembers that it is to stay down. Does nothing more when it is down already.
    func stop(_ session: GatewaySession) async throws {
        let before = session.status
        let engine = session.stop(nowMilliseconds: environment.nowMilliseconds)
        try await writeDownStop(of: session, from: before)
        if let engine { await end(engine, of: session, drains: before == .ready) }
    }

    private func writeDownStop(of session: GatewaySession, from before: SessionStatus) async throws {
        let now = environment.nowMilliseconds
        do {
            try await environment.database.write { [events] connection in
                let (status, lifecycle) = (session.status, session.lifecycle)
                try SessionStore.settle(
                    session.id, isWanted: false, status: lifecycle.restingStatus, nowMilliseconds: now, on: connection)
                guard status != before else { return }
                try events.record([.sessionStatus(status, of: session.id, atMilliseconds: now)], on: connection)
            }
        } catch {
            throw GatewayError.of(error)
        }
    }

    /// Waits until the client is gone, or has had its time.
    func end(_ engine: SessionEngine, of session: GatewaySession, drains: Bool) async {
        await engine.stop(draining: drains ? configuration.drainTimeout : .zero)
        guard await engine.ended.wait(atMost: configuration.teardownTimeout, clock: environment.clock) else { return }
        session.ended(engine, nowMilliseconds: environment.nowMilliseconds)
    }

    private func makeEngine(_ session: GatewaySession, waiting: Int) -> SessionEngine {
        let recording = ClientRecording(
            session: session, outbox: outbox, events: events, storesEphemeral: configuration.storesEphemeralMessages,
            nowMilliseconds: environment.client.nowMilliseconds,
            media: InboundMediaRecording(limits: shelf.limits) { session.engine?.mediaLane.wake() })
        var clientConfiguration = configuration.client
        clientConfiguration.maximumReconnectAttempts = session.configuration.maximumReconnectAttempts
        if let base = session.configuration.reconnectBaseMilliseconds {
            clientConfiguration.reconnectUnit = .milliseconds(base)
        }
        let client = WhatsAppClient(
            account: session.id, database: environment.database, configuration: clientConfiguration,
            environment: environment.client,
            recorder: { connection, event in try recording.record(event, on: connection) })
        let media = MediaStage(
            sessionID: session.id, library: library, outbox: outbox, database: environment.database,
            clock: environment.clock, logger: environment.logger
        ) { file, kind in
            try await client.upload(
                MediaFile(path: file.path, byteCount: file.byteCount, sha256: file.sha256), kind: kind)
        }
        let lane = OutboxLane(
            sessionID: session.id, waiting: waiting, limit: configuration.outboxLimit, window: configuration.sendWindow,
            store: outbox, database: environment.database, clock: environment.clock, logger: environment.logger,
            media: media, transmit: { client.submit($0, outcome: $1) })
        let mediaLane = InboundMediaLane(
            sessionID: session.id,
            client: InboundMediaLane.Client(
                download: { try await client.download($0, kind: $1, to: $2, maximumByteCount: $3) },
                requestReupload: { try await client.requestReupload(of: $0, mediaKey: $1) },
                waitUntilConnected: { await session.waitUntil { $0 == .ready } }),
            shelf: shelf, environment: environment)
        return SessionEngine(client: client, lane: lane, mediaLane: mediaLane)
    }

    // MARK: - What clients say

    private func heard(_ event: ClientEvent, of session: GatewaySession) async {
        let now = environment.nowMilliseconds
        switch event {
        case .stateChanged(let state):
            await change(session, to: state, nowMilliseconds: now)
        case .paired(let account):
            session.linked(phone: account.phone.user, pushName: account.pushName, isOnline: false, nowMilliseconds: now)
        case .online(let account):
            session.linked(phone: account.phone.user, pushName: account.pushName, isOnline: true, nowMilliseconds: now)
            await writeDown(account, of: session, nowMilliseconds: now)
        case .loggedOut:
            session.unlinked(nowMilliseconds: now)
        case .call(let call) where call.kind == .offered && session.configuration.rejectsCalls:
            // One that cannot be declined rings on, which is what calls do.
            _ = try? await session.engine?.client.rejectCall(id: call.callID)
        case .received, .sendSettled, .receipt, .identityChanged, .sendProgress, .history, .contactChanged, .chatChanged,
            .messageChanged, .groupChanged, .presence, .call, .labelChanged, .rejected, .historyLost:
            break
        }
        // Events are wake-ups and may be dropped in a flood; the client's own word on its state is always the newest.
        if let client = session.engine?.client { await change(session, to: client.state, nowMilliseconds: now) }
    }

    private func change(_ session: GatewaySession, to state: ClientState, nowMilliseconds now: Int64) async {
        let change = session.heard(state, nowMilliseconds: now)
        if let (before, after) = change {
            environment.logger.info(
                "Session is \(after.rawValue)", metadata: ["session": "\(session.name)", "was": "\(before.rawValue)"])
        }
        let before = change?.before ?? session.status
        let news = session.news(of: state, before: before, nowMilliseconds: now, image: environment.qrImage)
        await tell(news, of: session)
    }

    /// Records what is not part of anybody's transaction, in order; what cannot be written down now is when it can.
    private func tell(_ news: [GatewayEvent], of session: GatewaySession) async {
        guard session.hasToTell(news) else { return }
        if await !writeDownNews(of: session) { newUntold.yield(session) }
    }

    /// - Returns: false when something is left.
    private func writeDownNews(of session: GatewaySession) async -> Bool {
        while true {
            let news = session.takeUntold()
            guard !news.isEmpty else { return true }
            do {
                try await environment.database.write { [events] in try events.record(news, on: $0) }
            } catch {
                session.putBack(news)
                environment.logger.warning(
                    "Events of a session were not written down; trying again",
                    metadata: ["session": "\(session.name)", "events": "\(news.count)", "error": "\(error)"])
                return false
            }
        }
    }

    /// Tries what could not be written down until it is.
    private func tellUntold() async {
        for await session in untold {
            repeat {
                do { try await environment.clock.sleep(for: .seconds(1)) } catch { return }
            } while await !writeDownNews(of: session)
        }
    }

    /// Only for show while the session is down later: whatever is lost here is learned again at the next login.
    private func writeDown(_ account: LinkedAccount, of session: GatewaySession, nowMilliseconds now: Int64) async {
        do {
            try await environment.database.write { connection in
                try SessionStore.link(
                    session.id, phone: account.phone.user, pushName: account.pushName, connectedAtMilliseconds: now,
                    nowMilliseconds: now, on: connection)
            }
        } catch {
            environment.logger.warning("A login was not written down", metadata: ["error": "\(error)"])
        }
    }
}
