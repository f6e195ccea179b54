import Synchronization
import WABinary

/// Whom our token is due to; told after the commit of what we wrote to them, taken by the task that gives it.
///
/// Not stored: the next message to the person finds it due again.
final class PrivacyTokenDesk: Sendable {
    private let due = Mutex<Set<JID>>([])
    let wakeUp = WakeUp()

    /// More wait only when the server does not answer; they are found due again.
    private static let limit = 4_096

    func want(_ person: JID) {
        due.withLock { if $0.count < Self.limit { $0.insert(person.account) } }
        wakeUp.raise()
    }

    /// Up to so many; the rest stays.
    func take(_ count: Int) -> [JID] {
        due.withLock { due in
            let taken = Array(due.prefix(count))
            due.subtract(taken)
            return taken
        }
    }
}
