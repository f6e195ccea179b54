import Gateway
import Logging
import ServiceLifecycle
import Synchronization

/// All Socket.IO sessions of the server.
///
/// ```
/// HTTP  ─► SocketRoutes  ─┐                              ┌─► SocketPeer (one namespace protocol each)
/// HTTP  ─► WebSocketDoor ─┴─► LiveSockets ─► EngineConnection ─┘        └─► EventsSocket ─► EventFeed
/// ```
/// It is a service: `run` keeps time for the sessions and runs the sockets that joined; at shutdown all are closed.
final class LiveSockets: Service, Sendable {
    private struct State {
        var peers: [String: SocketPeer] = [:]
        var isClosing = false
    }

    private let configuration: SocketConfiguration
    private let doorman: SocketDoorman
    private let clock: any Clock<Duration>
    private let state = Mutex(State())
    private let arrivals: AsyncStream<EventsSocket>
    private let arrival: AsyncStream<EventsSocket>.Continuation
    private let start = ContinuousClock.now

    init(_ configuration: SocketConfiguration, keys: KeyGuard) {
        self.configuration = configuration
        clock = keys.gateway.clock
        let (arrivals, arrival) = AsyncStream.makeStream(of: EventsSocket.self)
        (self.arrivals, self.arrival) = (arrivals, arrival)
        doorman = SocketDoorman(keys: keys, limits: SocketLimits(configuration)) { socket in
            if case .enqueued = arrival.yield(socket) { true } else { false }
        }
    }

    private func now() -> Duration { ContinuousClock.now - start }

    /// Begins a session; nil when there are too many, or the server ends.
    func open(_ origin: EngineConnection.Origin, socket: (any EngineConnection.Writer)? = nil) -> EngineConnection? {
        guard hasRoom(for: origin) else { return nil }
        let connection = EngineConnection(
            id: SocketID.make(), origin: origin, timing: configuration.timing, socket: socket,
            now: { [start] in ContinuousClock.now - start },
            receive: { [weak self] connection, news in self?.received(news, from: connection) })
        let peer = SocketPeer(connection, since: now(), doorman: doorman)
        state.withLock { $0.peers[connection.id] = peer }
        return connection
    }

    /// The session with this id, unless nothing can be asked of it any more.
    subscript(id: String) -> EngineConnection? {
        guard let connection = state.withLock({ $0.peers[id]?.connection }), !connection.isGone else { return nil }
        return connection
    }

    private func hasRoom(for origin: EngineConnection.Origin) -> Bool {
        let place = IPAddress.block(of: origin.address)
        let peers = state.withLock { state in state.isClosing ? nil : Array(state.peers.values) }
        guard let peers, peers.count < configuration.maximumSessions else { return false }
        guard peers.count >= configuration.maximumStrangers else { return true }
        let strangers = peers.count { !$0.hasJoined && IPAddress.block(of: $0.connection.origin.address) == place }
        return strangers < configuration.maximumStrangers
    }

    private func received(_ news: EngineConnection.News, from connection: EngineConnection) {
        guard let peer = state.withLock({ $0.peers[connection.id] }) else { return }
        peer.received(news)
        if case .ended = news, connection.isGone { forget(connection.id) }
    }

    private func forget(_ id: String) {
        state.withLock { $0.peers[id] = nil }
    }

    // MARK: - Life

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepTime() }
            for await socket in arrivals.cancelOnGracefulShutdown() {
                group.addTask { await socket.run() }
            }
            closeAll()
            group.cancelAll()
        }
    }

    /// Ends all sessions, and begins none any more.
    func closeAll() {
        let peers = state.withLock { state in
            state.isClosing = true
            return Array(state.peers.values)
        }
        for peer in peers { peer.connection.close() }
    }

    private func keepTime() async {
        var nextSweep = now() + configuration.sweepInterval
        while !Task.isCancelled {
            do { try await clock.sleep(for: configuration.tick) } catch { return }
            let now = now()
            let peers = state.withLock { Array($0.peers.values) }
            for peer in peers { tick(peer, now) }
            if now >= nextSweep {
                nextSweep = now + configuration.sweepInterval
                sweep()
            }
        }
    }

    private func tick(_ peer: SocketPeer, _ now: Duration) {
        peer.connection.tick()
        if !peer.hasJoined, now - peer.since >= configuration.joinTimeout { peer.connection.close() }
        if peer.connection.isGone { forget(peer.connection.id) }
    }

    /// Sends away whose key is no longer what it was.
    func sweep() {
        for peer in state.withLock({ Array($0.peers.values) }) {
            guard let reason = peer.socket?.reasonToLeave() else { continue }
            peer.dismiss(.error(.unauthorized, reason))
        }
    }
}
