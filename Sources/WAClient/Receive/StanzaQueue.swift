import Synchronization
import WABinary

/// The stanzas that wait for the stanza task, in the order they came; bounded.
///
/// The reader never waits. When many wait, `isFull` says so until few are left, and the connection leaves the network unread
/// meanwhile; what had been read already still has room. Past the limit `append` refuses and the connection is closed.
/// Nothing queued was acknowledged, so the server delivers it again.
final class StanzaQueue: Sendable {
    private struct State {
        var stanzas: [Node] = []
        var isFinished = false
        var isFull = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// Twenty times what the server sends in one offline batch, a few MB at most.
    static let highWater = 2_048
    static let lowWater = 512
    /// What a link has read before it heeds is at most a few frames of WebSocket; each may hold thousands of small stanzas.
    static let limit = 32_768
    private let state = Mutex(State())

    enum Appended { case taken, filled, refused }

    var isFull: Bool { state.withLock { $0.isFull } }

    /// `filled`: from now on `isFull`.
    func append(_ stanza: Node) -> Appended {
        let (appended, waiter) = state.withLock { state -> (Appended, CheckedContinuation<Void, Never>?) in
            guard !state.isFinished else { return (.taken, nil) }
            guard state.stanzas.count < Self.limit else { return (.refused, nil) }
            state.stanzas.append(stanza)
            let fills = !state.isFull && state.stanzas.count >= Self.highWater
            if fills { state.isFull = true }
            defer { state.waiter = nil }
            return (fills ? .filled : .taken, state.waiter)
        }
        waiter?.resume()
        return appended
    }

    /// Waits for stanzas and takes up to `limit` of them; nil once the queue is finished and empty, or the task cancelled.
    func next(limit: Int) async -> [Node]? {
        while !Task.isCancelled {
            let batch: [Node]? = state.withLock { state in
                guard !state.stanzas.isEmpty else { return state.isFinished ? [] : nil }
                let batch = Array(state.stanzas.prefix(limit))
                state.stanzas.removeFirst(batch.count)
                if state.stanzas.count <= Self.lowWater { state.isFull = false }
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
