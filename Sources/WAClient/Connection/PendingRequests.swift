import Synchronization
import WABinary

/// The iqs that wait for their reply, by stanza id.
///
/// Resumed from the reader without waiting; `failAll` ends every wait when the connection is gone.
final class PendingRequests: Sendable {
    private struct State {
        var waiting: [String: CheckedContinuation<Node, any Error>] = [:]
        var failure: (any Error)?
    }

    private let state = Mutex(State())

    /// Waits for the reply with this id; `send` runs once the wait is registered, so no reply can come too early.
    func reply(to id: String, send: () -> Void) async throws -> Node {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let failure: (any Error)? = state.withLock { state in
                    if let failure = state.failure { return failure }
                    state.waiting[id] = continuation
                    return nil
                }
                if let failure {
                    continuation.resume(throwing: failure)
                } else if Task.isCancelled {
                    fail(id, with: CancellationError())
                } else {
                    send()
                }
            }
        } onCancel: {
            fail(id, with: CancellationError())
        }
    }

    /// Hands a reply over; false when nobody waits for it.
    func resume(_ id: String, with node: Node) -> Bool {
        guard let continuation = state.withLock({ $0.waiting.removeValue(forKey: id) }) else { return false }
        continuation.resume(returning: node)
        return true
    }

    func fail(_ id: String, with error: any Error) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: error)
    }

    /// Ends every wait, and every later one at once.
    func failAll(with error: any Error) {
        let waiting = state.withLock { state in
            state.failure = error
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(throwing: error) }
    }
}
