import Logging
import Storage
import Synchronization
import WAClient

/// The one way out of a session: takes durable entries in order and keeps the client supplied.
///
/// Who acts: `send` reserves a place and a ticket, commits the entry, and hands it over with `accepted`. `run` gives the client
/// what is next, as much as the window allows. The client sends in that order, holds back only conversations whose keys are
/// missing, and calls `settled` for each entry when WhatsApp has answered. It writes the answer down at once and, in the same
/// transaction, the outbox row goes (`ClientRecording`). So an entry is in the database until its fate is, and a crash at any
/// moment only repeats bytes the client has stored, which WhatsApp drops by their id.
///
/// Nothing here polls: `run` sleeps until an entry is accepted or settled.
final class OutboxLane: Sendable {
    /// Gives entries to the client, in order, and has it tell `settled` of each one later: `WhatsAppClient.submit`.
    typealias Transmit =
        @Sendable ([OutgoingEnvelope], _ settled: @escaping @Sendable (String, SendOutcome) -> Void) -> Void

    private struct State {
        var queue: LaneQueue
        var tickets: [String: [SendTicket]] = [:]
        /// Entries accepted, being accepted, or found at the start, and not settled.
        var count = 0
        var isClosed = false
    }

    private let sessionID: String
    private let limit: Int
    private let store: OutboxStore
    private let database: any SQLDatabase
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// Where entries with files wait for their upload.
    private let media: MediaStage
    private let transmit: Transmit
    private let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let drained = Latch()

    /// - Parameter count: How many entries of the session the database holds.
    init(
        sessionID: String, waiting count: Int, limit: Int, window: Int, store: OutboxStore, database: any SQLDatabase,
        clock: any Clock<Duration>, logger: Logger, media: MediaStage, transmit: @escaping Transmit
    ) {
        self.media = media
        self.sessionID = sessionID
        self.limit = limit
        self.store = store
        self.database = database
        self.clock = clock
        self.logger = logger
        self.transmit = transmit
        state = Mutex(State(queue: LaneQueue(window: window, memoryLimit: max(512, window * 2)), count: count))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        wake.yield()
    }

    // MARK: - Accepting

    /// Reserves a place for an entry about to be committed.
    ///
    /// - Returns: nil once the lane is closed.
    /// - Throws: `GatewayError.outboxFull`.
    func reserve(_ messageID: String) throws(GatewayError) -> SendTicket? {
        let ticket = SendTicket()
        let (isClosed, isFull) = state.withLock { state in
            guard !state.isClosed, state.count < limit else { return (state.isClosed, true) }
            state.count += 1
            state.tickets[messageID, default: []].append(ticket)
            return (false, false)
        }
        if isClosed { return nil }
        if isFull { throw .outboxFull(limit: limit) }
        return ticket
    }

    /// The entry was not committed.
    func release(_ messageID: String, _ ticket: SendTicket) {
        state.withLock { $0.count -= 1 }
        forget(messageID, ticket)
    }

    /// The entry is durable.
    func accepted(_ entry: OutboxEntry) {
        state.withLock { $0.queue.accepted(entry) }
        wake.yield()
    }

    /// Joins those who wait for the answer to an entry accepted before; to be called before its row is looked at.
    ///
    /// - Returns: nil once the lane is closed.
    func watch(_ messageID: String) -> SendTicket? {
        let ticket = SendTicket()
        return state.withLock { state in
            guard !state.isClosed else { return nil }
            state.tickets[messageID, default: []].append(ticket)
            return ticket
        }
    }

    /// Nobody waits with this ticket any more.
    func forget(_ messageID: String, _ ticket: SendTicket) {
        state.withLock { state in
            state.tickets[messageID]?.removeAll { $0 === ticket }
            if state.tickets[messageID]?.isEmpty == true { state.tickets[messageID] = nil }
        }
    }

    // MARK: - Sending

    /// Works until cancelled or closed.
    func run() async {
        for await _ in wakes {
            while !Task.isCancelled, await advance() {}
        }
    }

