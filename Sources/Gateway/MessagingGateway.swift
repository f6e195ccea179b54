import Logging
import ServiceLifecycle
import Storage
import WAClient

/// The product's rules behind one door: sessions, sends, stored messages, keys. `GatewayAPI` calls nothing else.
///
/// ```
/// send ─► SessionDirectory (memory) ─► OutboxStore: one transaction ─► OutboxLane ─► WhatsAppClient
///                                                                         ▲              │ recorder, in the client's
/// SendTicket ◄────────────────────────────────────────────────────────────┴── outcome ◄──┤ transaction
///                                              MessageStore, OutboxStore, SessionStore ◄─┘
/// ```
///
/// A send is answered when WhatsApp has it, or when the wait is over and it is durable; from then on it cannot be lost and
/// is not sent twice (see `OutboxLane`). It is a service: `run` keeps the sessions alive and ends them at shutdown.
package final class MessagingGateway: Service, Sendable {
    let configuration: GatewayConfiguration
    let environment: GatewayEnvironment
    let directory: SessionDirectory
    let supervisor: SessionSupervisor
    let outbox: OutboxStore
    /// Files of requests and of messages on their way.
    package let mediaSpool: MediaSpool
    let mediaLibrary: MediaLibrary
    /// Files of received messages.
    package let mediaShelf: MediaShelf
    let fetch: GuardedFetch
    let mediaTool: MediaTool?
    let flights = RequestFlights()
    let batches: BatchDesk
    let keyHash: APIKeyHash
    let keyring: APIKeyring
    /// Everything that happened, for webhooks, live channels and the pull API.
    package let events: EventLog
    let webhookSender: WebhookSender
    /// Whether messages can be searched.
    let canSearch: Bool
    /// Follows `events` for everybody who listens.
    package let feed: EventFeed

    /// Opens the gateway on a database: applies migrations, loads sessions and keys. The sessions that were running accept
    /// sends from here on; they connect once `run` does.
    package init(configuration: GatewayConfiguration, environment: GatewayEnvironment) async throws {
        let hash = APIKeyHash(pepper: configuration.apiKeyPepper)
        try await environment.database.migrate(ClientSchema.migrations + GatewaySchema.all)
        let (sessions, keys, sequence, waiting) = try await environment.database.read { connection in
            (
                try SessionStore.all(on: connection), try APIKeyStore.all(on: connection),
                try RowSequence.load(on: connection), try OutboxStore.counts(on: connection)
            )
        }
        canSearch = try await Self.prepareSearch(on: environment.database)
        self.configuration = configuration
        self.environment = environment
        events = try await EventLog.load(environment.database)
        feed = EventFeed(log: events, logger: environment.logger, clock: environment.clock)
        keyHash = hash
        keyring = APIKeyring(keys, hash: hash)
        outbox = OutboxStore(messages: MessageStore(sequence: sequence))
        mediaSpool = MediaSpool(
            directory: environment.mediaDirectory, maximumByteCount: configuration.maximumMediaByteCount)
        fetch = GuardedFetch(
            policy: DestinationPolicy(
                allowedHosts: configuration.allowedDestinations, resolver: environment.destinations,
                lookupTimeout: configuration.lookupTimeout, clock: environment.clock),
            additionalRoots: environment.destinationRoots, clock: environment.clock)
        mediaTool = environment.mediaTool
        try await mediaSpool.sweep(environment.database)
        directory = SessionDirectory()
        for row in sessions { directory.add(GatewaySession(row)) }
        batches = BatchDesk(limit: configuration.maximumBatches)
        mediaLibrary = MediaLibrary(spool: mediaSpool, tool: environment.mediaTool, environment: environment)
        mediaShelf = MediaShelf(
            database: environment.database, directory: environment.receivedMediaDirectory,
            limits: configuration.inboundMedia)
        webhookSender = WebhookSender(
            log: events, shelf: mediaShelf,
            post: GuardedPost(
                policy: DestinationPolicy(
                    allowedHosts: configuration.allowedDestinations,
                    allowsAll: !configuration.webhooks.protectsDestinations, resolver: environment.destinations,
                    lookupTimeout: configuration.lookupTimeout, clock: environment.clock),
                additionalRoots: environment.destinationRoots,
                connectionsPerHost: configuration.webhooks.concurrencyPerEndpoint, clock: environment.clock),
            settings: configuration.webhooks, clock: environment.clock,
            nowMilliseconds: environment.client.nowMilliseconds)
        supervisor = SessionSupervisor(
            directory: directory, outbox: outbox, events: events, library: mediaLibrary, shelf: mediaShelf,
            configuration: configuration, environment: environment)
        try await Self.tellEnds(of: sessions, in: events, environment)
        supervisor.prepareWantedSessions(waiting: waiting)
    }

    /// Sessions that were connected, or on their way, when the process ended are not any more (contract 6.4).
    private static func tellEnds(
        of sessions: [SessionStore.Row], in events: EventLog, _ environment: GatewayEnvironment
    ) async throws {
        let now = environment.nowMilliseconds
        let ends = sessions.filter { $0.toldStatus?.isOfProcess ?? false }.map { session in
            GatewayEvent.sessionStatus(.disconnected, of: session.id, atMilliseconds: now)
        }
        guard !ends.isEmpty else { return }
        try await environment.database.write { try events.record(ends, on: $0) }
    }

    /// Lives with the process; returns after a graceful shutdown, with nothing lost.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await self.environment.clock.sleep(for: self.configuration.usageFlushInterval)
                    await self.flushKeyUsage()
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    await self.pruneRequests()
                    await self.tidyMedia()
                    await self.pruneEvents()
                    await self.pruneMessages()
                    try? await self.environment.clock.sleep(for: .seconds(3_600))
                }
            }
            group.addTask { await self.runBatches() }
            group.addTask { await self.webhookDispatcher.run() }
            group.addTask { await self.expireMessages() }
            group.addTask { await self.feed.run() }
            if canSearch {
                group.addTask { await self.searchIndexer.run(clock: self.environment.clock) }
            }
            try await supervisor.run()
            await events.deliveries.waitUntilIdle(atMost: configuration.webhooks.drainTimeout, clock: environment.clock)
            group.cancelAll()
        }
    }

    /// Frees what ended sends and sessions have left; whatever fails is tried again in an hour.
    func tidyMedia() async {
        do {
            try await mediaLibrary.tidy()
            try await mediaShelf.tidy(nowMilliseconds: environment.nowMilliseconds)
        } catch {
            environment.logger.warning("Old files were not removed", metadata: ["error": "\(error)"])
        }
    }

    var webhookDispatcher: WebhookDispatcher {
        WebhookDispatcher(
            log: events, sender: webhookSender, database: environment.database, settings: configuration.webhooks,
            clock: environment.clock, nowMilliseconds: environment.client.nowMilliseconds, logger: environment.logger,
            isDraining: { [supervisor] in supervisor.isDraining })
    }

    /// Removes events past their retention.
    private func pruneEvents() async {
        do {
            let retention = Int64(configuration.eventRetention.components.seconds) * 1000
            try await events.prune(before: environment.nowMilliseconds - retention)
            try await pruneDeliveries()
        } catch {
            environment.logger.warning("Old events were not removed", metadata: ["error": "\(error)"])
        }
    }

    private func flushKeyUsage() async {
        do {
            try await keyring.flushUsage(to: environment.database)
        } catch {
            environment.logger.warning("The use of API keys was not written down", metadata: ["error": "\(error)"])
        }
    }

    /// What the health routes tell.
    package func health() async -> GatewayHealth {
        let answers = try? await environment.database.read { try $0.query("SELECT 1").count }
        let sessions = directory.all.map(\.lifecycle)
        return GatewayHealth(
            databaseIsUp: answers == 1, isDraining: supervisor.isDraining,
            readySessions: sessions.count { $0.status == .ready },
            activeSessions: sessions.count { $0.engine != .none })
    }
}

extension SQLDatabase {
    /// Opens the existential for `Migrator`.
    fileprivate func migrate(_ migrations: [Migration]) async throws {
        try await Migrator.migrate(self, migrations)
    }
}
