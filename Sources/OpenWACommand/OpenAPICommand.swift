import ArgumentParser
import Foundation
import Gateway
import GatewayAPI
import Logging
import Storage
import WAClient

/// `openwa openapi`: the OpenAPI document of all routes, as it is committed in `openapi.json`.
struct OpenAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print the OpenAPI document.", shouldDisplay: false)

    /// Routes are registered on a gateway, so there is one for a moment, on a database of its own.
    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "openwa-openapi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try SQLiteDatabase(path: folder.appending(path: "openwa.sqlite").path)
        defer { try? database.close() }
        let logger = Logger(label: "openwa") { _ in SwiftLogNoOpLogHandler() }
        let gateway = try await MessagingGateway(
            configuration: GatewayConfiguration(),
            environment: GatewayEnvironment(
                database: database,
                client: ClientEnvironment(
                    openLink: { _, _ in throw ClientError.unreachable("there is no network here") }, logger: logger),
                logger: logger))
        print(
            APIApplication.openAPI(gateway, configuration: APIConfiguration(version: OpenWACommand.version)),
            terminator: "")
    }
}
