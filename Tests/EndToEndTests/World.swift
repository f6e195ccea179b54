import Foundation
import Gateway
import Logging
import NIOPosix
import NIOSSL
import SimulatorServer
import Storage
import Synchronization
import TestSupport
import Testing
import WAClient
import WANoise
import WASimulator

/// A gateway with one linked session, the simulator it talks to, and phones in it.
struct World: Sendable {
    static let session = "depot"
    static let ownNumber = "6281100000001"
    static let peers = ["6281234567890", "628111111111", "628222222222"]

    /// Our device, the first companion of its account.
    static let own = DeviceAddress(ownNumber, 1)

    let gateway: MessagingGateway
    let simulator: RunningSimulator
    let database: FaultyDatabase
    /// Where the gateway keeps what is no row.
    let folder: String

    func drive<R: Sendable>(_ body: @Sendable (SimulatedServer) throws -> R) async rethrows -> R {
        try await simulator.host.drive { server, _ in try body(server) }
    }

    /// Sends through the gateway, which keeps the message until its outcome is known.
    func send(_ text: String, to number: String) async throws -> SendResult {
        try await gateway.send(
            SendRequest(chatID: "\(number)@c.us", content: .text(OutgoingText(text))), session: Self.session)
    }

    /// Texts a phone shows from us, once it shows at least this many.
    func texts(on number: String, count: Int, within limit: Duration = .patience) async -> [InboxMessage]? {
        await simulator.host.firstValue(within: limit) { server in
            let inbox = (try? server.inbox(of: DeviceAddress(number)))?.filter { !$0.isFromMe } ?? []
            return inbox.count >= count ? inbox : nil
        }
    }

    /// What the gateway has stored as received, once every one of these ids is there.
    func received(_ ids: [String]) async throws -> [MessageRecord] {
        // A phone's message counts as delivered when our receipt, sent after the commit, has come back to it.
        for id in ids {
            let isDelivered = await simulator.host.firstValue(within: .patience) { server -> Bool? in
                for peer in Self.peers {
                    guard let said = try? server.said(id, by: DeviceAddress(peer)) else { continue }
                    let ours = said.progress.filter { $0.key.number == Self.ownNumber && $0.key.device != 0 }
                    return ours.values.contains { $0.deliveredMilliseconds != nil } ? true : nil
                }
                return nil
            }
            #expect(isDelivered == true, "message \(id) was never confirmed")
        }
        let page = try await gateway.messages(MessageQuery(session: Self.session, limit: 100, direction: .incoming))
        return page.messages
    }

    /// What a device shows, once it shows this much.
    func inbox(of device: DeviceAddress, count: Int) async throws -> [InboxMessage] {
        let inbox = await simulator.host.firstValue(within: .patience) { server in
            (try? server.inbox(of: device)).flatMap { $0.count >= count ? $0 : nil }
        }
        return try #require(inbox, "\(device) does not show \(count) messages")
    }

    /// A phone says something; returns the id once the gateway has stored the message and said so.
    @discardableResult
    func hear(
        _ text: String, from number: String, addressing: Addressing = .lid
    ) async throws -> MessageRecord {
        let id = try await drive {
            try $0.say(text, from: DeviceAddress(number), to: Self.ownNumber, addressing: addressing)
        }
        return try #require(try await received([id]).first { $0.waMessageID.contains(id) })
    }

    /// Waits until our device has acknowledged whatever the server had for it.
    func waitUntilNothingWaits() async throws {
        let isDone = await simulator.host.firstValue(within: .patience) { server -> Bool? in
            let device = try? server.phone(Self.ownNumber).devices.first { $0.address == Self.own }
            return device?.waitingCount == 0 ? true : nil
        }
        try #require(isDone == true, "our device never acknowledged what waited for it")
    }

    func waitUntilReady() async throws {
        try await waitUntil { $0 == .ready }
    }

    fileprivate var status: SessionStatus? { gateway.sessions().first { $0.name == Self.session }?.status }

    /// Waits for a status; no session is given up in these tests.
    fileprivate func waitUntil(_ isWanted: @escaping @Sendable (SessionStatus) -> Bool) async throws {
        let found = try await patiently("another status than \(String(describing: self.status))") { [gateway] in
            await gateway.waitForSession(Self.session) { isWanted($0) || $0 == .failed }
        }
        let record = try #require(found)
        try #require(record.status != .failed, "the session has failed: \(record.lastError ?? "")")
    }
}

