import SignalProtocol
import Testing
import WABinary
import WACrypto
import WASimulator

/// A simulated server with a clock that is moved by hand, and scripted clients on its connections.
///
/// Every node for a client goes through the binary coding and must come out the same: what a server sends has to be
/// encodable in the form clients insist on.
final class SimulatorBench {
    static let firstMilliseconds: Int64 = 1_760_000_000_000

    let server: SimulatedServer
    private(set) var nowMilliseconds = SimulatorBench.firstMilliseconds
    private(set) var clients: [ConnectionID: ScriptedClient] = [:]
    private var connectionCount: UInt64 = 0
    /// Files that phones want, oldest first; a test answers with `fetched`.
    private(set) var mediaRequests: [MediaFile] = []
    /// What the simulator put on its media server, by name.
    private(set) var stored: [String: StoredFile] = [:]

    init(_ configuration: SimulatorConfiguration = SimulatorConfiguration()) {
        server = SimulatedServer(configuration: configuration, atMilliseconds: SimulatorBench.firstMilliseconds)
    }

    /// Moves the clock, stopping wherever the server has something to do.
    func pass(milliseconds: Int64) throws {
        let end = nowMilliseconds + milliseconds
        while let next = server.nextTickMilliseconds, next <= end {
            nowMilliseconds = max(next, nowMilliseconds)
            try perform(server.tick(atMilliseconds: nowMilliseconds))
        }
        nowMilliseconds = end
        try perform(server.tick(atMilliseconds: nowMilliseconds))
    }

    /// Drives phones.
    @discardableResult
    func drive<R>(_ body: (SimulatedServer) throws -> R) throws -> R {
        server.advance(to: nowMilliseconds)
        let result = try body(server)
        try perform(server.takeActions())
        return result
    }

    /// Answers all wishes for files.
    func fetched(_ outcome: Result<[UInt8], MediaFailure>) throws {
        for file in mediaRequests {
            try perform(server.fetchedMedia(file, outcome, atMilliseconds: nowMilliseconds))
        }
        mediaRequests.removeAll()
    }

    func connect(_ client: ScriptedClient, payload: [UInt8]) throws {
        connectionCount += 1
        let id = ConnectionID(connectionCount)
        client.connection = id
        client.closing = nil
        clients[id] = client
        try perform(
            server.connected(
                id, clientStatic: client.noiseKey.publicKey, payload: payload, atMilliseconds: nowMilliseconds))
    }

    func send(_ node: Node, from client: ScriptedClient) throws {
        let id = try #require(client.connection, "the client is not connected")
        try perform(server.received(node, on: id, atMilliseconds: nowMilliseconds))
    }

    func disconnect(_ client: ScriptedClient) throws {
        guard let id = client.connection else { return }
        clients[id] = nil
        client.connection = nil
        try perform(server.disconnected(id, atMilliseconds: nowMilliseconds))
    }

    func perform(_ actions: [SimulatorAction]) throws {
        for action in actions {
            switch action {
            case .send(let node, let id):
                #expect(try NodeDecoder.decode(NodeEncoder.encode(node)) == node)
                clients[id]?.received.append(node)
            case .sendPayload(let bytes, let id):
                clients[id]?.payloads.append(bytes)
            case .close(let id):
                end(id, .closed)
            case .cut(let id, let byteCount):
                clients[id]?.cutByteCount = byteCount
                if byteCount == 0 { end(id, .cut) }
            case .fetchMedia(let file):
                mediaRequests.append(file)
            case .store(let file):
                stored[file.name] = file
            case .storeAgain(let name, let other):
                stored[other] = stored[name].map { StoredFile(name: other, type: $0.type, bytes: $0.bytes) }
            }
        }
    }

    private func end(_ id: ConnectionID, _ closing: ScriptedClient.Closing) {
        guard let client = clients.removeValue(forKey: id), client.connection == id else { return }
        client.closing = closing
        client.connection = nil
    }

    /// What no test may leave unexplained.
    var violations: [Violation.Kind] { server.violations.map(\.kind) }
}
