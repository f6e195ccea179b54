import ArgumentParser
import Foundation
import Logging

/// `openwa serve`: the gateway itself.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway.",
        discussion: """
            Talks to WhatsApp. With --playground it brings its own simulated WhatsApp, with a linked session and a few phones: \
            no phone and no internet needed. Everything else is set by environment variables, listed in Docs/operations.md.
            """)

    @Flag(help: "Bring a simulated WhatsApp with the session my-session, linked and ready.")
    var playground = false

    @Option(help: "Where HTTP listens. 0 lets the system choose. Overrides PORT.")
    var port: Int?

    @Option(help: "On which address; 0.0.0.0 for all. Overrides BIND_HOST.")
    var host: String?

    @Option(help: "Where everything is kept. Overrides DATA_DIRECTORY.")
    var dataDirectory: String?

    func validate() throws {
        if let port, !(0...65_535).contains(port) { throw ValidationError("--port must be a number from 0 to 65535.") }
    }

    func run() async throws {
        var configuration = try EnvironmentConfiguration(ProcessInfo.processInfo.environment)
        if let port { configuration.port = port }
        if let host { configuration.host = host }
        if let dataDirectory { configuration.dataDirectory = dataDirectory }

        var logger = Logger(label: "openwa", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = configuration.logLevel
        let say: @Sendable (String) -> Void = { FileHandle.standardOutput.write(Data(($0 + "\n").utf8)) }
        if playground {
            try await Playground(configuration: configuration, logger: logger, say: say).run()
        } else {
            try await Composition(configuration: configuration, logger: logger, say: say).run()
        }
    }
}
