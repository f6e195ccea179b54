import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A gateway and a simulator as two further processes, and the HTTP calls a benchmark makes to them.
struct BenchGateway: Sendable {
    static let key = "bench-key-of-this-run"
    /// One client for the whole run. By itself it would open 8 connections to a host and keep further requests waiting.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    let simulator: ChildProcess
    let gateway: ChildProcess
    let base: String
    let control: String
    private let environment: [String: String]

    /// Starts a simulator with these phones and a gateway that talks to it over TLS.
    static func start(phones: Int, dataDirectory: String) async throws -> BenchGateway {
        let simulator = try await ChildProcess.start(
            ["simulate", "--port", "0", "--tls-port", "0", "--control-port", "0", "--json", "--phones", "\(phones)"])
        let line = try await simulator.line(containing: "{")
        guard let description = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let url = description["wss"] as? String, let rootKey = description["rootKey"] as? String,
            let control = description["control"] as? String, let authority = description["certificateFile"] as? String
        else { throw BenchError.unexpectedAnswer(line) }
        let environment = [
            "WHATSAPP_URL": url, "WHATSAPP_ROOT_KEY": rootKey, "WHATSAPP_CA_FILE": authority, "API_MASTER_KEY": key,
            "DATA_DIRECTORY": dataDirectory, "LOG_LEVEL": "error", "SSRF_ALLOWED_HOSTS": "127.0.0.1",
        ]
        return try await BenchGateway(simulator: simulator, control: control, environment: environment)
    }

    private init(simulator: ChildProcess, control: String, environment: [String: String]) async throws {
        self.simulator = simulator
        self.control = control
        self.environment = environment
        gateway = try await ChildProcess.start(["serve", "--port", "0"], environment: environment)
        let line = try await gateway.line(containing: "Listening on ")
        base = String(line.split(separator: " ").last ?? "") + "/api"
    }

    /// The same data directory, a new process.
    func restarted() async throws -> BenchGateway {
        await gateway.stop()
        return try await BenchGateway(simulator: simulator, control: control, environment: environment)
    }

    func stop() async {
        await gateway.stop()
        await simulator.stop()
    }

    /// The number of the simulator's nth phone.
    static func phone(_ index: Int) -> String { String(628_550_100_000 + index) }

    /// Creates a session and links it to a phone.
    func link(_ name: String, to phone: String) async throws {
        _ = try await call(.POST, "\(base)/sessions", ["name": name])
        _ = try await call(.POST, "\(base)/sessions/\(name)/start")
        while true {
            let (status, body) = try await call(.GET, "\(base)/sessions/\(name)/qr")
            if status == 200, let text = body["qr"] as? String {
                _ = try await call(.POST, "\(control)/scan", ["phone": phone, "qr": text])
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until so many sessions are `ready`.
    func waitUntilReady(_ count: Int) async throws {
        while true {
            let data = try await raw(.GET, "\(base)/sessions").body
            let sessions = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
            if sessions.filter({ $0["status"] as? String == "ready" }).count >= count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// One durable send; true when WhatsApp's server has acknowledged it.
    ///
    /// - Parameter within: How long the server may take, if not the usual time, in milliseconds: it is asked for again.
    func send(_ text: String, session: String, to chat: String, within milliseconds: Int = 0) async throws -> Bool {
        let body = #"{"chatId":"\#(chat)","text":"\#(text)"}"#
        let answer = try await post("send-text", ByteBuffer(string: body), session: session)
        guard !answer.isAcknowledged, milliseconds > 0, let id = answer.messageID else { return answer.isAcknowledged }
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        while ContinuousClock.now < deadline {
            let (_, page) = try await call(.GET, "\(base)/sessions/\(session)/messages?messageId=\(id)")
            let rows = page["messages"] as? [[String: Any]] ?? []
            if let status = rows.first?["status"] as? String, status != "pending" { return status != "failed" }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// The same with a file.
    func sendDocument(_ base64: String, session: String, to chat: String) async throws -> Bool {
        let start = #"{"chatId":"\#(chat)","mimetype":"application/octet-stream","filename":"bench.bin","base64":""#
        var body = ByteBuffer()
        body.reserveCapacity(start.utf8.count + base64.utf8.count + 2)
        body.writeString(start)
        body.writeString(base64)
        body.writeString(#""}"#)
        return try await post("send-document", body, session: session).isAcknowledged
    }

    private func post(
        _ route: String, _ body: ByteBuffer, session: String
    ) async throws -> (isAcknowledged: Bool, messageID: String?) {
        var request = HTTPClientRequest(url: "\(base)/sessions/\(session)/messages/\(route)")
        request.method = .POST
        request.headers = ["X-API-Key": Self.key, "Content-Type": "application/json"]
        request.body = .bytes(body)
        let response = try await Self.client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 16)
        guard response.status == .created else {
            throw BenchError.unexpectedAnswer("\(response.status.code) \(String(buffer: bytes))")
        }
        let isAcknowledged = response.headers.first(name: "X-OpenWA-Ack") == "server"
        if isAcknowledged { return (true, nil) }
        let answer = try JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? [String: Any]
        return (false, answer?["messageId"] as? String)
    }

    // MARK: - The simulator

    /// Makes a group; the first of the phones founds it. Returns its chat id.
    func makeGroup(members: [String]) async throws -> String {
        let (_, group) = try await call(.POST, "\(control)/groups", ["subject": "Bench", "members": members])
        guard let jid = group["jid"] as? String else { throw BenchError.unexpectedAnswer("\(group)") }
        return jid
    }

    /// Files that came whole to the media server.
    func uploadCount() async throws -> Int {
        let (_, media) = try await call(.GET, "\(control)/media")
        guard let counts = media["counts"] as? [String: Any], let uploads = counts["uploads"] as? Int else {
            throw BenchError.unexpectedAnswer("\(media)")
        }
        return uploads
    }

    func switchOff(_ phone: String) async throws {
        _ = try await raw(.POST, "\(control)/phones/\(phone)/offline")
    }

    func call(
        _ method: HTTPMethod, _ url: String, _ body: [String: any Sendable]? = nil
    ) async throws -> (status: UInt, body: [String: Any]) {
        let (status, data) = try await raw(method, url, body)
        return (status, (try? JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:])
    }

    func raw(
        _ method: HTTPMethod, _ url: String, _ body: [String: any Sendable]? = nil
    ) async throws -> (status: UInt, body: Data) {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = ["X-API-Key": Self.key, "Content-Type": "application/json"]
        if let body { request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body))) }
        let response = try await Self.client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return (response.status.code, Data(bytes.readableBytesView))
    }
}
