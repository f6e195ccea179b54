/// One Engine.IO session, seen from the server: which transport carries it, what waits to leave, and whether it is alive.
///
/// ```
///            poll, post                probe, upgrade
///  open ──► .polling ────────────────────────────────► .webSocket ──► .closed
///              ▲  └─ a candidate WebSocket: 2probe → 3probe, waiting polls get 6, then 5 ──┘
///  open ─────────────────────────────────────────────► .webSocket
/// ```
/// A pure machine: every event gives the actions that follow from it; `EngineConnection` performs them. Times are durations
/// since any fixed moment. Source: socketio/engine.io-protocol, revision 4.
struct EngineSession: Equatable {
    struct Timing: Equatable, Sendable {
        var pingInterval = Duration.seconds(25)
        var pingTimeout = Duration.seconds(20)
        /// How long a WebSocket may take from opening to `upgrade`.
        var upgradeTimeout = Duration.seconds(10)
        /// How long what is left is kept for a poll when the session has ended.
        var farewell = Duration.seconds(20)
    }

    enum Action: Equatable {
        /// Answers the poll that waits.
        case answerPoll([EnginePacket])
        /// Ends the poll that waits, and the request that came beside it, with an error.
        case refusePoll
        /// Sends on the WebSocket that carries the session.
        case write([EnginePacket])
        /// Sends on the WebSocket that may take over.
        case writeToCandidate(EnginePacket)
        /// The candidate is the session's WebSocket from here on.
        case adoptCandidate
        case closeCandidate
        case closeWebSocket(End)
        /// A message for the layer above.
        case deliver([UInt8])
        /// A binary message; nothing here has a use for its bytes.
        case deliverBinary
        /// Last of all, once: the session is over.
        case ended(End)
    }

    enum End: Equatable, Sendable {
        case closedByClient
        case closedByServer
        case transportClosed
        case pingTimeout
        case protocolViolation
        /// The other side takes less than we have to send.
        case tooSlow
    }

    /// What becomes of a request or a new WebSocket.
    enum Admission: Equatable {
        case accepted([Action])
        /// Answer 400, or close the new WebSocket.
        case refused([Action])
    }

    private enum Transport: Equatable {
        case polling(Candidate)
        case webSocket
        /// The session is over; the last packets wait for a poll.
        case parting
        case closed
    }

    private enum Candidate: Equatable {
        case none
        case open(until: Duration)
        case probed(until: Duration)

        var deadline: Duration? {
            switch self {
            case .none: nil
            case .open(let deadline), .probed(let deadline): deadline
            }
        }
    }

    private enum Heartbeat: Equatable {
        case pingAt(Duration)
        case pongBy(Duration)
    }

    /// What may wait for one session. A message with a large file inside is about 1.4 MB.
    static let maximumUnsentByteCount = 8 << 20

    private let timing: Timing
    private var transport: Transport
    private var heartbeat: Heartbeat
    private var partingUntil: Duration?
    private var isPolled = false
    private var isPosted = false
    private var queue: [EnginePacket] = []
    /// Bytes handed over or queued, and not known to have left.
    private(set) var unsentByteCount = 0

    /// - Parameter isWebSocket: Whether the session begins on a WebSocket instead of polling.
    init(timing: Timing = Timing(), isWebSocket: Bool, at now: Duration) {
        self.timing = timing
        transport = isWebSocket ? .webSocket : .polling(.none)
        heartbeat = .pingAt(now + timing.pingInterval)
    }

    var isOver: Bool { transport == .closed || transport == .parting }
    /// Whether nothing more can be asked of it.
    var isGone: Bool { transport == .closed }

    // MARK: - Polling

    /// A GET came; its answer waits for `answerPoll`.
    mutating func poll() -> Admission {
        switch transport {
        case .polling(let candidate):
            guard !isPolled else { return .refused([.refusePoll] + end(.protocolViolation)) }
            isPolled = true
            if case .probed = candidate, queue.isEmpty { return .accepted(answer([.noop])) }
            return .accepted(flush())
        case .parting:
            transport = .closed
            return .accepted([.answerPoll(take(all: true) + [.close])])
        case .webSocket, .closed: return .refused([])
        }
    }

    /// The caller of the waiting GET went away; nothing was taken from the queue for it.
    mutating func pollAbandoned() -> [Action] {
        guard isPolled, !isOver else { return [] }
        isPolled = false
        return end(.transportClosed)
    }

    /// A POST begins: only one may be under way.
    mutating func postBegan() -> Admission {
        guard case .polling = transport else { return .refused([]) }
        guard !isPosted else { return .refused(end(.protocolViolation)) }
        isPosted = true
        return .accepted([])
    }

    /// The POST's packets, or nil when its body could not be read.
    mutating func posted(_ packets: [EnginePacket]?, at now: Duration) -> [Action] {
        isPosted = false
        guard !isOver else { return [] }
        guard let packets else { return end(.protocolViolation) }
        var actions: [Action] = []
        for packet in packets where !isOver { actions += received(packet, at: now) }
        return actions
    }

    // MARK: - WebSocket

    /// A WebSocket came with this session's id.
    mutating func candidateOpened(at now: Duration) -> Admission {
        guard case .polling(.none) = transport else { return .refused([]) }
        transport = .polling(.open(until: now + timing.upgradeTimeout))
        return .accepted([])
    }