/// Lends a world whose simulator draws everything from the seed; ends by checking that nobody violated the protocol.
func withWorld(seed: UInt64, _ body: @Sendable (World) async throws -> Void) async throws {
    try await withStage(seed: seed) { try await $0.run({ _ in }, body) }
}

/// What outlives a gateway: its database and files, the simulator, and a clock that tests move.
struct Stage: Sendable {
    let simulator: RunningSimulator
    let database: FaultyDatabase
    let folder: String
    let clock: MovableClock

    /// Runs a gateway for as long as `body` does: the first links the session, later ones find it linked.
    func run<R: Sendable>(
        _ change: (inout GatewayConfiguration) -> Void = { _ in }, _ body: @Sendable (World) async throws -> R
    ) async throws -> R {
        let logger = Logger(label: "world", factory: { _ in SwiftLogNoOpLogHandler() })
        var configuration = GatewayConfiguration()
        configuration.client.endpoint = try #require(ServerEndpoint(simulator.webSocketURL))
        configuration.client.trust = ServerTrust(rootKey: simulator.rootKey)
        configuration.client.reconnectUnit = .milliseconds(20)
        configuration.client.spoolFolder = folder
        configuration.client.handshakeTimeout = .patience
        configuration.sendAckTimeoutMilliseconds = 60_000
        // Endpoints of tests are on the loopback.
        configuration.webhooks.protectsDestinations = false
        change(&configuration)
        let roots = try NIOSSLCertificate.fromPEMBytes(Array(simulator.authorityPEM.utf8))
        var client = try ClientEnvironment.network(additionalRoots: roots, logger: logger)
        client.nowMilliseconds = { [clock] in clock.nowMilliseconds }
        let gateway = try await MessagingGateway(
            configuration: configuration,
            environment: GatewayEnvironment(
                database: database, client: client, logger: logger, mediaDirectory: folder + "/media",
                destinations: DestinationResolver(overrides: simulator.sites.overrides), destinationRoots: roots))
        let world = World(gateway: gateway, simulator: simulator, database: database, folder: folder)
        return try await withThrowingTaskGroup(of: Void.self, returning: R.self) { group in
            group.addTask { try await gateway.run() }
            if gateway.sessions().isEmpty { try await link(world) }
            try await world.waitUntilReady()
            defer { group.cancelAll() }
            return try await body(world)
        }
    }

    private func link(_ world: World) async throws {
        _ = try await world.gateway.createSession(name: World.session)
        _ = try await world.gateway.startSession(World.session)
        // A connection that is lost while it pairs shows a code again.
        repeat {
            try await world.waitUntil { $0 == .qrReady || $0 == .ready }
            if let code = try? world.gateway.qr(of: World.session).text {
                try await world.drive { try $0.scan(code, by: World.ownNumber) }
            }
            try await world.waitUntil { $0 != .qrReady }
        } while world.status != .ready
    }
}

/// The wall clock of gateway and simulator: the system's, and as far ahead of it as a test says.
final class MovableClock: Sendable {
    private let ahead = Mutex<Int64>(0)

    var nowMilliseconds: Int64 { systemMilliseconds() + ahead.withLock { $0 } }

    func advance(days: Int64) { ahead.withLock { $0 += days * 86_400_000 } }
}

/// Lends a stage with phones on it, linked to nobody yet. `example.com` is a site of the simulator.
func withStage(seed: UInt64, _ body: @Sendable (Stage) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
        let database = try SQLiteDatabase(path: folder + "/world.sqlite")
        let clock = MovableClock()
        try await withSimulator(
            seed: seed,
            configure: {
                $0.nowMilliseconds = { clock.nowMilliseconds }
                $0.servesPlaygroundSites = true
            }
        ) { simulator in
            let stage = Stage(
                simulator: simulator, database: FaultyDatabase(database), folder: folder, clock: clock)
            try await simulator.host.drive { server, _ in
                for number in World.peers + [World.ownNumber] { try server.addPhone(number) }
            }
            try await body(stage)
            let violations = await simulator.violations()
            #expect(violations.isEmpty, "violations: \(violations)")
        }
        try database.close()
    }
}
