import Logging
import Synchronization
import WABinary
import WACrypto
import WANoise

/// One encrypted connection to the server: nodes out in order, replies matched, everything else queued.
///
/// The link calls `received` on its own thread. There frames are joined, opened and decoded; a reply goes to
/// `PendingRequests`, a message's ack to `onAck`, anything else into `stanzas`. No step there waits for anybody. A frame that
/// cannot be opened ends the connection; one that opens and is no node is skipped.
final class Connection: Sendable {
    private enum Phase {
        case handshaking(frames: [[UInt8]], waiter: CheckedContinuation<[UInt8], any Error>?)
        case open(NoiseTransport)
        case closed(any Error)
    }

    private struct State {
        var codec = FrameCodec()
        var phase = Phase.handshaking(frames: [], waiter: nil)
        var link: (any WebSocketLink)?
        var nextID = 1
    }

    let stanzas = StanzaQueue()
    let requests = PendingRequests()
    private let onAck: @Sendable (Node) -> Void
    private let logger: Logger
    /// Two random bytes in decimal before a counter, the form WhatsApp Web uses (protocol reference 1.8).
    private let idPrefix = "\(UInt8.random(in: 0...255)).\(UInt8.random(in: 0...255))"
    private let state = Mutex(State())

    private init(logger: Logger, onAck: @escaping @Sendable (Node) -> Void) {
        self.logger = logger
        self.onAck = onAck
    }

    /// Waits for stanzas and takes up to `limit` of them; nil once the connection is over and all are taken.
    func nextStanzas(limit: Int) async -> [Node]? {
        let wasFull = stanzas.isFull
        let batch = await stanzas.next(limit: limit)
        if wasFull, !stanzas.isFull { heedPressure() }
        return batch
    }

    /// Leaves the network unread while many stanzas wait; the server then finds it cannot send, and waits.
    private func heedPressure() {
        let stanzas = stanzas
        state.withLock { $0.link }?.readWhile { !stanzas.isFull }
    }

    /// Opens the link and shakes hands; `payload` is the ClientPayload sent with the last handshake message.
    static func open(
        _ endpoint: ServerEndpoint, with openLink: LinkOpener, noiseKey: KeyPair, payload: [UInt8], trust: ServerTrust,
        nowSeconds: Int64, logger: Logger, onAck: @escaping @Sendable (Node) -> Void
    ) async throws -> Connection {
        let connection = Connection(logger: logger, onAck: onAck)
        let link = try await openLink(
            endpoint,
            LinkReceiver(
                received: { connection.received($0) },
                closed: { connection.closed($0 ?? ClientError.connectionLost) }))
        connection.state.withLock { $0.link = link }
        do {
            var handshake = NoiseInitiator(staticKey: noiseKey)
            link.send(ConnectionHeader.bytes + FrameCodec.frame(handshake.clientHello()))
            let serverHello = try await connection.handshakeFrame()
            let (finish, transport) = try handshake.clientFinish(
                answering: serverHello, payload: payload, trust: trust, nowSeconds: nowSeconds)
            connection.startTransport(transport, after: finish)
            return connection
        } catch {
            connection.close(error)
            throw error
        }
    }

    /// Sends a node; silently dropped when the connection is closed, which `stanzas` and `requests` have told.
    func send(_ node: Node) { seal(FramePayload.pack(node)) }

    /// Sends a node that was encoded earlier, byte for byte, behind the flag of an uncompressed frame (reference 1.5).
    func send(encoded node: [UInt8]) { seal([0] + node) }

    /// A stanza id no other request of this connection has.
    func nextRequestID() -> String {
        "\(idPrefix)-\(state.withLock { state in defer { state.nextID += 1 }; return state.nextID })"
    }

    private func seal(_ payload: [UInt8]) {
        let failure: (any Error)? = state.withLock { state in
            guard case .open(var transport) = state.phase else { return nil }
            do {
                let sealed = try transport.seal(payload)
                state.phase = .open(transport)
                state.link?.send(FrameCodec.frame(sealed))
                return nil
            } catch {
                return error
            }
        }
        if let failure { close(failure) }
    }

