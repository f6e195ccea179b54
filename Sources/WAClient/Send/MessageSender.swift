import Logging
import SignalProtocol
import Storage
import Synchronization
import WABinary
import WACrypto
import WAProtocol

/// Sends messages: encrypts, keeps the finished stanza until the server's ack, and sends the same bytes again when in doubt.
///
/// One task per connection runs `run(on:)`. It takes whatever waits, up to 16 sends, and in one transaction steps the
/// ratchets and stores the stanzas; only then they leave. It does not wait for acks: those come through `acknowledged`
/// from the reader, are written down in groups by `recordSettled`, and then the callers hear of them.
/// A crash at any point repeats at most the sending of stored bytes, which the server drops by their id.
final class MessageSender: Sendable {
    private typealias Outcome = @Sendable (String, SendOutcome) -> Void

    private struct Settled: Sendable {
        let id: String
        let outcome: SendOutcome
        /// The server's participant hash where it knows other devices of the recipient than we do.
        let differingHash: String?
        let callers: [Outcome]
    }

    private struct State {
        var queue = SendQueue()
        /// Whom to tell: an id that is submitted again while it is under way has several callers.
        var outcomes: [String: [Outcome]] = [:]
        var settled: [Settled] = []
        var gaps = RecipientGaps()
        var isClosed = false
    }

    /// Sends prepared in one transaction: bounds how long others wait for the writer, and lets the first ones leave while
    /// the next are encrypted.
    private static let batchLimit = 16
    private static let planningThreshold = 4
    /// While other sends are on their way, acks are gathered for so long, so that one commit serves many.
    private static let gatheringTime = Duration.milliseconds(2)
    /// An ack this late is asked for again by sending the stored stanza once more.
    static let ackDeadlineMilliseconds: Int64 = 15_000

    private let account: String
    private let database: any SQLDatabase
    private let environment: ClientEnvironment
    private let recorder: ClientRecorder
    private let directory: GroupDirectory
    private let news: NewsWatch
    private let tokenDesk: PrivacyTokenDesk
    private let state = Mutex(State())
    private let work = WakeUp()
    private let acks = WakeUp()

    init(
        account: String, database: any SQLDatabase, environment: ClientEnvironment, directory: GroupDirectory, news: NewsWatch,
        tokenDesk: PrivacyTokenDesk, recorder: @escaping ClientRecorder
    ) {
        self.account = account
        self.database = database
        self.environment = environment
        self.directory = directory
        self.news = news
        self.tokenDesk = tokenDesk
        self.recorder = recorder
    }

    // MARK: - For callers

    /// Queues sends in this order; `outcome` is called once for each, from any thread.
    func submit(_ envelopes: [OutgoingEnvelope], outcome: @escaping @Sendable (String, SendOutcome) -> Void) {
        let isClosed = state.withLock { state in
            guard !state.isClosed else { return true }
            for envelope in envelopes { state.outcomes[envelope.id, default: []].append(outcome) }
            state.queue.submit(envelopes)
            return false
        }
        if isClosed {
            for envelope in envelopes { outcome(envelope.id, .interrupted) }
        } else {
            work.raise()
        }
    }

