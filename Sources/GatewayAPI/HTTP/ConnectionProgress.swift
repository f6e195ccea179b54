/// Judges how a connection's requests arrive and when it must end; a pure machine under `ConnectionGuard`.
///
/// It does what the framework leaves open: a body that trickles or stops is not waited for, `Expect: 100-continue` is
/// answered, and the connection ends with an answer that says so, that the caller wants to be the last (HTTP/1.0,
/// `Connection: close`), or that begins before its request was read to the end. Then our side is ended and what still comes is
/// thrown away for a while: many callers write the whole body before they read, and closing would let the system discard
/// the answer.
struct ConnectionProgress: Equatable {
    struct Limits: Sendable, Equatable {
        /// How long a body may stay silent.
        var silence: Duration
        /// How long a request may take to arrive as a whole.
        var request: Duration
        /// How long the caller gets to read a last answer, from the last byte that came.
        var farewell: Duration = .seconds(2)
        /// How long an unwanted body may come.
        var unwantedBody: Duration = .seconds(30)
        /// Bytes of an unwanted body that are thrown away before the connection ends at once: more than the largest file.
        var unwantedByteCount = 128 << 20
    }

    enum ReadAction: Equatable {
        case pass
        /// Pass the head on and tell the caller to go on with the body.
        case passAndInvite
        case drop
        case close
    }

    enum HeadAction: Equatable {
        case pass
        /// The head must say `Connection: close`.
        case passAsLast
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
    /// Nobody wants what still comes.
    private var ignoresRest = false
    private var lastRequestCame = false
    private var answerIsLast = false
    private(set) var isFinished = false

    init(limits: Limits) {
        self.limits = limits
    }

    /// Whether a timer must run: part of a request is missing.
    var isWaitingForBytes: Bool { isReading || isFinished }

    /// - Parameter isLast: Whether the caller wants no answer after this one's.
    mutating func headRead(invites: Bool, isLast: Bool = false, at now: Duration) -> ReadAction {
        guard !isFinished, !lastRequestCame else {
            ignoresRest = true
            return .drop
        }
        lastRequestCame = isLast
        isReading = true
        openRequests += 1
        requestStart = now
        lastByte = now
        return invites ? .passAndInvite : .pass
    }

    mutating func bodyRead(byteCount: Int, at now: Duration) -> ReadAction {
        lastByte = now
        guard ignoresRest else { return .pass }
        unwantedByteCount += byteCount
        return unwantedByteCount > limits.unwantedByteCount ? .close : .drop
    }

    mutating func endRead() -> ReadAction {
        guard !ignoresRest else { return .drop }
        isReading = false
        return .pass
    }

    /// - Parameter isLast: Whether the head says already that the connection ends.
    mutating func headWritten(isLast: Bool) -> HeadAction {
        let isOfLatestRequest = openRequests == 1
        guard isLast || isOfLatestRequest && (isReading || lastRequestCame) else { return .pass }
        answerIsLast = true
        return .passAsLast
    }

    mutating func endWritten(at now: Duration) -> WriteAction {
        openRequests -= 1
        // While an earlier request was being worked on, the next one's body was not asked for.
        lastByte = now
        requestStart = max(requestStart, openRequests == 1 ? now : requestStart)
        guard answerIsLast, !isFinished else { return .pass }
        isFinished = true
        ignoresRest = true
        requestStart = now
        return .passAndFinish
    }

    mutating func timerFired(at now: Duration) -> TimerAction {
        if isFinished {
            let rest = min(limits.farewell - (now - lastByte), limits.unwantedBody - (now - requestStart))
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
