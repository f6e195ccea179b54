import Foundation

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
    private var api: JSONCaller?
    private var waiters: [CheckedContinuation<JSONCaller?, Never>] = []
    private var isRetired = false
    /// What a process printed that ended without being told to.
    private(set) var unexpectedEnd: String?

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

    func start() async throws {
        let child = try await ChildProcess.start(
            BuiltExecutable.path, ["serve", "--port", "0", "--data-directory", dataDirectory],
            environment: environment, log: log)
        guard !isRetired else { return await child.killNow() }
        self.child = child
        Task { await self.hear(child) }
    }

    /// The API of the running gateway, as soon as it listens; nil once there will be none any more.
    func listening() async -> JSONCaller? {
        if let api { return api }
        if isRetired || unexpectedEnd != nil { return nil }
        return await withCheckedContinuation { waiters.append($0) }
    }

    /// kill -9, at once.
    func crash() async {
        let child = takeChild()
        await child?.killNow()
    }

    /// Asks it to stop, as an operator would, and waits until it has.
    func terminate() async -> ChildProcess.Exit? {
        guard let child = takeChild() else { return nil }
        child.signal(SIGTERM)
        return await child.waitForExit()
    }

    /// Ends it for good: whoever waits for it is told.
    func retire() async {
        isRetired = true
        wake(nil)
        await crash()
    }

    private func takeChild() -> ChildProcess? {
        defer { (child, api) = (nil, nil) }
        return child
    }

    private func hear(_ child: ChildProcess) async {
        let baseURL = try? await child.line { Self.address(in: $0) }
        guard self.child === child else { return }
        if let baseURL {
            api = JSONCaller(baseURL: baseURL + "/api", headers: ["X-API-Key": Self.key])
            wake(api)
            // Whoever ends it takes `child` away first.
            _ = await child.waitForExit()
            guard self.child === child else { return }
        }
        unexpectedEnd = child.lastOutput
        (self.child, api) = (nil, nil)
        wake(nil)
    }

    private func wake(_ api: JSONCaller?) {
        let waiters = waiters
        self.waiters = []
        for waiter in waiters { waiter.resume(returning: api) }
    }

    private static func address(in line: String) -> String? {
        let prefix = "http://127.0.0.1:"
        guard let start = line.range(of: prefix) else { return nil }
        let port = line[start.upperBound...].prefix { $0.isASCII && $0.isNumber }
        return port.isEmpty ? nil : prefix + port
    }
}
