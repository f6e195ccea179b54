import Synchronization

/// Performs what `EngineSession` decides: holds the poll that waits, the WebSockets, and who waits for room.
///
/// Writing happens under the lock, so that packets leave in the order of the decisions. What goes up to the receiver is handed
/// over outside of it, and so are those who waited let go: a task that is cancelled meanwhile holds a lock of the runtime
/// while it asks for ours.
final class EngineConnection: Sendable {
    /// The WebSocket of one connection; calls return at once.
    protocol Writer: AnyObject, Sendable {
        /// - Parameter written: Told the number of bytes, as `EnginePacket.byteCount` counts, when they have left.
        func write(_ packets: [EnginePacket], written: @escaping @Sendable (Int) -> Void)
        func close(_ reason: EngineSession.End)
    }

    enum News: Equatable, Sendable {
        case message([UInt8])
        case binary
        case ended(EngineSession.End)
    }

    /// What the request that began the session told.
    struct Origin: Equatable, Sendable {
        /// The caller's address, after trusted proxies.
        var address: String?
        /// The header `x-api-key`, if there was one.
        var apiKey: String?
    }

    private struct State {
        var session: EngineSession
        var poll: CheckedContinuation<[EnginePacket]?, Never>?
        var socket: (any Writer)?
        var candidate: (any Writer)?
        var roomWaiters: [CheckedContinuation<Void, Never>] = []
        var released = Released()

        /// Answers the poll that waits, if one does; nil answers 400.
        mutating func answerPoll(_ packets: [EnginePacket]?) {
            if let poll { released.polls.append((poll, packets)) }
            poll = nil
        }
    }

    /// Those who go on because of a decision.
    private struct Released: Sendable {
        var polls: [(continuation: CheckedContinuation<[EnginePacket]?, Never>, packets: [EnginePacket]?)] = []
        var roomWaiters: [CheckedContinuation<Void, Never>] = []

        func resume() {
            for (poll, packets) in polls { poll.resume(returning: packets) }
            for waiter in roomWaiters { waiter.resume() }
        }
    }

    let id: String
    let origin: Origin
    private let state: Mutex<State>
    private let now: @Sendable () -> Duration
    private let receive: @Sendable (EngineConnection, News) -> Void

    /// - Parameters:
    ///   - socket: The WebSocket it begins on; nil for polling.
    ///   - receive: Told of everything that comes; called by one request or event loop at a time, mostly.
    init(
        id: String, origin: Origin, timing: EngineSession.Timing, socket: (any Writer)?,
        now: @escaping @Sendable () -> Duration, receive: @escaping @Sendable (EngineConnection, News) -> Void
    ) {
        self.id = id
        self.origin = origin
        self.now = now
        self.receive = receive
        var state = State(session: EngineSession(timing: timing, isWebSocket: socket != nil, at: now()))
        state.socket = socket
        self.state = Mutex(state)
        send([.open(Self.handshake(id: id, timing: timing, canUpgrade: socket == nil))])
    }

    var isGone: Bool { state.withLock { $0.session.isGone } }
    var isOver: Bool { state.withLock { $0.session.isOver } }

    // MARK: - Polling

