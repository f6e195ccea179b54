import Synchronization

/// Who may see what of the account, as the server last told; nothing until it was asked.
final class PrivacyMemory: Sendable {
    private let known = Mutex<[String: String]?>(nil)

    /// Values by the name of what they are about.
    var settings: [String: String]? { known.withLock { $0 } }

    func take(_ settings: [String: String]) { known.withLock { $0 = settings } }

    /// Another device of ours changed some. What was never asked for stays to be asked for.
    func take(changes: [String: String]) { known.withLock { $0?.merge(changes) { $1 } } }
}
