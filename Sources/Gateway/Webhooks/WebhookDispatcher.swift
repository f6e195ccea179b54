import Logging
import Storage

/// Delivers events to webhooks, at least once, for as long as the process lives.
///
/// Who acts: `EventLog.record` inserts delivery rows in the transaction that records the event and touches the inbox after
/// its commit. The one loop here looks up what is due, starts attempts as `DeliveryPlan` says, and writes down what came of
/// them, many results in one transaction. Attempts run beside it.
///
/// In what order: with `ordering: "chat"` an event becomes due when those before it in its chat are over, which the
/// transaction that ends them sees to; otherwise as fast as the endpoint takes them.
///
/// What is promised: an attempt under way when the process dies is not written down, so its row is due at the next start
/// and is sent again under the same ids. A row is settled once, after the endpoint's answer.
struct WebhookDispatcher: Sendable {
    let log: EventLog
    let sender: WebhookSender
    let database: any SQLDatabase
    let settings: WebhookSettings
    let clock: any Clock<Duration>
    let nowMilliseconds: @Sendable () -> Int64
    let logger: Logger
    /// Whether the process is stopping: nothing is started any more.
    let isDraining: @Sendable () -> Bool

    private var inbox: DeliveryInbox { log.deliveries }

    /// Runs until cancelled.
    func run() async {
        var plan = DeliveryPlan(settings)
        for webhook in log.webhooks.all { plan.touch(webhook.id, url: webhook.url) }
        await withDiscardingTaskGroup { group in
            inbox.poke()
            for await _ in inbox.signals {
                let wake = await turn(&plan, &group)
                guard let wake, !Task.isCancelled else { continue }
                let (inbox, clock) = (inbox, clock)
                timer.replace(
                    with: Task {
                        try? await clock.sleep(untilMilliseconds: wake, by: nowMilliseconds)
                        if !Task.isCancelled { inbox.poke() }
                    })
            }
            timer.replace(with: nil)
            group.cancelAll()
        }
        await settle(inbox.take().results)
    }

    private let timer = WakeTimer()

    /// Takes in what is new and starts what may start.
    ///
    /// - Returns: when to look again.
    private func turn(_ plan: inout DeliveryPlan, _ group: inout DiscardingTaskGroup) async -> Int64? {
        let news = inbox.take()
        await settle(news.results)
        for result in news.results { plan.ended(result) }
        inbox.wroteDown(news.results.count)
        for key in news.prepared { plan.prepared(key) }
        for id in news.touched { plan.touch(id, url: log.webhooks[id]?.url ?? "") }
        guard !isDraining() else { return nil }
        // One time for the whole turn: what becomes due meanwhile is found by the next.
        let now = nowMilliseconds()
        await look(&plan, atMilliseconds: now)
        for start in plan.starts(atMilliseconds: now) {
            switch start {
            case .send(let key, let due):
                inbox.began()
                group.addTask {
                    inbox.ended(await sender.attempt(key, deliveryID: due.deliveryID, attempts: due.attempts))
                }
            case .prepare(let key, let due):
                group.addTask { await prepare(key, due) }
            }
        }
        return plan.nextWake(atMilliseconds: now)
    }

    private func look(_ plan: inout DeliveryPlan, atMilliseconds now: Int64) async {
        let looks = plan.looks(atMilliseconds: now)
        guard !looks.isEmpty else { return }
        do {
            let found = try await database.read { connection in
                try looks.map { try DeliveryStore.due(of: $0.webhookID, limit: $0.limit, on: connection) }
            }
            for (look, due) in zip(looks, found) {
                plan.found(due, for: look.webhookID, limit: look.limit, atMilliseconds: now)
            }
        } catch {
            logger.warning("Deliveries could not be read", metadata: ["error": "\(error)"])
            await pause()
        }
    }

    /// Waits for a message's file, not for ever.
    private func prepare(_ key: DeliveryKey, _ due: DeliveryStore.Due) async {
        if let row = due.mediaRow, let sessionID = log.webhooks[key.webhookID]?.sessionID,
            let media = try? await sender.shelf.media(of: row, in: sessionID), !media.state.isSettled
        {
            _ = try? await sender.shelf.settledMedia(
                of: row, in: sessionID, waiting: settings.mediaWait, clock: clock)
        }
        inbox.prepared(key)
    }

    /// A database that fails is asked again in a moment.
    private func pause() async {
        try? await clock.sleep(for: .seconds(1))
        inbox.poke()
    }

    // MARK: - Writing down

    private func settle(_ results: [DeliveryResult]) async {
        guard !results.isEmpty else { return }
        while true {
            do {
                let settlement = DeliverySettlement(settings: settings, nowMilliseconds: nowMilliseconds())
                let changes = try await database.write { [log] connection in
                    try settlement.write(results, log, on: connection)
                }
                for change in changes { change.apply(to: log.webhooks) }
                return
            } catch StorageError.closed {
                return
            } catch {
                // What was delivered would be delivered again: nothing goes on before it is written down.
                logger.warning("Deliveries were not written down", metadata: ["error": "\(error)"])
                guard !Task.isCancelled else { return }
                try? await clock.sleep(for: .seconds(1))
            }
        }
    }
}
