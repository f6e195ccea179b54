import Storage
import Synchronization
import WAClient

/// Everything a client recorded or announced, in order; tests wait on it instead of sleeping.
final class EventLog: Sendable {
    private struct State {
        var events: [ClientEvent] = []
        var waiters: [(look: ([ClientEvent]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func append(_ event: ClientEvent) {
        let ready = state.withLock { state in
            state.events.append(event)
            let events = state.events
            let ready = state.waiters.filter { $0.look(events) }
            state.waiters.removeAll { $0.look(events) }
            return ready.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Waits until `find` finds something among the events so far.
    func first<Found: Sendable>(_ find: @escaping @Sendable (ClientEvent) -> Found?) async -> Found {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isReady = state.withLock { state in
                if state.events.contains(where: { find($0) != nil }) { return true }
                state.waiters.append(({ $0.contains { find($0) != nil } }, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
        guard let found = all(find).first else { preconditionFailure("the log only grows") }
        return found
    }

    /// Waits until `find` finds something in so many events, those before included.
    func wait<Found: Sendable>(for count: Int, _ find: @escaping @Sendable (ClientEvent) -> Found?) async {
        func isEnough(_ events: [ClientEvent]) -> Bool { events.lazy.filter { find($0) != nil }.prefix(count).count == count }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isReady = state.withLock { state in
                if isEnough(state.events) { return true }
                state.waiters.append((isEnough, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    func all<Found: Sendable>(_ find: @Sendable (ClientEvent) -> Found?) -> [Found] { state.withLock { $0.events.compactMap(find) } }

    var received: [ReceivedMessage] { all { if case .received(let message) = $0 { message } else { nil } } }
}
