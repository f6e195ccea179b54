import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceLifecycle
import Storage
import WAClient

@testable import Gateway
@testable import GatewayAPI

/// A gateway on a fresh database, and keys to it. It has no WhatsApp to connect to.
struct GatewayFixture: Sendable {
    let gateway: MessagingGateway
    /// The first key: role admin, no limits.
    let adminKey: String
    /// Where the first key is kept.
    let keyFile: String

    /// Makes a key; `change` narrows it.
    func addKey(_ role: APIKeyRole, _ change: (inout APIKeyRecord) -> Void = { _ in }) async throws -> String {
        let rawKey = APIKeyHash.makeRawKey()
        var record = APIKeyRecord(
            id: UUID().uuidString.lowercased(), name: "test", keyPrefix: APIKeyHash.prefix(of: rawKey), role: role,
            createdAtMilliseconds: 0)
        change(&record)
        let key = APIKeyStore.Stored(record: record, hash: gateway.keyHash(rawKey))
        let (keys, revision) = try await gateway.environment.database.write { [gateway] connection in
            try APIKeyStore.insert(key, on: connection)
            return (try APIKeyStore.all(on: connection), gateway.keyring.nextRevision())
        }
        gateway.keyring.replace(with: keys, revision: revision)
        return rawKey
    }
}

/// Lends a gateway whose database is deleted afterwards.
func withGateway(
    _ configuration: GatewayConfiguration = GatewayConfiguration(),
    destinations: DestinationResolver = DestinationResolver(), _ body: (GatewayFixture) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "openwa-api-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = try SQLiteDatabase(path: folder.appending(path: "openwa.sqlite").path)
    defer { try? database.close() }

    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let client = ClientEnvironment(
        openLink: { _, _ in throw ClientError.unreachable("this test has no WhatsApp") }, logger: logger)
    let environment = GatewayEnvironment(
        database: database, client: client, logger: logger, mediaDirectory: folder.appending(path: "media").path,
        destinations: destinations, mediaTool: nil)
    let file = folder.appending(path: ".api-key").path
    var configuration = configuration
    configuration.apiKeyFile = file
    let gateway = try await MessagingGateway(configuration: configuration, environment: environment)
    guard
        case .generated(let rawKey, _) = try await gateway.bootstrapKeys(APIKeyBootstrap(masterKey: nil, file: file))
    else { preconditionFailure("a fresh database has no key") }
    try await withService(gateway, logger: logger) {
        try await body(GatewayFixture(gateway: gateway, adminKey: rawKey, keyFile: file))
    }
}

/// Keeps a service running for the length of a closure, and ends it as the process would.
func withService(
    _ service: some Service, logger: Logger, _ body: () async throws -> Void
) async throws {
    let services = ServiceGroup(services: [service], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
        try outcome.get()
    }
}

/// Lends a gateway and a caller of its routes, who has the first key.
func withRoutes(
    _ configuration: APIConfiguration = APIConfiguration(), gateway: GatewayConfiguration = GatewayConfiguration(),
    _ body: @Sendable (TestCaller, GatewayFixture) async throws -> Void
) async throws {
    try await withGateway(gateway) { fixture in
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = APIApplication.make(fixture.gateway, configuration: configuration, logger: logger)
        try await application.test(.router) { client in
            try await body(TestCaller(client: client, key: fixture.adminKey), fixture)
        }
    }
}
