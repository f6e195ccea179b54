package import NIOCore
import WABinary
import WACrypto
import WANoise
package import WASimulator

/// The one owner of a simulated server: an actor whose executor is the event loop that all connections live on.
///
/// ```
/// frames ─► ConnectionHandler ─┐                        ┌─► ConnectionHandler ─► frames
/// control API, tests ──────────┼─► SimulatedServer ─────┤
/// clock (tick) ────────────────┘     (pure machine)     └─► whoever waits for a message, a violation, …
/// ```
/// Because connections share its event loop they call it synchronously (`assumeIsolated`): no hop, no queue and no copy
/// between a frame and its answer. One loop is also the whole order of the simulator: what a client observes is a
/// sequence, not a race. Answers are sealed as they arise and written once per burst of input.
package actor SimulatorHost {
    package nonisolated let eventLoop: any EventLoop
    package nonisolated let identity: SimulatorIdentity
    package nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    private let server: SimulatedServer
    private let nowMilliseconds: @Sendable () -> Int64
    /// Where files of the simulator itself go.
    private let store: BlobStore

    private var connections: [ConnectionID: ConnectionHandler] = [:]
    /// Connections the machine knows of: their handshake is complete.
    private var knownConnections: Set<ConnectionID> = []
    private var connectionCount: UInt64 = 0
    /// Connections with sealed frames that are not written yet.
    private var unwritten: [ConnectionHandler] = []

    /// Files that phones want to see, for `MediaReader`. The machine asks for each once.
    nonisolated let mediaRequests: AsyncStream<MediaFile>
    private let mediaFetches: AsyncStream<MediaFile>.Continuation

    private var actions: [SimulatorAction] = []
    private var isPerforming = false
    private var tick: (atMilliseconds: Int64, task: Scheduled<Void>)?

    private var chain: (madeSeconds: Int64, bytes: [UInt8])?
    /// A day: far less than the chain's validity, so a simulator may run for months.
    private static let chainLifetimeSeconds: Int64 = 86_400

    /// Each looks for what its caller waits for, or gives up when handed nil; true once it is done.
    private var waiters: [Int: (SimulatedServer?) -> Bool] = [:]
    private var waiterCount = 0

    package init(
        configuration: SimulatorConfiguration, store: BlobStore, eventLoop: any EventLoop,
        nowMilliseconds: @escaping @Sendable () -> Int64
    ) {
        self.eventLoop = eventLoop
        self.store = store
        self.nowMilliseconds = nowMilliseconds
        server = SimulatedServer(configuration: configuration, atMilliseconds: nowMilliseconds())
        identity = server.identity
        (mediaRequests, mediaFetches) = AsyncStream.makeStream(of: MediaFile.self)
    }

    // MARK: - For the control API and tests

    /// Lets the caller act on the machine, then performs what follows from it.
    package func drive<R: Sendable>(_ body: @Sendable (SimulatedServer, _ nowMilliseconds: Int64) throws -> R) rethrows
        -> R
    {
        defer {
            perform(server.takeActions())
            flush()
        }
        let now = nowMilliseconds()
        // What phones say carries the time it was said, not that of the last stanza.
        server.advance(to: now)
        return try body(server, now)
    }

    /// Waits until `look` finds something, at most this long. It is asked at once, and again after every burst of
    /// events.
    package func firstValue<R: Sendable>(
        within limit: Duration, _ look: @escaping @Sendable (SimulatedServer) -> R?
    ) async -> R? {
        if let found = look(server) { return found }
        waiterCount += 1
        let number = waiterCount
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<R?, Never>) in
                guard !Task.isCancelled else { return continuation.resume(returning: nil) }
                let timeout = eventLoop.scheduleTask(in: TimeAmount(limit)) { [self] in
                    assumeIsolated { $0.giveUp(number) }
                }
                waiters[number] = { server in
                    let found = server.flatMap(look)
                    guard found != nil || server == nil else { return false }
                    timeout.cancel()
                    continuation.resume(returning: found)
                    return true
                }
            }
        } onCancel: {
            eventLoop.execute { [self] in assumeIsolated { $0.giveUp(number) } }
        }
    }

    /// A file was fetched and checked, or could not be.
    func fetched(_ file: MediaFile, _ outcome: Result<[UInt8], MediaFailure>) {
        perform(server.fetchedMedia(file, outcome, atMilliseconds: nowMilliseconds()))
        flush()
    }

    /// Ends every connection and every wait.
    package func shutDown() {
        tick?.task.cancel()
        for connection in connections.values { connection.cut(afterByteCount: 0) }
        for number in waiters.keys.sorted() { giveUp(number) }
    }

    private func giveUp(_ number: Int) {
        _ = waiters.removeValue(forKey: number)?(nil)
    }

    // MARK: - For connections, on the event loop

    func newConnectionID() -> ConnectionID {
        connectionCount += 1
        return ConnectionID(connectionCount)
    }

    func accepted(_ connection: ConnectionHandler) {
        connections[connection.id] = connection
    }

    func noiseResponder() -> NoiseResponder {
        let now = nowMilliseconds() / 1_000
        let bytes: [UInt8]
        if let chain, abs(now - chain.madeSeconds) < Self.chainLifetimeSeconds {
            bytes = chain.bytes
        } else {
            bytes = identity.certificateChain(nowSeconds: now)
            chain = (now, bytes)
        }
        return NoiseResponder(staticKey: identity.noiseStatic, certificateChain: bytes)
    }

    func connected(_ id: ConnectionID, clientStatic: PublicKey, payload: [UInt8]) {
        knownConnections.insert(id)
        perform(server.connected(id, clientStatic: clientStatic, payload: payload, atMilliseconds: nowMilliseconds()))
    }

    func received(_ plaintext: [UInt8], on id: ConnectionID) {
        do {
            let node = try FramePayload.unpack(plaintext)
            perform(server.received(node, on: id, atMilliseconds: nowMilliseconds()))
        } catch {
            perform(server.receivedMalformedFrame("\(error)", on: id, atMilliseconds: nowMilliseconds()))
        }
    }

    func disconnected(_ id: ConnectionID) {
        connections[id] = nil
        guard knownConnections.remove(id) != nil else { return }
        perform(server.disconnected(id, atMilliseconds: nowMilliseconds()))
        flush()
    }

    func hasOutgoing(_ connection: ConnectionHandler) {
        unwritten.append(connection)
    }

    /// Writes what was sealed, and looks whether somebody's wait is over. Called at the end of every burst of events.
    func flush() {
        // Writing can end a connection, which brings more to write.
        while !unwritten.isEmpty {
            let ready = unwritten
            unwritten.removeAll(keepingCapacity: true)
            for connection in ready { connection.flush() }
        }
        guard !waiters.isEmpty else { return }
        for (number, waiter) in waiters where waiter(server) { waiters[number] = nil }
    }

    // MARK: - Inside

    /// Performs actions in the order in which the machine gave them, also when performing one brings about more.
    private func perform(_ more: [SimulatorAction]) {
        actions += more
        guard !isPerforming else { return }
        isPerforming = true
        var index = 0
        while index < actions.count {
            switch actions[index] {
            case .send(let node, let id):
                connections[id]?.send(node)
            case .sendPayload(let bytes, let id):
                connections[id]?.send(payload: bytes)
            case .close(let id):
                knownConnections.remove(id)
                connections.removeValue(forKey: id)?.close()
            case .cut(let id, let byteCount):
                connections[id]?.cut(afterByteCount: byteCount)
            case .fetchMedia(let file):
                mediaFetches.yield(file)
            case .store(let file):
                store.place(file)
            case .storeAgain(let name, let other):
                store.copy(name, as: other)
            }
            index += 1
        }
        actions.removeAll(keepingCapacity: true)
        isPerforming = false
        scheduleTick()
    }

    private func scheduleTick() {
        guard let due = server.nextTickMilliseconds else { return }
        if let tick, tick.atMilliseconds <= due { return }
        tick?.task.cancel()
        let delay = TimeAmount.milliseconds(max(0, due - nowMilliseconds()))
        let task = eventLoop.scheduleTask(in: delay) { [self] in
            assumeIsolated { host in
                host.tick = nil
                host.perform(host.server.tick(atMilliseconds: host.nowMilliseconds()))
                host.scheduleTick()
                host.flush()
            }
        }
        tick = (due, task)
    }
}