    /// The client ends: every send without an outcome is interrupted.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.outcomes = [:] }
            return state.outcomes
        }
        for (id, outcomes) in left { for outcome in outcomes { outcome(id, .interrupted) } }
    }

    /// A new run of the client begins.
    func reopen() { state.withLock { $0.isClosed = false } }

    // MARK: - From the connection

    /// The server's ack of a message, from the reader.
    func acknowledged(_ ack: MessageAck) {
        let outcome: SendOutcome =
            ack.error.map { .refused(.server(code: $0)) } ?? .acknowledged(serverSeconds: ack.timestampSeconds)
        settle(ack.id, outcome, serverHash: ack.participantHash)
    }

    /// A person's devices or keys are others now: what the server had no answer for is asked again. `forms` as stored.
    func forgetGaps(of forms: Set<String>) { state.withLock { $0.gaps.forget(forms) } }

    private func settle(_ id: String, _ outcome: SendOutcome, serverHash: String? = nil) {
        let isOurs = state.withLock { state in
            guard let flight = state.queue.settle(id) else { return false }
            state.settled.append(
                Settled(
                    id: id, outcome: outcome, differingHash: serverHash.flatMap { $0 == flight.participantHash ? nil : $0 },
                    callers: state.outcomes.removeValue(forKey: id) ?? []))
            return true
        }
        if isOurs { acks.raise() }
    }

    // MARK: - The tasks of one connection

    /// Sends until cancelled.
    func run(on connection: Connection, as credentials: DeviceCredentials) async throws {
        state.withLock { state in
            state.queue.connectionLost()
            state.gaps = RecipientGaps()
        }
        directory.doubtList()
        let account = account
        try await database.write { try SenderKeyStore(account: account).unsettlePartial(on: $0) }
        work.raise()
        let preparation = SendPreparation(
            account: account, credentials: credentials, recorder: recorder, tokenDesk: tokenDesk)
        try await withThrowingDiscardingTaskGroup { group in
            while !Task.isCancelled {
                await work.wait()
                while true {
                    let (entries, gaps) = state.withLock { ($0.queue.take(limit: Self.batchLimit), $0.gaps) }
                    if entries.isEmpty { break }
                    let now = environment.nowMilliseconds()
                    let batch = SendPreparation.Batch(
                        entries.map(\.envelope), by: preparation.credentials, gaps: gaps, nowMilliseconds: now)
                    let prepared: [SendPreparation.Prepared]
                    do {
                        prepared = try await prepare(batch, with: preparation)
                    } catch {
                        state.withLock { $0.queue.putBack(entries) }
                        throw error
                    }
                    let held = dispatch(zip(entries, prepared), on: connection, nowMilliseconds: now)
                    state.withLock { $0.queue.hold(held.map(\.entry)) }
                    // People together in few requests; every group by itself, since one may take long.
                    for held in Dictionary(grouping: held, by: \.needs.group).values {
                        group.addTask { await self.resolve(held, with: preparation, on: connection) }
                    }
                }
            }
        }
    }

    private func prepare(
        _ batch: SendPreparation.Batch, with preparation: SendPreparation
    ) async throws -> [SendPreparation.Prepared] {
        // For a few sends the way to a reader costs more than it takes off the writer.
        guard batch.sends.count >= Self.planningThreshold else {
            return try await database.write { try preparation.prepare(batch, on: $0) }
        }
        let plan = try await database.read { try preparation.plan(batch, on: $0) }
        if let outcomes = plan.readyOutcomes { return outcomes }
        do {
            return try await database.write { try preparation.commit(plan, on: $0) }
        } catch is SendPreparation.Overtaken {
            return try await database.write { try preparation.prepare(batch, on: $0) }
        }
    }

    private typealias Held = (entry: SendQueue.Entry, needs: SendPreparation.Needs)

    /// Sends what is ready, settles what is already answered, and returns what must first be asked for.
    private func dispatch(
        _ prepared: some Sequence<(SendQueue.Entry, SendPreparation.Prepared)>, on connection: Connection,
        nowMilliseconds: Int64
    ) -> [Held] {
        var held: [Held] = []
        for (entry, result) in prepared {
            switch result {
            case .stanza(let bytes, let participantHash):
                state.withLock {
                    $0.queue.sent(entry.envelope.id, participantHash: participantHash, nowMilliseconds: nowMilliseconds)
                }
                connection.send(encoded: bytes)
            case .settled(let outcome):
                settle(entry.envelope.id, outcome)
            case .unreachable(let destination):
                // Not for the life of the connection: the next send asks again.
                forgetGaps(of: [destination.description])
                settle(entry.envelope.id, .refused(.noKeys))
            case .needs(let needs):
                held.append((entry, needs))
            }
        }
        return held
    }

    /// Writes settled sends down, group by group, until cancelled; what is left goes into a last group.
    func recordSettled() async throws {
        while !Task.isCancelled {
            await acks.wait()
            if state.withLock({ !$0.queue.isNothingInFlight }) { try? await environment.clock.sleep(for: Self.gatheringTime) }
            try await writeSettled()
        }
    }

    func writeSettled() async throws {
        let group = state.withLock { state in
            defer { state.settled = [] }
            return state.settled
        }
        guard !group.isEmpty else { return }
        let (account, recorder, news) = (account, recorder, news)
        do {
            try await database.write { sql in
                let sent = SentMessageStore(account: account)
                for settled in group {
                    if let hash = settled.differingHash, let message = try sent.message(settled.id, on: sql) {
                        if message.recipient.isGroup {
                            news.heardOfEverything()
                            try GroupStore(account: account).doubt(message.recipient, serverHash: hash, on: sql)
                        } else {
                            let person = try AddressMapStore(account: account).person(of: message.recipient, on: sql)
                            news.heard(of: person)
                            try DeviceListStore(account: account).drop(person, on: sql)
                        }
                    }
                    if case .refused = settled.outcome, let message = try sent.message(settled.id, on: sql),
                        message.recipient.isGroup, message.stanza != nil
                    {
                        // Nobody got the keys that left with it, and who is in the group may be other than we thought.
                        try SenderKeyStore(account: account).rotate(message.recipient, on: sql)
                        news.heard(of: message.recipient.description)
                        try GroupStore(account: account).doubtMembers(of: message.recipient, on: sql)
                    }
                    try sent.settle(settled.id, settled.outcome, on: sql)
                    try recorder(sql, .sendSettled(messageID: settled.id, settled.outcome))
                }
            }
        } catch {
            state.withLock { $0.settled = group + $0.settled }
            throw error
        }
        for settled in group { for caller in settled.callers { caller(settled.id, settled.outcome) } }
    }

    /// Stanzas whose ack is late go out again; answers whether there were any.
    func resendOverdue() {
        let before = environment.nowMilliseconds() - Self.ackDeadlineMilliseconds
        if state.withLock({ $0.queue.resendOverdue(sentBeforeMilliseconds: before) }) > 0 { work.raise() }
    }

    // MARK: - Asking for devices and keys

    /// Asks for what these sends lack, in as few requests as possible, then lets them be prepared again.
    private func resolve(_ held: [Held], with preparation: SendPreparation, on connection: Connection) async {
        let resolver = RecipientResolver(
            preparation: preparation, database: database, environment: environment, connection: connection, news: news,
            recorder: recorder)
        do {
            let result: RecipientResolver.Result
            if let chat = held.first?.needs.group {
                result = try await resolve(group: chat, with: resolver)
            } else {
                result = try await resolver.resolve(held.map(\.needs))
            }
            state.withLock { $0.gaps.formUnion(result.gaps) }
            for (entry, _) in held {
                guard let refusal = result.refusals[entry.envelope.recipient.foldingHosted.account] else { continue }
                settle(entry.envelope.id, .refused(refusal))
            }
        } catch let error as IQError {
            environment.logger.warning("the server refused to name devices or keys", metadata: ["code": "\(error.code)"])
            for (entry, _) in held { settle(entry.envelope.id, .refused(.server(code: error.code))) }
        } catch {
            // The connection is gone or the store failed: everything waits for the next connection.
            environment.logger.debug("resolving recipients ended", metadata: ["error": "\(error)"])
            connection.close(error)
        }
        state.withLock { $0.queue.release(held.map(\.entry)) }
        work.raise()
    }

    private func resolve(group chat: JID, with resolver: RecipientResolver) async throws -> RecipientResolver.Result {
        var result = RecipientResolver.Result(gaps: state.withLock { $0.gaps })
        guard let linked = resolver.preparation.credentials.linked else { return result }
        let groups = GroupResolver(
            fanout: resolver.preparation.fanout, directory: directory, recipients: resolver, linked: linked)
        do {
            try await groups.resolve(chat, gaps: &result.gaps)
        } catch let error as IQError where SendRefusal.isNoMember(error) {
            result.refusals[chat] = .notAGroupMember
        }
        return result
    }
}
