package import WABinary
package import WACrypto

/// A WhatsApp server with virtual phones: a deterministic machine without sockets, clocks or chance of its own.
///
/// Its owner tells it what happens on connections and what time it is, and performs the actions it answers with:
///
/// ```
/// connected ──► pair-device … pair-success … 515        (a registration)
///           └─► success … active, queued stanzas        (a login)
/// received  ──► replies, acks, and deliveries to whoever is concerned
/// tick      ──► what is due: expired refs, late acks, delayed stanzas, automatic answers
/// ```
///
/// Phones are added and driven through the methods of `SimulatedServer+Phones`; those return values, and what they
/// cause on connections is fetched with `takeActions()`. Used from one owner at a time (an actor, or one thread).
/// It imports nothing of the client: stanzas, hashes and checks are written a second time, from the reference.
package final class SimulatedServer {
    package let identity: SimulatorIdentity
    package let configuration: SimulatorConfiguration
    package internal(set) var violations: [Violation] = []
    package internal(set) var counters = SimulatorCounters()
    /// The last time the owner told.
    package internal(set) var nowMilliseconds: Int64

    let seeds: SeedTree
    var random: SeededGenerator
    var faults: FaultDecider
    /// Faults of earlier plans.
    var formerFaultCount = 0
    var accounts: [String: Account] = [:]
    var numbersByLID: [String: String] = [:]
    /// Numbers and LIDs of accounts that have others now: who has not heard of it yet may still name them.
    var formerNames: Set<String> = []
    /// By id, which is digits.
    var groups: [String: Group] = [:]
    var groupCount = 0
    /// By id, which is digits.
    var channels: [String: Channel] = [:]
    var channelCount = 0
    var calls: [String: Call] = [:]
    /// Ids of calls, oldest first.
    var callOrder: [String] = []
    var connections: [ConnectionID: Connection] = [:]
    var timers = TimerQueue()
    var requestCount = 0
    var isSweepArmed = false
    /// What devices answered that would not be paired, such as `401 hmac-mismatch`.
    package internal(set) var pairingRefusals: [String] = []
    /// Messages that wait for a file being fetched.
    var mediaWaiters: [MediaFile: [MediaWaiter]] = [:]
    /// Files that were found good, with their first bytes.
    var goodFiles: [MediaFile: [UInt8]] = [:]
    var goodFileOrder: [MediaFile] = []
    /// Counts renewals of the token that uploads need.
    var mediaAuthorizationCount = 0
    /// Counts pictures, so that each has an id of its own.
    var pictureCount: Int64 = 0
    /// Failures with which the next login of a device is refused.
    var loginFailures: [DeviceAddress: Int] = [:]

    private var actions: [SimulatorAction] = []
    /// Stanzas between the server and the endpoints inside it, in order.
    private var internalStanzas: [InternalStanza] = []
    private var isPumping = false

    private enum InternalStanza {
        case toEndpoint(Device, Node)
        case fromEndpoint(Device, Node)
    }

    package init(configuration: SimulatorConfiguration = SimulatorConfiguration(), atMilliseconds now: Int64) {
        self.configuration = configuration
        identity = SimulatorIdentity(seed: configuration.seed)
        seeds = SeedTree(seed: configuration.seed)
        random = SeededGenerator(seed: configuration.seed)
        faults = FaultDecider(FaultPlan(seed: configuration.seed))
        nowMilliseconds = now
    }

    var nowSeconds: Int64 { nowMilliseconds / 1_000 }

    // MARK: - What happens on connections

    /// A handshake was completed: the client's proven static key, and its ClientPayload.
    package func connected(
        _ connection: ConnectionID, clientStatic: PublicKey, payload: [UInt8], atMilliseconds now: Int64
    ) -> [SimulatorAction] {
        advance(to: now)
        counters.connections += 1
        admit(connection, clientStatic: clientStatic, payload: payload)
        return takeActions()
    }

    /// A node arrived on an open connection.
    package func received(
        _ node: Node, on connection: ConnectionID, atMilliseconds now: Int64
    ) -> [SimulatorAction] {
        advance(to: now)
        guard let connection = connections[connection] else { return takeActions() }
        if case .ended = connection.stage { return takeActions() }
        counters.stanzasReceived += 1
        switch faults.forIncoming(isPairing: connection.device == nil) {
        case .none: dispatch(node, from: connection)
        case .lost: cut(connection)
        case .streamError(let code):
            endStream(connection, with: Node("stream:error", ["code": .text(String(code))]))
        case .cutAfterwards:
            // Whatever the stanza brought about for others is done; what it answers is not written any more.
            connection.isMuted = true
            dispatch(node, from: connection)
            cut(connection)
        }
        return takeActions()
    }

    /// A frame arrived that is not one well-formed node.
    package func receivedMalformedFrame(
        _ reason: String, on connection: ConnectionID, atMilliseconds now: Int64
    ) -> [SimulatorAction] {
        advance(to: now)
        guard let connection = connections[connection] else { return takeActions() }
        report(.malformedFrame, "\(name(of: connection)): \(reason)")
        endStream(connection, with: Node("stream:error", [:], [Node("xml-not-well-formed")]))
        return takeActions()
    }

    /// The connection is gone, whoever ended it.
    package func disconnected(_ connection: ConnectionID, atMilliseconds now: Int64) -> [SimulatorAction] {
        advance(to: now)
        forget(connection)
        return takeActions()
    }

    /// Time has passed. Call it at `nextTickMilliseconds`, or regularly.
    package func tick(atMilliseconds now: Int64) -> [SimulatorAction] {
        advance(to: now)
        while let timer = timers.popDue(atMilliseconds: now) { fire(timer) }
        return takeActions()
    }

    /// Tells the time before phones are driven; what happens on connections tells it by itself. Time never goes back.
    package func advance(to now: Int64) {
        nowMilliseconds = max(now, nowMilliseconds)
    }

    /// When `tick` has something to do next; nil while nothing waits for time.
    package var nextTickMilliseconds: Int64? { timers.nextMilliseconds }

    /// What has to be performed since this was last asked. The methods above return it themselves.
    package func takeActions() -> [SimulatorAction] {
        pump()
        counters.faults = formerFaultCount + faults.faultCount
        defer { actions.removeAll() }
        return actions
    }

    // MARK: - Inside

    func perform(_ action: SimulatorAction) {
        actions.append(action)
    }

    /// Violations beyond this many are only counted: a broken client makes one with every stanza.
    private static let keptViolationCount = 10_000

    func report(_ kind: Violation.Kind, _ text: String) {
        counters.violations += 1
        guard violations.count < Self.keptViolationCount else { return }
        violations.append(Violation(kind, text, atMilliseconds: nowMilliseconds))
    }

    /// A stanza from the server to a device that lives in the simulator.
    func passToEndpoint(_ node: Node, of device: Device) {
        internalStanzas.append(.toEndpoint(device, node))
    }

    /// A stanza from a device that lives in the simulator.
    func submit(_ node: Node, from device: Device) {
        internalStanzas.append(.fromEndpoint(device, node))
    }

    /// Runs the conversation between the server and its own devices until nobody has anything to say.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        var index = 0
        while index < internalStanzas.count {
            switch internalStanzas[index] {
            case .toEndpoint(let device, let node): device.endpoint?.receive(node, as: device, in: self)
            case .fromEndpoint(let device, let node): dispatch(node, from: device)
            }
            index += 1
        }
        internalStanzas.removeAll(keepingCapacity: true)
    }

    func makeID() -> String {
        requestCount += 1
        return "\(nowSeconds)-\(requestCount)"
    }

    func name(of connection: Connection) -> String {
        connection.device.map { "device \($0.address)" } ?? connection.id.description
    }
}