    /// A packet on the WebSocket that may take over.
    mutating func candidateReceived(_ packet: EnginePacket?, at now: Duration) -> [Action] {
        guard case .polling(let candidate) = transport, let deadline = candidate.deadline else { return [] }
        switch (packet, candidate) {
        case (.ping(EnginePacket.probe), _):
            transport = .polling(.probed(until: deadline))
            return [.writeToCandidate(.pong(EnginePacket.probe))] + answerIfPolled(.noop)
        case (.upgrade, .probed):
            let actions = answerIfPolled(.noop)
            transport = .webSocket
            return actions + [.adoptCandidate] + flush()
        default:
            return dropCandidate()
        }
    }

    mutating func candidateClosed() {
        if case .polling = transport { transport = .polling(.none) }
    }

    /// A packet on the session's WebSocket; nil for bytes that are none.
    mutating func webSocketReceived(_ packet: EnginePacket?, at now: Duration) -> [Action] {
        guard transport == .webSocket else { return [] }
        guard let packet else { return end(.protocolViolation) }
        return received(packet, at: now)
    }

    mutating func webSocketClosed() -> [Action] {
        guard transport == .webSocket else { return [] }
        transport = .closed
        return [.ended(.transportClosed)]
    }

    /// So many bytes of what `write` named have left.
    mutating func written(_ byteCount: Int) {
        unsentByteCount = max(0, unsentByteCount - byteCount)
    }

    // MARK: - From above, and time

    mutating func send(_ packets: [EnginePacket]) -> [Action] {
        guard !isOver else { return [] }
        queue += packets
        unsentByteCount += packets.reduce(0) { $0 + $1.byteCount }
        guard unsentByteCount <= Self.maximumUnsentByteCount else { return end(.tooSlow) }
        return flush()
    }

    /// Ends the session; what is queued leaves before: a WebSocket keeps the order, and polls are waited for.
    mutating func close(_ reason: End = .closedByServer) -> [Action] { end(reason) }

    /// Looks at the clock: sends the heartbeat, and ends what is dead.
    mutating func tick(at now: Duration) -> [Action] {
        switch transport {
        case .closed: return []
        case .parting:
            let deadline = partingUntil ?? now + timing.farewell
            partingUntil = deadline
            if now >= deadline { transport = .closed }
            return []
        case .polling, .webSocket: break
        }
        var actions: [Action] = []
        if case .polling(let candidate) = transport, let deadline = candidate.deadline, now >= deadline {
            actions += dropCandidate()
        }
        switch heartbeat {
        case .pingAt(let time) where now >= time:
            heartbeat = .pongBy(now + timing.pingTimeout)
            actions += send([.ping()])
        case .pongBy(let time) where now >= time:
            actions += end(.pingTimeout)
        default: break
        }
        return actions
    }

    // MARK: - Decisions

    private mutating func received(_ packet: EnginePacket, at now: Duration) -> [Action] {
        switch packet {
        case .message(let text): return [.deliver(text)]
        case .binary: return [.deliverBinary]
        case .pong:
            heartbeat = .pingAt(now + timing.pingInterval)
            return []
        case .close: return end(.closedByClient)
        case .noop: return []
        // Since revision 4 only the server asks for a sign of life.
        case .open, .ping, .upgrade: return end(.protocolViolation)
        }
    }

    /// Sends what is queued, if the transport can take it now.
    private mutating func flush() -> [Action] {
        guard !queue.isEmpty else { return [] }
        switch transport {
        case .polling where isPolled: return answer(take(all: false))
        case .webSocket:
            defer { queue = [] }
            return [.write(queue)]
        case .polling, .parting, .closed: return []
        }
    }

    /// Packets for one answer: at least one, then as many as one body may carry.
    private mutating func take(all: Bool) -> [EnginePacket] {
        var byteCount = 0
        var count = 0
        for packet in queue {
            byteCount += packet.byteCount + 1
            if !all, count > 0, byteCount > EnginePayload.maximumByteCount { break }
            count += 1
        }
        let taken = Array(queue[..<count])
        queue.removeFirst(count)
        unsentByteCount -= taken.reduce(0) { $0 + $1.byteCount }
        return taken
    }

    private mutating func answer(_ packets: [EnginePacket]) -> [Action] {
        isPolled = false
        return [.answerPoll(packets)]
    }

    private mutating func answerIfPolled(_ packet: EnginePacket) -> [Action] {
        isPolled ? answer([packet]) : []
    }

    private mutating func dropCandidate() -> [Action] {
        transport = .polling(.none)
        return [.closeCandidate]
    }

    private mutating func end(_ reason: End) -> [Action] {
        var actions: [Action] = []
        switch transport {
        case .polling(let candidate):
            if candidate != .none { actions.append(.closeCandidate) }
            if isPolled {
                actions += answer(take(all: true) + [.close])
                transport = .closed
            } else if reason == .closedByServer {
                transport = .parting
            } else {
                transport = .closed
            }
        case .webSocket:
            actions.append(.closeWebSocket(reason))
            transport = .closed
        case .parting, .closed: return []
        }
        return actions + [.ended(reason)]
    }
}
