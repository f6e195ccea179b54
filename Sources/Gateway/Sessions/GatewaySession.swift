import Synchronization
import WAClient

/// One session of this process, running or not: what is known of it, in memory, so that a request costs no SQL.
final class GatewaySession: Sendable {
    private struct State {
        var row: SessionStore.Row
        var lifecycle: SessionLifecycle
        var engine: SessionEngine?
        var configuration: SessionConfiguration
        var news: SessionNews
        /// Events that are not written down yet, in order.
        var untold: [GatewayEvent] = []
        var isTelling = false
        var activityWrittenAtMilliseconds: Int64 = 0
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
    }

    private struct Waiter {
        let condition: @Sendable (SessionStatus) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    let id: String
    let name: String
    let refusedChats = RefusedChats()
    private let state: Mutex<State>

    init(_ row: SessionStore.Row) {
        id = row.id
        name = row.name
        state = Mutex(
            State(
                row: row, lifecycle: SessionLifecycle(restingAs: row.status, isLinked: row.isLinked),
                configuration: SessionConfiguration(stored: row.configurationJSON),
                news: SessionNews(isBanTold: row.isBanTold)))
    }

    // MARK: - Reading

    var record: SessionRecord {
        state.withLock { state in
            SessionRecord(
                id: id, name: name, status: state.lifecycle.status, phone: state.row.phone,
                pushName: state.row.pushName,
                connectedAtMilliseconds: state.row.connectedAtMilliseconds,
                lastActiveMilliseconds: state.row.lastActiveMilliseconds,
                createdAtMilliseconds: state.row.createdAtMilliseconds,
                updatedAtMilliseconds: state.row.updatedAtMilliseconds, lastError: state.lifecycle.lastError,
                engineLoaded: state.lifecycle.engine != .none)
        }
    }

    var status: SessionStatus { state.withLock { $0.lifecycle.status } }
    var lifecycle: SessionLifecycle { state.withLock { $0.lifecycle } }
    var engine: SessionEngine? { state.withLock { $0.engine } }
    /// The account's bare number, or `me` while it is not known.
    var sender: String { state.withLock { $0.row.phone ?? "me" } }
    var phone: String? { state.withLock { $0.row.phone } }
    var configuration: SessionConfiguration { state.withLock { $0.configuration } }
    /// Whether boot is to start it: it was running, it needs no scan, and nobody has to see to it first.
    var isWantedAtBoot: Bool {
        state.withLock { $0.row.isWanted && $0.row.isLinked && $0.lifecycle.status != .failed }
    }

    // MARK: - Changing

    func configure(_ json: String, nowMilliseconds: Int64) {
        state.withLock { state in
            state.row.configurationJSON = json
            state.configuration = SessionConfiguration(stored: json)
            state.row.updatedAtMilliseconds = nowMilliseconds
        }
    }

    /// Takes the session from rest to `initializing`; one caller succeeds.
    func start() throws(GatewayError) {
        let refusal: GatewayError? = state.withLock { state in
            do throws(GatewayError) {
                try state.lifecycle.start()
                state.news.started()
                return nil
            } catch {
                return error
            }
        }
        if let refusal { throw refusal }
        wakeWaiters()
    }

    func attach(_ engine: SessionEngine) { state.withLock { $0.engine = engine } }

    /// - Returns: the engine to be stopped, or nil when there is none.
    func stop(nowMilliseconds: Int64) -> SessionEngine? {
        let engine = state.withLock { state in
            state.row.isWanted = false
            state.row.updatedAtMilliseconds = nowMilliseconds
            return state.lifecycle.stop() ? state.engine : nil
        }
        wakeWaiters()
        return engine
    }

    /// The engine is gone; nil: the start could not be carried out. An engine that was replaced meanwhile counts no more.
    func ended(_ engine: SessionEngine?, nowMilliseconds: Int64) {
        state.withLock { state in
            guard state.engine === engine else { return }
            state.lifecycle.ended()
            state.engine = nil
            state.row.updatedAtMilliseconds = nowMilliseconds
        }
        wakeWaiters()
    }

    func wanted(nowMilliseconds: Int64) {
        state.withLock { state in
            state.row.isWanted = true
            state.row.updatedAtMilliseconds = nowMilliseconds
        }
    }

