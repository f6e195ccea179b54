import Dispatch

/// Holds a closure of the database on its own thread until a test lets it go.
final class ReleaseGate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }
}
