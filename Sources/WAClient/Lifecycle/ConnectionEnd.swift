/// How one connection ended, as far as it decides what happens next.
enum ConnectionEnd: Error, Sendable, Equatable {
    /// The transport went away, a ping stayed unanswered, the server was unreachable: the text is for people.
    case lost(String)
    /// Stream error 515, always after pairing: connect again at once with the login payload.
    case restartRequired
    /// The server asks to come back later: stream error 503, 429, 500 or failure 500, 503.
    case serverBusy(String, isLong: Bool)
    /// The QR codes ran out unscanned: connect again for new ones.
    case scanTimedOut
    /// Another connection with the same credentials took over.
    case replaced
    /// The phone unlinked this device, or the server no longer knows it (401, 403, 406, 516).
    case loggedOut(String)
    /// Trying again by itself would do harm or no good: ban, outdated version, refused client.
    case refused(String)
    /// `run()` was cancelled.
    case cancelled

    /// A `<failure reason>` at login (protocol reference 1.6).
    static func failure(reason: Int, banCode: Int?, expireSeconds: Int64?) -> ConnectionEnd {
        switch reason {
        case 401, 403, 406: .loggedOut("WhatsApp ended this device's login (failure \(reason))")
        case 402:
            .refused(
                "\(ClientState.bannedReason) (code \(banCode.map(String.init) ?? "unknown")"
                    + (expireSeconds.map { ", \($0) s left)" } ?? ")"))
        case 405: .refused("WhatsApp refused this version of WhatsApp Web as outdated (failure 405)")
        case 500, 503: .serverBusy("failure \(reason)", isLong: false)
        default: .refused("WhatsApp refused the login (failure \(reason))")
        }
    }

    /// A `<stream:error>` (protocol reference 1.7).
    static func streamError(code: Int?, conflict: String?, child: String?) -> ConnectionEnd {
        switch (code, conflict) {
        case (515, _): .restartRequired
        case (516, _), (_, "device_removed"?): .loggedOut("the phone unlinked this device")
        case (nil, _?), (409, _): .replaced
        case (401, _): .loggedOut("WhatsApp ended this device's login (stream error 401)")
        case (429, _): .serverBusy("stream error 429", isLong: true)
        case (let code?, _): .serverBusy("stream error \(code)", isLong: false)
        case (nil, nil): .serverBusy("stream error \(child ?? "without a code")", isLong: false)
        }
    }
}

extension ClientState {
    /// How the reason of a failure begins when WhatsApp has banned the account for a time.
    package static let bannedReason = "the account is banned for a time"
}

/// What the client does after a connection ended.
enum NextStep: Sendable, Equatable {
    case reconnect(after: Duration, attempt: Int, reason: String)
    case stop(ClientState)
}

/// Decides between coming back and giving up; the only memory is the backoff.
struct ReconnectPolicy: Sendable {
    private(set) var backoff: ReconnectBackoff
    /// 429: much longer than an ordinary attempt (protocol reference 10).
    private static let longWaitSeconds = 300

    /// Attempts in a row after which it is given up; nil for never.
    private let maximumAttempts: Int?

    init(backoffUnit: Duration = .seconds(1), maximumAttempts: Int? = nil) {
        backoff = ReconnectBackoff(unit: backoffUnit)
        self.maximumAttempts = maximumAttempts
    }

    private var isExhausted: Bool { maximumAttempts.map { backoff.attempts >= $0 } ?? false }

    mutating func loggedIn() { backoff.reset() }

    mutating func ended(_ end: ConnectionEnd, using generator: inout some RandomNumberGenerator) -> NextStep {
        switch end {
        case .restartRequired:
            return .reconnect(after: .zero, attempt: 0, reason: "linked; logging in")
        case .scanTimedOut:
            return .reconnect(after: .zero, attempt: 0, reason: "the QR codes ran out")
        case .lost(let reason) where isExhausted, .serverBusy(let reason, isLong: _) where isExhausted:
            return .stop(.failed(reason: "gave up after \(backoff.attempts) attempts to connect again: \(reason)"))
        case .lost(let reason), .serverBusy(let reason, isLong: false):
            let wait = backoff.next(using: &generator)
            return .reconnect(after: wait, attempt: backoff.attempts, reason: reason)
        case .serverBusy(let reason, isLong: true):
            let wait = max(backoff.next(using: &generator), .seconds(Self.longWaitSeconds))
            return .reconnect(after: wait, attempt: backoff.attempts, reason: reason)
        case .replaced:
            return .stop(.failed(reason: "another program connected with this device's login"))
        case .loggedOut(let reason):
            return .stop(.loggedOut(reason: reason))
        case .refused(let reason):
            return .stop(.failed(reason: reason))
        case .cancelled:
            return .stop(.stopped)
        }
    }
}