    /// - Returns: the status before and after, when it changed.
    func heard(
        _ clientState: ClientState, nowMilliseconds: Int64
    ) -> (before: SessionStatus, after: SessionStatus)? {
        let (before, after) = state.withLock { state in
            let before = state.lifecycle.status
            state.lifecycle.heard(clientState)
            if !state.lifecycle.isLinked {
                (state.row.isLinked, state.row.phone, state.row.pushName) = (false, nil, nil)
            }
            if state.lifecycle.status != before { state.row.updatedAtMilliseconds = nowMilliseconds }
            return (before, state.lifecycle.status)
        }
        guard before != after else { return nil }
        wakeWaiters()
        return (before, after)
    }

    /// What is to be told of the client's state, once; `before` is the status before it was heard.
    func news(
        of clientState: ClientState, before: SessionStatus, nowMilliseconds: Int64, image: (String) -> String?
    ) -> [GatewayEvent] {
        state.withLock { state in
            guard state.lifecycle.engine == .running else { return [] }
            let occasion = SessionNews.Occasion(
                sessionID: id, state: clientState, before: before, after: state.lifecycle.status,
                phone: state.row.phone, pushName: state.row.pushName, nowMilliseconds: nowMilliseconds)
            return state.news.events(on: occasion, image: image)
        }
    }

    // MARK: - News on their way into the log

    /// Takes news in, to be written down after those before.
    ///
    /// - Returns: whether the caller is to write: there is something, and nobody else is at it. Whoever is goes on until
    ///   `takeUntold` gives nothing.
    func hasToTell(_ news: [GatewayEvent]) -> Bool {
        state.withLock { state in
            state.untold += news
            // Old codes are of no use to anybody, and they are large.
            if state.untold.count > Self.maximumUntold { state.untold.removeAll { $0.name == .sessionQR } }
            guard !state.untold.isEmpty, !state.isTelling else { return false }
            state.isTelling = true
            return true
        }
    }

    func takeUntold() -> [GatewayEvent] {
        state.withLock { state in
            if state.untold.isEmpty { state.isTelling = false }
            defer { state.untold = [] }
            return state.untold
        }
    }

    /// They could not be written down.
    func putBack(_ untold: [GatewayEvent]) { state.withLock { $0.untold = untold + $0.untold } }

    private static let maximumUntold = 64

    /// The API ends the login: that its end comes is no news.
    func expectEnd() { state.withLock { $0.news.expectsEnd = true } }

    func linked(phone: String?, pushName: String?, isOnline: Bool, nowMilliseconds: Int64) {
        state.withLock { state in
            state.lifecycle.linked()
            state.row.isLinked = true
            state.row.phone = phone ?? state.row.phone
            state.row.pushName = pushName ?? state.row.pushName
            state.row.lastActiveMilliseconds = nowMilliseconds
            state.row.updatedAtMilliseconds = nowMilliseconds
            if isOnline { state.row.connectedAtMilliseconds = nowMilliseconds }
        }
    }

    func unlinked(nowMilliseconds: Int64) {
        state.withLock { state in
            state.lifecycle.unlinked()
            (state.row.isLinked, state.row.isWanted, state.row.phone, state.row.pushName) = (false, false, nil, nil)
            state.row.updatedAtMilliseconds = nowMilliseconds
        }
    }

    /// The session sent or received something.
    ///
    /// - Returns: whether that should be written down: once a minute is enough.
    func isActive(nowMilliseconds: Int64) -> Bool {
        state.withLock { state in
            state.row.lastActiveMilliseconds = nowMilliseconds
            guard nowMilliseconds - state.activityWrittenAtMilliseconds >= 60_000 else { return false }
            state.activityWrittenAtMilliseconds = nowMilliseconds
            return true
        }
    }

    // MARK: - Waiting

    /// Waits until the status fulfils `condition` or the task is cancelled.
    func waitUntil(_ condition: @escaping @Sendable (SessionStatus) -> Bool) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state in
                    if condition(state.lifecycle.status) || Task.isCancelled { return true }
                    state.waiters[number] = Waiter(condition: condition, continuation: continuation)
                    return false
                }
                if passes { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }

    private func wakeWaiters() {
        let woken = state.withLock { state in
            guard !state.waiters.isEmpty else { return [Waiter]() }
            let status = state.lifecycle.status
            let numbers = state.waiters.filter { $0.value.condition(status) }.map(\.key)
            return numbers.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in woken { waiter.continuation.resume() }
    }
}
