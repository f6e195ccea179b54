import Synchronization
import WABinary
import WAClient

/// What a session remembers to tell changes only: last presences, calls that ring, chats that WhatsApp refused.
///
/// It lives with the session in memory and is bounded; forgetting costs an event that says again what was said.
final class EventMemory: Sendable {
    private struct State {
        var presences: [String: PresenceUpdate.State] = [:]
        /// Who calls, by the call's id.
        var ringing: [String: JID] = [:]
        var refusedChats: Set<String> = []
        var isRestricted = false
    }

    private let state = Mutex(State())
    private static let maximumCount = 5_000

    /// Whether this person's state is news in this chat.
    func isNews(_ update: PresenceUpdate) -> Bool {
        let key = "\(update.chat.account) \(update.person.account)"
        return state.withLock { state in
            if state.presences[key] == update.state { return false }
            if state.presences.count >= Self.maximumCount { state.presences = [:] }
            state.presences[key] = update.state
            return true
        }
    }

    /// Whether a call is to be told: it rings for the first time, or an outcome of one that rang.
    func isTold(_ call: CallUpdate) -> Bool {
        state.withLock { state in
            guard call.kind == .offered else { return state.ringing.removeValue(forKey: call.callID) != nil }
            if state.ringing.count >= Self.maximumCount { state.ringing = [:] }
            return state.ringing.updateValue(call.from, forKey: call.callID) == nil
        }
    }

    /// Who calls; nil for a call that does not ring, or not any more.
    func caller(of callID: String) -> JID? { state.withLock { $0.ringing[callID] } }

    /// WhatsApp refused a first message to a chat (463).
    ///
    /// - Returns: whether the account was not known to be restricted.
    func refused(chat: String) -> Bool {
        state.withLock { state in
            if state.refusedChats.count < Self.maximumCount { state.refusedChats.insert(chat) }
            defer { state.isRestricted = true }
            return !state.isRestricted
        }
    }

    /// WhatsApp took a message to a chat.
    ///
    /// - Returns: whether that ends a restriction: it refused this chat before.
    func accepted(chat: String) -> Bool {
        state.withLock { state in
            guard state.isRestricted, state.refusedChats.contains(chat) else { return false }
            state.refusedChats = []
            state.isRestricted = false
            return true
        }
    }
}
