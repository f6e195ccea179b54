import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import SimulatorServer
import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WANoise
import WAProtocol
import WASimulator

/// A client linked to a simulated phone, with the simulator beside it.
struct LinkedClient: Sendable {
    static let ownNumber = "6281100000001"
    static let peerNumber = "6281234567890"

    let client: WhatsAppClient
    let log: EventLog
    let simulator: RunningSimulator
    let database: any SQLDatabase
    let account: String
    let configuration: ClientConfiguration
    let environment: ClientEnvironment

    /// Sends a text and waits for its outcome.
    func send(_ text: String, to number: String = peerNumber, id: String? = nil) async -> SendOutcome {
        let id = id ?? MessageID.make(own: JID(Self.ownNumber, .user), nowSeconds: environment.nowMilliseconds() / 1000)
        let envelope = OutgoingEnvelope(id: id, recipient: JID(number, .user), content: .text(TextContent(text)))
        return await client.send([envelope]).first ?? .interrupted
    }

    /// Texts a simulated device shows from us, waiting until there are this many.
    func inbox(of address: DeviceAddress, count: Int) async throws -> [InboxMessage] {
        let found = await simulator.host.firstValue(within: .patience) { server -> [InboxMessage]? in
            guard let inbox = try? server.inbox(of: address), inbox.count >= count else { return nil }
            return inbox
        }
        return try #require(found, "\(address) did not get \(count) messages")
    }

    func drive<R: Sendable>(_ body: @Sendable (SimulatedServer) throws -> R) async rethrows -> R {
        try await simulator.host.drive { server, _ in try body(server) }
    }
}

/// Links a client by QR code to a phone of a fresh simulator, runs the body, and checks that nobody violated the protocol.
func withLinkedClient(
    seed: UInt64 = .random(in: 1...UInt64(UInt32.max)), isSecure: Bool = false,
    configure: @Sendable (inout ClientConfiguration) -> Void = { _ in },
    prepare: @escaping @Sendable (SimulatedServer) throws -> Void = { _ in },
    _ body: @Sendable (LinkedClient) async throws -> Void
) async throws {
    try await withUnlinkedClient(seed: seed, isSecure: isSecure, configure: configure, prepare: prepare) { linked in
        try await linked.link()
        try await body(linked)
    }
}

/// The same with a client that waits to be linked.
func withUnlinkedClient(
    seed: UInt64 = .random(in: 1...UInt64(UInt32.max)), isSecure: Bool = false,
    configure: @Sendable (inout ClientConfiguration) -> Void = { _ in },
    prepare: @escaping @Sendable (SimulatedServer) throws -> Void = { _ in },
    _ body: @Sendable (LinkedClient) async throws -> Void
) async throws {
    print("simulator seed \(seed)")
    var settings = SimulatorSettings()
    // A busy machine is no reason to call a device list old.
    settings.configuration = SimulatorConfiguration(seed: seed, deviceListGraceMilliseconds: 600_000)
    settings.controlPort = nil
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let folder = FileManager.default.temporaryDirectory.appending(path: "openwa-client-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = try SQLiteDatabase(path: folder.appending(path: "test.sqlite").path)
    try await Migrator.migrate(database, ClientSchema.migrations)

    let configureEndpoint = configure
    try await withRunningSimulator(settings, logger: logger) { simulator in
        var configuration = ClientConfiguration()
        let url = isSecure ? try #require(simulator.secureWebSocketURL) : simulator.webSocketURL
        configuration.endpoint = try #require(ServerEndpoint(url))
        configuration.trust = ServerTrust(rootKey: simulator.rootKey)
        configuration.handshakeTimeout = .patience
        configureEndpoint(&configuration)
        let roots = try NIOSSLCertificate.fromPEMBytes(Array(simulator.authorityPEM.utf8))
        let environment = try ClientEnvironment.network(additionalRoots: isSecure ? roots : [], logger: logger)
        let log = EventLog()
        let client = WhatsAppClient(
            account: "test-account", database: database, configuration: configuration, environment: environment,
            recorder: { _, event in log.append(event) })
        let linked = LinkedClient(
            client: client, log: log, simulator: simulator, database: database, account: "test-account",
            configuration: configuration, environment: environment)
        try await linked.drive { server in
            try server.addPhone(LinkedClient.ownNumber)
            try server.addPhone(LinkedClient.peerNumber)
            try prepare(server)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = await client.run() }
            group.addTask { for await event in client.events { log.append(event) } }
            try await body(linked)
            group.cancelAll()
        }
        let violations = await linked.drive { $0.violations }
        #expect(violations.isEmpty, "violations: \(violations)")
    }
}

extension LinkedClient {
    /// Scans the client's QR code with our own phone and waits until it is logged in.
    func link() async throws {
        var scanned = 0
        // A connection that is lost while it pairs shows a code again.
        while let (qr, count) = try await nextCode(after: scanned) {
            scanned = count
            try await drive { try $0.scan(qr, by: Self.ownNumber) }
        }
    }

    /// The newest code, once there are more than so many, and how many there are; nil once the client has been online.
    private func nextCode(after scanned: Int) async throws -> (qr: String, count: Int)? {
        try await log.wait(for: "a client that is online; it is \(client.state) after \(scanned) scans") { events -> (qr: String, count: Int)?? in
            var codes: [String] = []
            for case .stateChanged(let state) in events {
                switch state {
                case .online: return .some(nil)
                case .waitingForScan(let qr): codes.append(qr)
                default: break
                }
            }
            return codes.count > scanned ? .some((codes[codes.count - 1], codes.count)) : nil
        }
    }

    /// The first QR text that is shown, or the first other one.
    func shownQR(otherThan known: String? = nil) async throws -> String {
        try await log.first { event in
            if case .stateChanged(.waitingForScan(let qr)) = event, qr != known { qr } else { nil }
        }
    }

    /// Returns once the client has been online.
    func isOnline() async throws {
        _ = try await log.first { event -> Bool? in if case .stateChanged(.online) = event { true } else { nil } }
    }
}
