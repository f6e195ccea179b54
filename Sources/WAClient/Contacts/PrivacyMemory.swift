import Synchronization

/// Who may see what of the account, as the server last told; nothing until it was asked.
final class PrivacyMemory: Sendable {
    private struct State {
        var known: [String: String]?
        /// What changed on this connection: an answer may have left the server before, and be read after.
        var changes: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// Values by the name of what they are about.
    var settings: [String: String]? { state.withLock { $0.known } }

    /// Changes of before are in every answer from now on.
    func beginConnection() { state.withLock { $0.changes = [:] } }

    /// The server's answer.
    func take(_ settings: [String: String]) {
        state.withLock { state in state.known = settings.merging(state.changes) { $1 } }
    }

    /// Another device of ours changed some. What was never asked for stays to be asked for.
    func take(changes: [String: String]) {
        state.withLock { state in
            state.changes.merge(changes) { $1 }
            state.known?.merge(changes) { $1 }
        }
    }

    /// The server gave no answer: nothing is hidden, as far as is known, until it tells.
    func takeSilence() { state.withLock { state in if state.known == nil { state.known = state.changes } } }
}
