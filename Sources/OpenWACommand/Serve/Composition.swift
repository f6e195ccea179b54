import Foundation
import Gateway
import GatewayAPI
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Storage
import UnixSignals
import WAClient
import WAProtocol

/// The running program, part by part: the only place that knows them all.
struct Composition: Sendable {
    let configuration: EnvironmentConfiguration
    let logger: Logger
    /// Prints a line for the person who started the program.
    let say: @Sendable (String) -> Void

    /// Builds everything, serves until SIGTERM or SIGINT, and takes it down again in order.
    ///
    /// - Parameter companions: Services that need the gateway, such as the playground's.
    func run(companions: (MessagingGateway, _ apiKey: String?) -> [any Service] = { _, _ in [] }) async throws {
        let database = try openDatabase()
        do {
            let gateway = try await makeGateway(on: database)
            let key = try await bootstrapKey(gateway)
            let http = APIApplication.make(gateway, configuration: apiConfiguration, logger: logger) { channel in
                say("Listening on http://\(configuration.host):\(channel.localAddress?.port ?? configuration.port)")
            }
            // Stopped in reverse: first no more requests, then the sessions, when the last request has its answer.
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: ([gateway, http] + companions(gateway, key)).map { .init(service: $0) },
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            try await group.run()
        } catch {
            try? database.close()
            throw error
        }
        try database.close()
        say("Stopped. Everything accepted is kept.")
    }

    // MARK: - Parts

    private func openDatabase() throws -> SQLiteDatabase {
        let file = configuration.databaseFile ?? configuration.dataDirectory + "/openwa.sqlite"
        try FileManager.default.createDirectory(
            atPath: configuration.dataDirectory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        say("Opening \(file)")
        return try SQLiteDatabase(path: file)
    }

    private func makeGateway(on database: SQLiteDatabase) async throws -> MessagingGateway {
        let authorities = try configuration.authorityFile.map { try NIOSSLCertificate.fromPEMFile($0) } ?? []
        var gateway = GatewayConfiguration()
        gateway.client.endpoint = configuration.endpoint
        gateway.client.trust = configuration.trust
        gateway.client.companion.name = configuration.deviceName
        gateway.sendAckTimeoutMilliseconds = configuration.sendAckTimeoutMilliseconds
        gateway.outboxLimit = configuration.outboxLimit
        gateway.maximumSessions = configuration.maximumSessions
        gateway.startsSessionsAtBoot = configuration.startsSessionsAtBoot
        gateway.apiKeyPepper = configuration.keyPepper
        return try await MessagingGateway(
            configuration: gateway,
            environment: GatewayEnvironment(
                database: database,
                client: .network(origin: gateway.client.origin, additionalRoots: authorities, logger: logger),
                logger: logger))
    }

    /// - Returns: the raw key when it is known: the operator's, or one drawn just now.
    private func bootstrapKey(_ gateway: MessagingGateway) async throws -> String? {
        let bootstrap = try APIKeyBootstrap(
            masterKey: configuration.masterKey, file: configuration.keyFile ?? configuration.dataDirectory + "/.api-key"
        )
        switch try await gateway.bootstrapKeys(bootstrap) {
        case .generated(let rawKey, let file):
            say("API key (shown this once, kept in \(file)): \(rawKey)")
            return rawKey
        case .adopted:
            say("API key: the value of API_MASTER_KEY")
            return configuration.masterKey
        case .existing:
            return nil
        }
    }

    private var apiConfiguration: APIConfiguration {
        APIConfiguration(
            host: configuration.host, port: configuration.port, maximumBodyByteCount: configuration.bodyByteLimit,
            bodyBudgetByteCount: configuration.bodyBudgetByteCount,
            requestSeconds: max(1, configuration.requestTimeoutMilliseconds / 1_000),
            allowedOrigins: configuration.allowedOrigins,
            upgradesInsecureRequests: configuration.upgradesInsecureRequests,
            trustedProxies: configuration.trustedProxies, accessLogLevel: .debug, version: OpenWACommand.version)
    }
}
