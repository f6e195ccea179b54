/// Where a session stands, as the API names it (contract 6.4).
package enum SessionStatus: String, Sendable, CaseIterable, Codable {
    /// Made, never started.
    case created
    /// Connecting: the first time, after a drop, or at boot.
    case initializing
    /// Not linked; a QR code is there to be scanned.
    case qrReady = "qr_ready"
    /// The code was accepted; the login is being set up.
    case authenticating
    /// Logged in.
    case ready
    /// Down: stopped, logged out, or between two attempts to reconnect.
    case disconnected
    /// Given up; `lastError` says why. Never resumed by itself.
    case failed
    /// Alive, but a person must do something on the phone first.
    case actionRequired = "action_required"
}

extension SessionStatus {
    /// Whether it ends with the process: a connection, or one on its way.
    var isOfProcess: Bool {
        switch self {
        case .initializing, .qrReady, .authenticating, .ready, .actionRequired: true
        case .created, .disconnected, .failed: false
        }
    }
}
