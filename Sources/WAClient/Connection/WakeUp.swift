import Synchronization

/// Wakes the one task that waits; raised while nobody waits, it is remembered once.
final class WakeUp: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func raise() {
        state.withLock { state in
            state.isRaised = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }?.resume()
    }

    /// Returns at once when raised before, else upon the next `raise` or the task's cancellation.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumed = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return continuation
                    }
                    defer { state.waiter = continuation }
                    assert(state.waiter == nil, "one task waits")
                    return state.waiter
                }
                resumed?.resume()
            }
        } onCancel: {
            raise()
        }
    }
}
