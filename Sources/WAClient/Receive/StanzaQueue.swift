import Synchronization
import WABinary

/// The stanzas that wait for the stanza task, in the order they came; bounded.
///
/// The reader never waits: past the limit `append` answers false and the connection is closed. Nothing queued was
/// acknowledged, so the server delivers it again.
final class StanzaQueue: Sendable {
    private struct State {
        var stanzas: [Node] = []
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// 4,096 stanzas: forty times what the server sends in one offline batch, a few MB at most.
    static let limit = 4096
    private let state = Mutex(State())

    func append(_ stanza: Node) -> Bool {
        let (accepted, waiter) = state.withLock { state in
            guard state.stanzas.count < Self.limit, !state.isFinished else {
                return (state.isFinished, CheckedContinuation<Void, Never>?.none)
            }
            state.stanzas.append(stanza)
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume()
        return accepted
    }

    /// Waits for stanzas and takes up to `limit` of them; nil once the queue is finished and empty, or the task cancelled.
    func next(limit: Int) async -> [Node]? {
        while !Task.isCancelled {
            let batch: [Node]? = state.withLock { state in
                guard !state.stanzas.isEmpty else { return state.isFinished ? [] : nil }
                let batch = Array(state.stanzas.prefix(limit))
                state.stanzas.removeFirst(batch.count)
                return batch
            }
            if let batch { return batch.isEmpty ? nil : batch }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let resumesNow = state.withLock { state in
                        if !state.stanzas.isEmpty || state.isFinished || Task.isCancelled { return true }
                        state.waiter = continuation
                        return false
                    }
                    if resumesNow { continuation.resume() }
                }
            } onCancel: {
                wake()
            }
        }
        return nil
    }

    /// No more stanzas come; those queued are still handed out.
    func finish() {
        state.withLock { $0.isFinished = true }
        wake()
    }

    private func wake() {
        state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }?.resume()
    }
}