    /// Packets for a GET, waiting for the first; nil answers 400.
    func poll() async -> [EnginePacket]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRefused = perform { state -> (Bool, [EngineSession.Action]) in
                    switch state.session.poll() {
                    case .accepted(let actions):
                        state.poll = continuation
                        // Cancelled before it began, it was told so when there was nothing to abandon yet.
                        return (false, actions + (Task.isCancelled ? state.session.pollAbandoned() : []))
                    case .refused(let actions): return (true, actions)
                    }
                }
                if isRefused { continuation.resume(returning: nil) }
            }
        } onCancel: {
            perform { state in
                state.answerPoll(nil)
                return ((), state.session.pollAbandoned())
            }
        }
    }

    /// False answers 400: another POST is under way, or polling is over. Else `posted` must follow.
    func postBegan() -> Bool {
        perform { state in
            switch state.session.postBegan() {
            case .accepted(let actions): (true, actions)
            case .refused(let actions): (false, actions)
            }
        }
    }

    /// - Parameter packets: nil when the body could not be read; the session ends then.
    func posted(_ packets: [EnginePacket]?) {
        perform { ((), $0.session.posted(packets, at: now())) }
    }

    // MARK: - WebSocket

    /// A second transport for this session; false when it must be closed.
    func candidateOpened(_ writer: any Writer) -> Bool {
        perform { state in
            switch state.session.candidateOpened(at: now()) {
            case .accepted(let actions):
                state.candidate = writer
                return (true, actions)
            case .refused(let actions): return (false, actions)
            }
        }
    }

    /// - Parameter packet: nil for bytes that are no packet.
    func received(_ packet: EnginePacket?, on writer: any Writer) {
        perform { state in
            if state.socket === writer { return ((), state.session.webSocketReceived(packet, at: now())) }
            if state.candidate === writer { return ((), state.session.candidateReceived(packet, at: now())) }
            return ((), [])
        }
    }

    func closed(_ writer: any Writer) {
        perform { state in
            if state.socket === writer {
                state.socket = nil
                return ((), state.session.webSocketClosed())
            }
            if state.candidate === writer {
                state.candidate = nil
                state.session.candidateClosed()
            }
            return ((), [])
        }
    }

    // MARK: - From above

    func send(_ packets: [EnginePacket]) {
        perform { ((), $0.session.send(packets)) }
    }

    /// Ends the session when everything sent so far has left.
    func close() {
        perform { ((), $0.session.close()) }
    }

    /// Ends the session because the other side takes too little.
    func closeSlow() {
        perform { ((), $0.session.close(.tooSlow)) }
    }

    func tick() {
        perform { ((), $0.session.tick(at: now())) }
    }

    /// Whether little is waiting to leave.
    var hasRoom: Bool { state.withLock { Self.hasRoom($0.session) } }

    /// Returns when little is waiting to leave, or the session is over.
    func room() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if Self.hasRoom(state.session) { return true }
                state.roomWaiters.append(continuation)
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// Below this, more is sent.
    private static let roomByteCount = 256 << 10

    private static func hasRoom(_ session: EngineSession) -> Bool {
        session.isOver || session.unsentByteCount <= roomByteCount
    }

    // MARK: - Performing

    @discardableResult
    private func perform<Value: Sendable>(_ decide: (inout State) -> (Value, [EngineSession.Action])) -> Value {
        let (value, news, released) = state.withLock { state in
            let (value, actions) = decide(&state)
            let news = actions.compactMap { apply($0, &state) }
            if Self.hasRoom(state.session) { swap(&state.released.roomWaiters, &state.roomWaiters) }
            defer { state.released = Released() }
            return (value, news, state.released)
        }
        released.resume()
        for item in news { receive(self, item) }
        return value
    }

    private func apply(_ action: EngineSession.Action, _ state: inout State) -> News? {
        switch action {
        case .answerPoll(let packets): state.answerPoll(packets)
        case .refusePoll: state.answerPoll(nil)
        case .write(let packets):
            state.socket?.write(packets) { [weak self] byteCount in
                self?.perform { state in
                    state.session.written(byteCount)
                    return ((), [])
                }
            }
        case .writeToCandidate(let packet): state.candidate?.write([packet]) { _ in }
        case .adoptCandidate:
            state.socket = state.candidate
            state.candidate = nil
        case .closeCandidate:
            state.candidate?.close(.closedByServer)
            state.candidate = nil
        case .closeWebSocket(let reason):
            state.socket?.close(reason)
            state.socket = nil
        case .deliver(let message): return .message(message)
        case .deliverBinary: return .binary
        case .ended(let reason):
            state.answerPoll(nil)
            return .ended(reason)
        }
        return nil
    }

    private static func handshake(id: String, timing: EngineSession.Timing, canUpgrade: Bool) -> [UInt8] {
        let upgrades = canUpgrade ? "\"websocket\"" : ""
        return Array(
            """
            {"sid":"\(id)","upgrades":[\(upgrades)],"pingInterval":\(timing.pingInterval.wholeMilliseconds),\
            "pingTimeout":\(timing.pingTimeout.wholeMilliseconds),"maxPayload":\(EnginePayload.maximumByteCount)}
            """.utf8)
    }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
