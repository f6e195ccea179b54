import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import SimulatorServer
import UnixSignals
import WASimulator

/// `openwa simulate`: a WhatsApp server with virtual phones, for any client library that takes a URL and a root key.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a simulated WhatsApp server with virtual phones.",
        discussion: """
            Prints where it listens, the root key that clients must trust in place of WhatsApp's, and the address of the control \
            API (see Docs/simulator.md), then runs until it is told to stop. Port 0 lets the system choose.
            """)

    @Option(help: "The address of all ports. Whoever reaches the control API can do anything with the phones.")
    var address = "127.0.0.1"

    @Option(help: "The port of ws.")
    var port = 8380

    @Option(help: "The port of wss.")
    var tlsPort = 0

    @Option(help: "The port of the control API.")
    var controlPort = 0

    @Option(help: "The port of the media server (https).")
    var mediaPort = 0

    @Option(help: "Every key, id and decision comes from this number: the same seed has the same root key.")
    var seed: UInt64 = 1

    @Option(help: "How many phones to start with, numbered 628550100000 and up. More are made through the control API.")
    var phones = 0

    @Option(help: "Write the certificate authority of wss to this file (PEM) instead of a temporary one.")
    var certificateFile: String?

    @Option(help: "Write the machine-readable description to this file as soon as all ports are open.")
    var readyFile: String?

    @Flag(help: "Print the machine-readable description, one line of JSON, instead of the readable one.")
    var json = false

    func run() async throws {
        var logger = Logger(label: "openwa.simulator", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = .warning
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: Simulation(command: self, logger: logger),
                        successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// The simulator as a service of the process: up until a signal asks for the end.
private struct Simulation: Service {
    let command: SimulateCommand
    let logger: Logger

    func run() async throws {
        var settings = SimulatorSettings()
        settings.address = command.address
        settings.port = command.port
        settings.tlsPort = command.tlsPort
        settings.controlPort = command.controlPort
        settings.mediaPort = command.mediaPort
        settings.configuration = SimulatorConfiguration(seed: command.seed)
        try await withRunningSimulator(settings, logger: logger) { simulator in
            let numbers = try await simulator.addPhones(count: command.phones)
            let certificateFile = try writeCertificate(simulator.authorityPEM)
            defer { if command.certificateFile == nil { try? FileManager.default.removeItem(atPath: certificateFile) } }
            let description = SimulatorDescription(of: simulator, certificateFile: certificateFile, phones: numbers)
            try announce(description)
            try await gracefulShutdown()
        }
    }

    private func writeCertificate(_ pem: String) throws -> String {
        let path =
            command.certificateFile
            ?? FileManager.default.temporaryDirectory
            .appendingPathComponent("openwa-simulator-\(ProcessInfo.processInfo.processIdentifier).pem").path
        try Data(pem.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func announce(_ description: SimulatorDescription) throws {
        let line = try description.json
        if let readyFile = command.readyFile {
            // Atomically: whoever waits for the file never reads half of it.
            try Data((line + "\n").utf8).write(to: URL(fileURLWithPath: readyFile), options: .atomic)
        }
        FileHandle.standardOutput.write(Data(((command.json ? line : description.text) + "\n").utf8))
    }
}
