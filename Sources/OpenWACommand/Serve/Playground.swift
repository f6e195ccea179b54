import Foundation
import Gateway
import Logging
import NIOSSL
import ServiceLifecycle
import SimulatorServer
import WAClient
import WANoise
import WASimulator

/// `openwa serve --playground`: the gateway, and a simulated WhatsApp in the same process to try it on.
///
/// The simulated world begins anew with every start, so what the gateway kept of the last one is removed; only the API key
/// stays, so that a command pasted once works again.
struct Playground: Sendable {
    let configuration: EnvironmentConfiguration
    let logger: Logger
    let say: @Sendable (String) -> Void

    static let sessionName = "my-session"
    /// The phone that the session is linked to.
    static let ownNumber = "628550000001"
    /// The phones of the documentation's examples: the first one answers.
    static let phones = [
        (number: "6281234567890", name: "Budi", answer: Optional("You said: {text}")),
        (number: "628111111111", name: "Alice", answer: nil),
        (number: "628222222222", name: "Bob", answer: nil),
        (number: "628987654321", name: "John Doe", answer: nil),
    ]

    /// The group of the documentation's examples: everybody above.
    static let groupID = "120363021234567890"

    /// What the session finds when it is linked: a chat with each of these people and the group, some days old.
    static var past: HistoryPlan {
        var past = HistoryPlan()
        past.chatCount = phones.count + 1
        past.messageCount = 40
        past.groupCount = 1
        past.groupIDs = [groupID]
        past.contacts = phones.map(\.number)
        past.statusCount = 0
        past.newestSeconds = Int64(Date().timeIntervalSince1970) - 86_400
        past.spanSeconds = 7 * 86_400
        return past
    }

    func run() async throws {
        var configuration = configuration
        configuration.dataDirectory += "/playground"
        configuration.databaseFile = nil
        let keyFile = configuration.keyFile ?? configuration.dataDirectory + "/.api-key"
        let keptKey = Self.keptKey(in: keyFile)

        var settings = SimulatorSettings()
        settings.tlsPort = nil
        settings.servesPlaygroundSites = true
        let playground = configuration
        try await withRunningSimulator(settings, logger: logger) { simulator in
            var configuration = playground
            guard let endpoint = ServerEndpoint(simulator.webSocketURL) else {
                preconditionFailure("the simulator names its address as a URL")
            }
            configuration.endpoint = endpoint
            configuration.trust = ServerTrust(rootKey: simulator.rootKey)
            configuration.authorityFile = try Self.write(simulator.authorityPEM, in: configuration.dataDirectory)
            try await addPhones(to: simulator)
            say("A simulated WhatsApp is running, its phones are driven at \(simulator.controlURL ?? "-")")
            var composition = Composition(
                configuration: configuration, logger: logger, beginsAnew: true, keptKey: keptKey, say: say)
            composition.destinations = DestinationResolver(overrides: Self.overrides(of: simulator.sites))
            composition.destinationRoots = try NIOSSLCertificate.fromPEMBytes(Array(simulator.authorityPEM.utf8))
            try await composition.run { [PlaygroundSession(running: $0, simulator: simulator, say: say)] }
        }
    }

    private func addPhones(to simulator: RunningSimulator) async throws {
        try await simulator.host.drive { server, _ in
            try server.addPhone(Self.ownNumber, name: "My phone")
            for phone in Self.phones {
                try server.addPhone(phone.number, name: phone.name, automaticAnswer: phone.answer)
            }
            try server.addGroup(
                "Playground", members: [Self.ownNumber] + Self.phones.map(\.number), id: Self.groupID)
            try server.setHistory(Self.past, of: Self.ownNumber)
        }
    }

    /// What the examples fetch by URL comes from the simulator's own `example.com`.
    private static func overrides(of sites: [SiteAddress]) -> [String: DestinationResolver.Override] {
        Dictionary(grouping: sites, by: \.host).compactMapValues { ports in
            DestinationResolver.Override(
                address: ports[0].address, httpPort: ports.first { $0.port == 80 }?.actualPort,
                httpsPort: ports.first { $0.port == 443 }?.actualPort)
        }
    }

    /// Media travel over `https`, whose authority the gateway has to trust.
    private static func write(_ authorityPEM: String, in directory: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let file = directory + "/authority.pem"
        try Data(authorityPEM.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        return file
    }

    /// The key of an earlier start.
    private static func keptKey(in file: String) -> String? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return key.isEmpty ? nil : key
    }
}

/// Links the playground's session as a person would: starts it, shows the code to the phone, waits until it is ready.
private struct PlaygroundSession: Service {
    let running: Composition.Running
    let simulator: RunningSimulator
    let say: @Sendable (String) -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await link()
        }
        try await gracefulShutdown()
    }

    private func link() async throws {
        let gateway = running.gateway
        say("Linking the session \(Playground.sessionName) to the simulated phone \(Playground.ownNumber)")
        _ = try await gateway.createSession(name: Playground.sessionName)
        _ = try await gateway.startSession(Playground.sessionName)
        guard await gateway.waitForSession(Playground.sessionName, until: { $0 == .qrReady || $0 == .failed }) != nil
        else {
            return
        }
        let code = try gateway.qr(of: Playground.sessionName)
        try await simulator.host.drive { server, _ in try server.scan(code.text, by: Playground.ownNumber) }
        guard await gateway.waitForSession(Playground.sessionName, until: { $0 == .ready || $0 == .failed }) != nil
        else {
            return
        }
        for await port in running.port {
            say(welcome(port: port))
            break
        }
    }

    private func welcome(port: Int) -> String {
        """
        The session \(Playground.sessionName) is ready. Paste this:

        export BASE="http://localhost:\(port)/api"
        export API_KEY="\(running.apiKey ?? "YOUR_API_KEY")"
        export SESSION="\(Playground.sessionName)"

        curl -X POST "$BASE/sessions/$SESSION/messages/send-text" \\
          -H "X-API-Key: $API_KEY" \\
          -H "Content-Type: application/json" \\
          -d '{ "chatId": "6281234567890@c.us", "text": "Hello from OpenWA!" }'
        """
    }
}
