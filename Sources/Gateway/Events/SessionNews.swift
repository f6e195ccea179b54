import WAClient

/// What of a session's life is news, as a pure machine: statuses, codes to scan, logins, losses, endless reconnecting.
struct SessionNews: Sendable {
    /// How a session changed, and what the client said.
    struct Occasion: Sendable {
        let sessionID: String
        let state: ClientState
        let before: SessionStatus
        let after: SessionStatus
        let phone: String?
        let pushName: String?
        let nowMilliseconds: Int64
    }

    /// The API asked for the end that comes now.
    var expectsEnd = false
    private var toldQR: String?
    private var isLoginTold = false
    private var toldAttempt = 0
    private var isBanTold: Bool

    /// - Parameter isBanTold: Whether the newest word of a ban was that there is one.
    init(isBanTold: Bool = false) { self.isBanTold = isBanTold }

    /// Told at every so manieth attempt in a row (contract 12).
    private static let alarmingAttempts = 5

    /// - Parameter image: Makes a PNG data URL of a code's text.
    mutating func events(on occasion: Occasion, image: (String) -> String?) -> [GatewayEvent] {
        let (id, now) = (occasion.sessionID, occasion.nowMilliseconds)
        var news: [GatewayEvent] = []
        if occasion.before != occasion.after {
            news.append(.sessionStatus(occasion.after, of: id, atMilliseconds: now))
        }
        switch occasion.state {
        case .waitingForScan(let text):
            if text != toldQR, let image = image(text) {
                news.append(.sessionQR(image: image, of: id, atMilliseconds: now))
            }
            toldQR = text
        case .online:
            toldAttempt = 0
            if isBanTold { news.append(.ban(isActive: false, of: id, atMilliseconds: now)) }
            isBanTold = false
            guard !isLoginTold, occasion.phone != nil else { break }
            isLoginTold = true
            news.append(
                .sessionAuthenticated(
                    phone: occasion.phone, pushName: occasion.pushName, of: id, atMilliseconds: now))
        case .reconnecting(let attempt, let reason) where attempt > 0:
            if isLoginTold { news.append(.sessionDisconnected(reason: reason, of: id, atMilliseconds: now)) }
            isLoginTold = false
            if attempt != toldAttempt, attempt.isMultiple(of: Self.alarmingAttempts) {
                let wait = ReconnectBackoff.nominalMilliseconds(beforeAttempt: attempt)
                news.append(.reconnectLoop(attempts: attempt, nextDelayMilliseconds: wait, of: id, atMilliseconds: now))
            }
            toldAttempt = attempt
        case .loggedOut(let reason), .failed(let reason):
            if occasion.before != occasion.after, !expectsEnd {
                news.append(.sessionDisconnected(reason: reason, of: id, atMilliseconds: now))
            }
            isLoginTold = false
            if case .failed = occasion.state, reason.hasPrefix(ClientState.bannedReason), !isBanTold {
                news.append(.ban(isActive: true, of: id, atMilliseconds: now))
                isBanTold = true
            }
        case .idle, .connecting, .pairing, .reconnecting, .stopped:
            break
        }
        return news
    }

    /// The session starts anew; a ban outlasts that.
    mutating func started() {
        self = SessionNews(isBanTold: isBanTold)
    }
}
