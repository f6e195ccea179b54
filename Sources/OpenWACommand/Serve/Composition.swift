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
    /// Whether the database of the last start is removed first.
    var beginsAnew = false
    /// A key that was drawn at an earlier start, for a database that has begun anew.
    var keptKey: String?
    /// Sites of the program's own, under names that callers' URLs may use.
    var destinations = DestinationResolver()
    /// Trusted besides the system's, for callers' URLs.
    var destinationRoots: [NIOSSLCertificate] = []
    /// Prints a line for the person who started the program.
    let say: @Sendable (String) -> Void

    /// Builds everything, serves until SIGTERM or SIGINT, and takes it down again in order.
    ///
    /// - Parameter companions: Services that need the running gateway, such as the playground's.
    func run(companions: (Running) -> [any Service] = { _ in [] }) async throws {
        let file = configuration.databaseFile ?? configuration.dataDirectory + "/openwa.sqlite"
        try FileManager.default.createDirectory(
            atPath: configuration.dataDirectory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let lock = try DataLock(file: file + ".lock")
        defer { lock.release() }
        if beginsAnew { try Self.removeDatabase(file) }
        say("Opening \(file)")
        let database = try SQLiteDatabase(path: file)
        do {
            let gateway = try await makeGateway(on: database)
            let key = try await bootstrapKey(gateway)
            let (port, listening) = AsyncStream<Int>.makeStream()
            let http = APIApplication.make(gateway, configuration: apiConfiguration, logger: logger) { channel in
                let port = channel.localAddress?.port ?? configuration.port
                say("Listening on http://\(configuration.host):\(port)")
                listening.yield(port)
            }
            let running = Running(gateway: gateway, apiKey: key, port: port)
            // Stopped in reverse: first no more requests, then the sessions, when the last request has its answer.
            var group = ServiceGroupConfiguration(
                services: ([gateway, http] + companions(running)).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            group.maximumGracefulShutdownDuration = Self.shutdownLimit
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            try? database.close()
            throw ServeError.portInUse(host: configuration.host, port: configuration.port)
        } catch {
            try? database.close()
            throw error
        }
        try database.close()
        say("Stopped. Everything accepted is kept.")
    }

    /// How long everything together may take to end by itself; then it is cancelled, which loses nothing either.
    private static let shutdownLimit = Duration.seconds(20)

    /// What companions are given.
    struct Running: Sendable {
        let gateway: MessagingGateway
        /// The raw key, when it is known.
        let apiKey: String?
        /// Yields the port once HTTP listens.
        let port: AsyncStream<Int>
    }

    // MARK: - Parts

    private static func removeDatabase(_ file: String) throws {
        for path in [file, file + "-wal", file + "-shm"] where FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
    }

    private func makeGateway(on database: SQLiteDatabase) async throws -> MessagingGateway {
        let authorities = try configuration.authorityFile.map { try NIOSSLCertificate.fromPEMFile($0) } ?? []
        var gateway = GatewayConfiguration()
        gateway.client.endpoint = configuration.endpoint
        gateway.client.trust = configuration.trust
        gateway.client.companion.name = configuration.deviceName
        gateway.sendAckTimeoutMilliseconds = configuration.sendAckTimeoutMilliseconds
        gateway.outboxLimit = configuration.outboxLimit
        gateway.maximumBatches = configuration.maximumBatches
        gateway.maximumRenderedCharacters = configuration.maximumRenderedCharacters
        gateway.maximumSessions = configuration.maximumSessions
        gateway.startsSessionsAtBoot = configuration.startsSessionsAtBoot
        gateway.apiKeyPepper = configuration.keyPepper
        gateway.apiKeyFile = keyFile
        gateway.client.spoolFolder = configuration.dataDirectory
        gateway.maximumMediaByteCount = configuration.mediaByteLimit
        gateway.inboundMedia = configuration.inboundMedia
        gateway.mediaFetchTimeout = .milliseconds(configuration.mediaTimeoutMilliseconds)
        gateway.allowedDestinations = configuration.allowedDestinations
        gateway.lookupTimeout = .milliseconds(configuration.lookupTimeoutMilliseconds)
        gateway.webhooks = configuration.webhooks
        gateway.storesEphemeralMessages = configuration.storesEphemeralMessages
        gateway.messageRetentionDays = configuration.messageRetentionDays
        gateway.eventRetention = .seconds(configuration.eventRetentionHours * 3_600)
        return try await MessagingGateway(
            configuration: gateway,
            environment: GatewayEnvironment(
                database: database,
                client: .network(origin: gateway.client.origin, additionalRoots: authorities, logger: logger),
                logger: logger, mediaDirectory: configuration.dataDirectory + "/media",
                receivedMediaDirectory: configuration.receivedMediaDirectory ?? configuration.dataDirectory + "/media-received",
                destinations: destinations,
                destinationRoots: destinationRoots, qrImage: APIApplication.qrImage))
    }

    /// - Returns: the raw key when it is known: the operator's, or one drawn just now.
    private func bootstrapKey(_ gateway: MessagingGateway) async throws -> String? {
        let bootstrap = try APIKeyBootstrap(
            masterKey: configuration.masterKey ?? keptKey,
            file: keyFile)
        switch try await gateway.bootstrapKeys(bootstrap) {
        case .generated(let rawKey, let file):
            say("API key (shown this once, kept in \(file)): \(rawKey)")
            return rawKey
        case .adopted:
            if configuration.masterKey != nil { say("API key: the value of API_MASTER_KEY") }
            return configuration.masterKey ?? keptKey
        case .existing:
            return nil
        }
    }

    private var keyFile: String { configuration.keyFile ?? configuration.dataDirectory + "/.api-key" }

    private var apiConfiguration: APIConfiguration {
        var api = APIConfiguration(
            host: configuration.host, port: configuration.port, maximumBodyByteCount: configuration.bodyByteLimit,
            bodyBudgetByteCount: configuration.bodyBudgetByteCount,
            requestSeconds: max(1, configuration.requestTimeoutMilliseconds / 1_000),
            allowedOrigins: configuration.allowedOrigins,
            upgradesInsecureRequests: configuration.upgradesInsecureRequests,
            trustedProxies: configuration.trustedProxies, requestWindows: configuration.requestWindows,
            answersScopeAsForbidden: configuration.answersScopeAsForbidden, accessLogLevel: .debug,
            version: OpenWACommand.version,
            baseURL: configuration.baseURL, servesDocumentation: configuration.servesDocumentation)
        api.sockets = configuration.sockets
        api.servesSearch = configuration.servesSearch
        api.maximumSearchLimit = configuration.maximumSearchLimit
        return api
    }
}