    /// Ends the connection from our side.
    func close(_ reason: any Error = ClientError.connectionLost) {
        state.withLock { $0.link }?.close()
        closed(reason)
    }

    /// Why the connection ended, once it has.
    var closeReason: (any Error)? {
        state.withLock { if case .closed(let reason) = $0.phase { reason } else { nil } }
    }

    // MARK: - Handshake

    private func handshakeFrame() async throws -> [UInt8] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<[UInt8], any Error>? = state.withLock { state in
                    switch state.phase {
                    case .handshaking(var frames, _) where !frames.isEmpty:
                        let frame = frames.removeFirst()
                        state.phase = .handshaking(frames: frames, waiter: nil)
                        return .success(frame)
                    case .handshaking:
                        if Task.isCancelled { return .failure(CancellationError()) }
                        state.phase = .handshaking(frames: [], waiter: continuation)
                        return nil
                    case .open, .closed:
                        return .failure(ClientError.connectionLost)
                    }
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            close(CancellationError())
        }
    }

    private func startTransport(_ transport: NoiseTransport, after finish: [UInt8]) {
        state.withLock { state in
            guard case .handshaking = state.phase else { return }
            state.phase = .open(transport)
            state.link?.send(FrameCodec.frame(finish))
        }
        received([])
    }

    // MARK: - From the link

    private func received(_ bytes: [UInt8]) {
        var nodes: [Node] = []
        var skipped: [any Error] = []
        var waiter: (CheckedContinuation<[UInt8], any Error>, [UInt8])?
        let failure: (any Error)? = state.withLock { state in
            do {
                state.codec.append(bytes)
                while case let phase = state.phase, let frame = try nextFrame(&state.codec, in: phase) {
                    switch phase {
                    case .handshaking(let frames, let continuation?):
                        state.phase = .handshaking(frames: frames, waiter: nil)
                        waiter = (continuation, frame)
                    case .handshaking(let frames, nil):
                        state.phase = .handshaking(frames: frames + [frame], waiter: nil)
                    case .open(var transport):
                        let payload = try transport.open(frame)
                        state.phase = .open(transport)
                        // A frame that opens is the server's; one we cannot read is our lack, and would come again for ever.
                        do { nodes.append(try FramePayload.unpack(payload)) } catch { skipped.append(error) }
                    case .closed:
                        return nil
                    }
                }
                return nil
            } catch {
                return error
            }
        }
        if let (continuation, frame) = waiter { continuation.resume(returning: frame) }
        for error in skipped {
            logger.warning("a stanza could not be read and was skipped", metadata: ["error": "\(error)"])
        }
        for node in nodes { dispatch(node) }
        if let failure { close(failure) }
    }

    /// During the handshake exactly one frame is taken: what follows it is already transport, and its keys are not known yet.
    private func nextFrame(_ codec: inout FrameCodec, in phase: Phase) throws -> [UInt8]? {
        switch phase {
        case .handshaking(let frames, _) where !frames.isEmpty: nil
        case .closed: nil
        case .handshaking, .open: try codec.next()
        }
    }

    private func dispatch(_ node: Node) {
        switch node.tag {
        case "iq" where node["type"] == "result" || node["type"] == "error":
            if let id = node["id"] { _ = requests.resume(id, with: node) }
        case "ack" where node["class"] == "message":
            onAck(node)
        default:
            switch stanzas.append(node) {
            case .taken: break
            case .filled: heedPressure()
            case .refused: close(ClientError.overloaded)
            }
        }
    }

    private func closed(_ reason: any Error) {
        let waiter: CheckedContinuation<[UInt8], any Error>? = state.withLock { state in
            switch state.phase {
            case .closed: return nil
            case .open:
                state.phase = .closed(reason)
                return nil
            case .handshaking(_, let waiter):
                state.phase = .closed(reason)
                return waiter
            }
        }
        waiter?.resume(throwing: reason)
        requests.failAll(with: ClientError.connectionLost)
        stanzas.finish()
    }
}
