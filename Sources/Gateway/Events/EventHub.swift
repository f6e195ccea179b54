import Synchronization

/// Wakes whoever waits for the log to grow. Costs a lock and a comparison for an event nobody waits for.
final class EventHub: Sendable {
    private struct Waiter {
        let seq: Int64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var latest: Int64
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
    }

    private let state: Mutex<State>

    init(latest: Int64) { state = Mutex(State(latest: latest)) }

    /// The last place whose event is durable.
    var latest: Int64 { state.withLock(\.latest) }

    /// The log is durable up to here.
    func advance(to seq: Int64) {
        let woken = state.withLock { state -> [Waiter] in
            state.latest = max(state.latest, seq)
            guard !state.waiters.isEmpty else { return [] }
            let numbers = state.waiters.filter { $0.value.seq < state.latest }.map(\.key)
            return numbers.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Returns when something after `seq` is durable, or the task is cancelled.
    func wait(past seq: Int64) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state in
                    if state.latest > seq || Task.isCancelled { return true }
                    state.waiters[number] = Waiter(seq: seq, continuation: continuation)
                    return false
                }
                if passes { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }
}
