import WAClient

/// Where one session stands and what may happen next, as a pure machine (contract 6.4).
///
/// ```
/// created ─start─► initializing ─► qr_ready ─scan─► authenticating ─► ready
///                       ▲  ▲                                           │
///                  start│  └──────────── connecting ◄── disconnected ◄─┘ drop
///                       └── disconnected (stopped, logged out) / failed (given up)
/// ```
struct SessionLifecycle: Sendable, Equatable {
    /// Whether a client exists.
    enum Engine: Sendable, Equatable {
        case none
        case running
        /// Told to stop; what it still says does not count, so that a stop during a start wins.
        case stopping
    }

    /// What a send may expect now (architecture decision 3).
    enum SendGate: Sendable, Equatable {
        /// Accepted: the session is linked, connected or coming back.
        case open
        /// Nobody to send: never started, stopped, logged out, failed.
        case notActive
        /// Started, but no phone has scanned its code yet.
        case notLinked
    }

    private(set) var status: SessionStatus
    private(set) var engine = Engine.none
    /// Whether WhatsApp knows this device: credentials are stored.
    private(set) var isLinked: Bool
    /// The code to scan while `qr_ready`.
    private(set) var qrText: String?
    /// Why it failed or keeps failing to connect; not stored.
    private(set) var lastError: String?

    /// As stored: `created`, `disconnected` or `failed`.
    init(restingAs status: SessionStatus, isLinked: Bool) {
        self.status = status
        self.isLinked = isLinked
    }

    /// Reconnecting in vain is told as an error after this many attempts (contract 6.4: the loop alarm).
    private static let alarmingAttempts = 5

    var sendGate: SendGate {
        guard engine == .running else { return .notActive }
        return isLinked ? .open : .notLinked
    }

    /// What is stored of the status: a connection does not outlive its process.
    var restingStatus: SessionStatus {
        switch status {
        case .created, .failed: status
        default: .disconnected
        }
    }

    mutating func start() throws(GatewayError) {
        guard engine == .none else {
            switch status {
            case .initializing, .authenticating: throw .sessionAlreadyStarting
            default: throw .sessionAlreadyStarted
            }
        }
        engine = .running
        status = .initializing
        lastError = nil
    }

    mutating func heard(_ state: ClientState) {
        guard engine == .running else { return }
        if case .waitingForScan(let text) = state { qrText = text } else { qrText = nil }
        switch state {
        case .idle, .stopped: break
        case .connecting: if status != .authenticating { status = .initializing }
        case .waitingForScan: status = .qrReady
        case .pairing: status = .authenticating
        case .online:
            status = .ready
            isLinked = true
            lastError = nil
        case .reconnecting(attempt: 0, _):
            // No failure: the reconnect that ends every pairing, or fresh codes.
            if status != .authenticating { status = .initializing }
        case .reconnecting(let attempt, let reason):
            status = .disconnected
            if attempt >= Self.alarmingAttempts { lastError = reason }
        case .loggedOut:
            status = .disconnected
            isLinked = false
        case .failed(let reason):
            status = .failed
            lastError = reason
        }
    }

    /// The phone accepted the code; credentials are stored.
    mutating func linked() { isLinked = true }

    /// The credentials are erased.
    mutating func unlinked() { isLinked = false }

    /// - Returns: whether there is a client to be stopped.
    mutating func stop() -> Bool {
        guard engine != .none else {
            // Stopping forgives a failure: the session is merely down.
            if status == .failed { status = .disconnected }
            return false
        }
        engine = .stopping
        status = .disconnected
        qrText = nil
        return true
    }

    /// The client is gone.
    mutating func ended() {
        engine = .none
        qrText = nil
        if status != .failed { status = .disconnected }
    }
}
