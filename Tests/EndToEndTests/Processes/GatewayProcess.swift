import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `openwa serve` as a process that is killed and started again over the same data.
actor GatewayProcess {
    nonisolated static let key = "crash-tests-3f9c1d0a7be24c55"

    private let dataDirectory: String
    private let environment: [String: String]
    private let log: String
    private var child: ChildProcess?
    private let state = Watched(State.down)

    private enum State: Sendable {
        /// Not started, killed, or about to listen.
        case down
        case listening(JSONCaller)
        /// It ended without being told to, or could not be started; the text says more.
        case failed(String)
        /// Ended for good.
        case retired
    }

    /// What a process printed that ended without being told to.
    var unexpectedEnd: String? {
        if case .failed(let output) = state.withLock({ $0 }) { output } else { nil }
    }

    private var isRetired: Bool {
        if case .retired = state.withLock({ $0 }) { true } else { false }
    }

    /// - Parameter environment: Added to what points the gateway at the simulator.
    init(directory: String, simulator: SimulatorProcess, environment: [String: String] = [:]) {
        dataDirectory = directory + "/data"
        log = directory + "/gateway.log"
        self.environment = [
            "API_MASTER_KEY": Self.key,
            "WHATSAPP_URL": simulator.description.ws,
            "WHATSAPP_ROOT_KEY": simulator.description.rootKey,
            "WHATSAPP_CA_FILE": simulator.description.certificateFile,
        ].merging(environment) { $1 }
    }

    var lastOutput: String { child?.lastOutput ?? "" }

    func hasPrinted(_ text: String) -> Bool { child?.hasPrinted(text) ?? false }

    /// - Throws: `EndedEarly` when the last one ended without being told to: that is never made good by a new one.
    func start() async throws {
        if let unexpectedEnd { throw ChildProcess.EndedEarly(output: unexpectedEnd) }
        do {
            let child = try await ChildProcess.start(
                BuiltExecutable.path, ["serve", "--port", "0", "--data-directory", dataDirectory],
                environment: environment, log: log)
            guard !isRetired else { return await child.killNow() }
            self.child = child
            become(.down)
            Task { await self.hear(child) }
        } catch {
            become(.failed("\(error)"))
            throw error
        }
    }

    /// The API of the running gateway, as soon as it listens; nil once there will be none any more.
    func listening() async throws -> JSONCaller? {
        try await state.wait(for: "a gateway that listens") { state -> JSONCaller?? in
            switch state {
            case .down: nil
            case .listening(let api): .some(api)
            case .failed, .retired: .some(nil)
            }
        }
    }

    /// kill -9, at once.
    func crash() async {
        await takeChild()?.killNow()
    }

    /// Asks it to stop, as an operator would, and waits until it has.
    func terminate() async throws -> ChildProcess.Exit? {
        guard let child = takeChild() else { return nil }
        child.signal(SIGTERM)
        return try await child.waitForExit()
    }

    /// Ends it for good: whoever waits for it is told.
    func retire() async {
        let child = takeChild()
        become(.retired)
        await child?.killNow()
    }

    private func takeChild() -> ChildProcess? {
        defer { child = nil }
        if child != nil { become(.down) }
        return child
    }

    private func hear(_ child: ChildProcess) async {
        let baseURL = try? await child.line { Self.address(in: $0) }
        guard self.child === child else { return }
        if let baseURL {
            become(.listening(JSONCaller(baseURL: baseURL + "/api", headers: ["X-API-Key": Self.key])))
            // Whoever ends it takes `child` away first.
            _ = await child.exit
            guard self.child === child else { return }
        }
        self.child = nil
        become(.failed(child.lastOutput))
    }

    private func become(_ new: State) {
        state.withLock { state in
            if case .retired = state { return }
            state = new
        }
    }

    private static func address(in line: String) -> String? {
        let prefix = "http://127.0.0.1:"
        guard let start = line.range(of: prefix) else { return nil }
        let port = line[start.upperBound...].prefix { $0.isASCII && $0.isNumber }
        return port.isEmpty ? nil : prefix + port
    }
}
