/// Judges how a connection's requests arrive and when it must end; a pure machine under `ConnectionGuard`.
///
/// It does what the framework leaves open: a body that trickles or stops is not waited for, `Expect: 100-continue` is
/// answered, and an answer that says `Connection: close` ends the connection although the request was not read to its
/// end, after a pause in which the caller can read the answer.
struct ConnectionProgress: Equatable {
    struct Limits: Sendable, Equatable {
        /// How long a body may stay silent.
        var silence: Duration
        /// How long a request may take to arrive as a whole.
        var request: Duration
        /// How long the caller gets to read a last answer.
        var farewell: Duration = .seconds(2)
        /// Bytes of an unwanted body that are thrown away before the connection ends at once.
        var unwantedByteCount = 4 * 1024 * 1024
    }

    enum ReadAction: Equatable {
        case pass
        /// Pass the head on and tell the caller to go on with the body.
        case passAndInvite
        case drop
        case close
    }

    enum WriteAction: Equatable {
        case pass
        /// The last answer: end our side after it, and the whole connection after the farewell.
        case passAndFinish
    }

    enum TimerAction: Equatable {
        case stop
        case again(after: Duration)
        case close
    }

    private let limits: Limits
    private var isReading = false
    private var openRequests = 0
    private var requestStart: Duration = .zero
    private var lastByte: Duration = .zero
    private var unwantedByteCount = 0
    private var answerIsLast = false
    private var isFinished = false

    init(limits: Limits) {
        self.limits = limits
    }

    /// Whether a timer must run: part of a request is missing.
    var isWaitingForBytes: Bool { isReading || isFinished }

    mutating func headRead(invites: Bool, at now: Duration) -> ReadAction {
        guard !isFinished else { return .drop }
        isReading = true
        openRequests += 1
        unwantedByteCount = 0
        requestStart = now
        lastByte = now
        return invites ? .passAndInvite : .pass
    }

    mutating func bodyRead(byteCount: Int, at now: Duration) -> ReadAction {
        lastByte = now
        guard isFinished || openRequests == 0 else { return .pass }
        // The answer is out already: nobody wants these bytes.
        unwantedByteCount += byteCount
        if unwantedByteCount > limits.unwantedByteCount { return .close }
        return isFinished ? .drop : .pass
    }

    mutating func endRead() -> ReadAction {
        isReading = false
        return isFinished ? .drop : .pass
    }

    mutating func headWritten(isLast: Bool) {
        if isLast { answerIsLast = true }
    }

    mutating func endWritten(at now: Duration) -> WriteAction {
        openRequests -= 1
        // While an earlier request was being worked on, the next one's body was not asked for.
        lastByte = now
        requestStart = max(requestStart, openRequests == 1 ? now : requestStart)
        guard answerIsLast, !isFinished else { return .pass }
        isFinished = true
        requestStart = now
        return .passAndFinish
    }

    mutating func timerFired(at now: Duration) -> TimerAction {
        if isFinished {
            let rest = limits.farewell - (now - requestStart)
            return rest > .zero ? .again(after: rest) : .close
        }
        guard isReading else { return .stop }
        // A request behind another waits for us, not we for it.
        guard openRequests <= 1 else { return .again(after: limits.silence) }
        let rest = min(limits.silence - (now - lastByte), limits.request - (now - requestStart))
        return rest > .zero ? .again(after: rest) : .close
    }

    /// When to look first.
    var firstTimer: Duration { isFinished ? limits.farewell : min(limits.silence, limits.request) }
}