    /// Takes no new entries and hands no more to the client; what it has may still be answered.
    func close() {
        media.close()
        let isDrained = state.withLock { state in
            state.isClosed = true
            state.queue.dropHeld()
            return state.queue.inFlight.isEmpty
        }
        wake.finish()
        if isDrained { drained.open() }
    }

    /// Waits until the client has answered everything it was given, after `close`.
    func drain(atMost limit: Duration) async {
        _ = await drained.wait(atMost: limit, clock: clock)
    }

    /// The client is gone: those who still wait learn that there is no answer yet.
    func giveUp() {
        close()
        let tickets = state.withLock { state in
            defer { state.tickets = [:] }
            return state.tickets.values.flatMap(\.self)
        }
        for ticket in tickets { ticket.close(with: nil) }
    }

    /// - Returns: whether there may be more to do at once.
    private func advance() async -> Bool {
        let step = state.withLock { state in state.isClosed ? .wait : state.queue.next() }
        switch step {
        case .wait:
            return false
        case .send(let entries):
            media.admit(entries) { [weak self] passed in self?.take(passed) }
        case .load(let sequence, let limit):
            await load(after: sequence, limit: limit)
        }
        return true
    }

    /// What the media stage lets pass, in each chat's order.
    private func take(_ passed: MediaStage.Outcome) {
        switch passed {
        case .held(let messageIDs):
            state.withLock { state in
                state.queue.hold(messageIDs)
                if state.isClosed { state.queue.dropHeld() }
            }
        case .ready(let entries):
            let anyWasHeld = state.withLock { $0.queue.transmitted(entries.map { $0.0.messageID }) }
            if anyWasHeld { wake.yield() }
            let envelopes = entries.map { entry, content in
                OutgoingEnvelope(id: entry.messageID, recipient: entry.chat.jid, content: content)
            }
            transmit(envelopes) { [weak self] messageID, outcome in self?.settled(messageID, outcome) }
        case .failed(let entry, let refusal):
            settled(entry.messageID, .refused(refusal))
        }
    }

    /// The client's answer. An interrupted entry stays as it is: the next start takes it from the database.
    private func settled(_ messageID: String, _ outcome: SendOutcome) {
        if case .interrupted = outcome { return }
        media.settled(messageID)
        let (tickets, isDrained) = state.withLock { state in
            if state.queue.settled(messageID) { state.count -= 1 }
            return (state.tickets.removeValue(forKey: messageID), state.isClosed && state.queue.inFlight.isEmpty)
        }
        for ticket in tickets ?? [] { ticket.close(with: outcome) }
        if isDrained { drained.open() }
        wake.yield()
    }

    /// What cannot be read will not be sent; the page is read again without it.
    private func fail(unreadable messageIDs: [String]) async throws {
        logger.error("Rows of the outbox cannot be read", metadata: ["count": "\(messageIDs.count)"])
        try await database.write { [store, sessionID] connection in
            for id in messageIDs {
                try store.fail(id, in: sessionID, code: SendRefusal.unreadableCode, on: connection)
            }
        }
        let tickets = state.withLock { state in
            state.count -= messageIDs.count
            return messageIDs.flatMap { state.tickets.removeValue(forKey: $0) ?? [] }
        }
        for ticket in tickets { ticket.close(with: nil) }
    }

    private func load(after sequence: Int64, limit: Int) async {
        while !Task.isCancelled {
            do {
                let page = try await database.read { [store, sessionID] connection in
                    try store.page(of: sessionID, after: sequence, limit: limit, on: connection)
                }
                if page.unreadable.isEmpty { return state.withLock { $0.queue.loaded(page.entries, limit: limit) } }
                try await fail(unreadable: page.unreadable)
            } catch {
                logger.error("The outbox cannot be read; trying again", metadata: ["error": "\(error)"])
                try? await clock.sleep(for: .seconds(1))
            }
        }
    }
}
