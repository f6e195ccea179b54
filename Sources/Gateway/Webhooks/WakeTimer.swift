import Synchronization

/// The one task that wakes somebody at a time: a new one ends the old one.
final class WakeTimer: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)

    func replace(with new: Task<Void, Never>?) {
        let old = task.withLock { task in
            defer { task = new }
            return task
        }
        old?.cancel()
    }
}
