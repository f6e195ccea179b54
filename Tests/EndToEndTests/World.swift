import Foundation
import Gateway
import Logging
import NIOPosix
import SimulatorServer
import Storage
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

    let gateway: MessagingGateway
    let simulator: RunningSimulator

    func drive<R: Sendable>(_ body: @Sendable (SimulatedServer) throws -> R) async rethrows -> R {
        try await simulator.host.drive { server, _ in try body(server) }
    }

    /// Sends through the gateway, which keeps the message until its outcome is known.
    func send(_ text: String, to number: String) async throws -> SendResult {
        try await gateway.send(
            SendRequest(chatID: "\(number)@c.us", content: .text(OutgoingText(text))), session: Self.session)
    }

    /// Texts a phone shows from us, once it shows at least this many.
    func texts(on number: String, count: Int, within limit: Duration = .seconds(60)) async -> [InboxMessage]? {
        await simulator.host.firstValue(within: limit) { server in
            let inbox = (try? server.inbox(of: DeviceAddress(number)))?.filter { !$0.isFromMe } ?? []
            return inbox.count >= count ? inbox : nil
        }
    }

    /// What the gateway has stored as received, once every one of these ids is there.
    func received(_ ids: [String]) async throws -> [MessageRecord] {
        // A phone's message counts as delivered when our receipt, sent after the commit, has come back to it.
        for id in ids {
            let isDelivered = await simulator.host.firstValue(within: .seconds(60)) { server -> Bool? in
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

    func waitUntilReady() async throws {
        let record = await gateway.waitForSession(Self.session) { $0 == .ready }
        _ = try #require(record)
    }
}

/// Lends a world whose simulator draws everything from the seed; ends by checking that nobody violated the protocol.
func withWorld(seed: UInt64, _ body: @Sendable (World) async throws -> Void) async throws {
    let logger = Logger(label: "world", factory: { _ in SwiftLogNoOpLogHandler() })
    try await withTemporaryDirectory { folder in
        let database = try SQLiteDatabase(path: folder + "/world.sqlite")
        try await withSimulator(seed: seed) { simulator in
            var configuration = GatewayConfiguration()
            configuration.client.endpoint = try #require(ServerEndpoint(simulator.webSocketURL))
            configuration.client.trust = ServerTrust(rootKey: simulator.rootKey)
            configuration.client.reconnectUnit = .milliseconds(20)
            configuration.sendAckTimeoutMilliseconds = 60_000
            let gateway = try await MessagingGateway(
                configuration: configuration,
                environment: GatewayEnvironment(
                    database: database, client: .network(logger: logger), logger: logger))
            let world = World(gateway: gateway, simulator: simulator)
            try await world.drive { server in
                for number in World.peers + [World.ownNumber] { try server.addPhone(number) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await gateway.run() }
                _ = try await gateway.createSession(name: World.session)
                _ = try await gateway.startSession(World.session)
                _ = await gateway.waitForSession(World.session) { $0 == .qrReady }
                let code = try gateway.qr(of: World.session).text
                try await world.drive { try $0.scan(code, by: World.ownNumber) }
                try await world.waitUntilReady()
                try await body(world)
                group.cancelAll()
            }
            let violations = await world.drive { $0.violations }
            #expect(violations.isEmpty, "violations: \(violations)")
        }
        try database.close()
    }
}
