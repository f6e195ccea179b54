import Foundation
import Logging
import NIOSSL
import SimulatorServer
import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WANoise
import WASimulator

/// A client by itself and the phone it is linked to: what the engine makes of the account's data, both ways.
struct AccountScene: Sendable {
    static let ownNumber = "6281100000001"
    static let peer = "6281234567890"
    static var chat: JID { JID(peer, .user) }

    let client: WhatsAppClient
    let database: any SQLDatabase
    let simulator: RunningSimulator
    let ledger: EventLedger

    func drive<R: Sendable>(_ body: @Sendable (SimulatedServer) throws -> R) async rethrows -> R {
        try await simulator.host.drive { server, _ in try body(server) }
    }

    /// What the phone shows, once it shows what is looked for.
    func phone(shows look: @escaping @Sendable (AppStateShown) -> Bool) async -> Bool {
        await simulator.host.firstValue(within: .patience) { server -> Bool? in
            (try? server.appState(of: Self.ownNumber)).map(look) == true ? true : nil
        } ?? false
    }
}

/// Links a client to a phone of a fresh simulator and lends both; nobody may violate the protocol.
///
/// - Parameter prepare: what the phone is like before it is linked.
func withAccount(
    seed: UInt64, prepare: @Sendable (SimulatedServer) throws -> Void = { _ in },
    _ body: @Sendable (AccountScene) async throws -> Void
) async throws {
    try await withTemporaryDirectory { folder in
        let database = try SQLiteDatabase(path: folder + "/account.sqlite")
        try await Migrator.migrate(database, ClientSchema.migrations)
        try await withSimulator(seed: seed) { simulator in
            try await simulator.host.drive { server, _ in
                try server.addPhone(AccountScene.ownNumber, name: "Budi")
                try server.addPhone(AccountScene.peer, name: "Citra")
                try prepare(server)
            }
            let logger = Logger(label: "account", factory: { _ in SwiftLogNoOpLogHandler() })
            var configuration = ClientConfiguration()
            configuration.endpoint = try #require(ServerEndpoint(simulator.webSocketURL))
            configuration.trust = ServerTrust(rootKey: simulator.rootKey)
            configuration.spoolFolder = folder
            configuration.handshakeTimeout = .patience
            let roots = try NIOSSLCertificate.fromPEMBytes(Array(simulator.authorityPEM.utf8))
            let ledger = EventLedger()
            let client = WhatsAppClient(
                account: "account", database: database, configuration: configuration,
                environment: try .network(additionalRoots: roots, logger: logger),
                recorder: { _, event in ledger.append(event) })
            let scene = AccountScene(client: client, database: database, simulator: simulator, ledger: ledger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = await client.run() }
                group.addTask { for await event in client.events { ledger.append(event) } }
                try await scene.link()
                try await body(scene)
                group.cancelAll()
            }
            let violations = await simulator.violations()
            #expect(violations.isEmpty, "violations: \(violations)")
        }
        try database.close()
    }
}

extension AccountScene {
    /// Scans the client's code and waits until it has followed the app state once: it tells the push name then.
    fileprivate func link() async throws {
        let code = try await ledger.first { if case .stateChanged(.waitingForScan(let qr)) = $0 { qr } else { nil } }
        try await drive { try $0.scan(code, by: Self.ownNumber) }
        _ = try await ledger.first { if case .stateChanged(.online) = $0 { true } else { nil } }
    }
}

/// Everything a client tells, in order; whoever waits for something is woken by it.
final class EventLedger: Sendable {
    private let events = Watched<[ClientEvent]>([])

    func append(_ event: ClientEvent) { events.withLock { $0.append(event) } }

    /// The first event, past or to come, in which something is found.
    func first<Value: Sendable>(
        sourceLocation: SourceLocation = #_sourceLocation, _ find: @escaping @Sendable (ClientEvent) -> Value?
    ) async throws -> Value {
        try await events.wait(for: "an event of the client", sourceLocation: sourceLocation) { $0.lazy.compactMap(find).first }
    }
}
