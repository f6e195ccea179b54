import Foundation
import Testing

/// A simulator that stays, a gateway that is killed, one linked session, and people who write to each other meanwhile.
struct CrashScene: Sendable {
    /// The phone that links our session, the people it writes to, and of those the ones who write back.
    static let owner = "628111111111"
    static let recipients = ["628222222222", "628222222223", "628222222224"]
    /// The recipient that has a companion besides its phone.
    static let recipientWithCompanion = recipients[1]
    /// The id of the group that all of them are in.
    static let group = "120363021234500001"

    let simulator: SimulatorProcess
    let gateway: GatewayProcess
    let ledger = CrashLedger()
    /// The session's id.
    let session: String
    /// The number of the companion device of `recipientWithCompanion`.
    let companion: Int

    private struct NewGroup: Encodable {
        let subject: String
        let members: [String]
        let id: String
    }

    private struct Identified: Decodable { let id: String }
    private struct PhoneList: Decodable { let phones: [Phone] }
    private struct Phone: Decodable {
        struct Device: Decodable { let device: Int }

        let devices: [Device]
    }
    private struct QR: Decodable { let qr: String }

    /// Builds the scene: phones, a gateway on empty data, a session linked by QR through the public API.
    ///
    /// - Parameter directory: Empty; takes the data and the logs.
    static func make(
        simulator: SimulatorProcess, directory: String, environment: [String: String]
    ) async throws -> CrashScene {
        for number in [owner] + recipients {
            _ = try await simulator.control.post("/phones", ["number": number]).successful()
        }
        let phone: Phone = try await simulator.control.post("/phones/\(recipientWithCompanion)/companions")
            .successful().decoded()
        let companion = try #require(phone.devices.map(\.device).max { $0 < $1 })
        let group = NewGroup(subject: "Storm", members: [owner] + recipients, id: group)
        _ = try await simulator.control.post("/groups", group).successful()

        let gateway = GatewayProcess(directory: directory, simulator: simulator, environment: environment)
        try await gateway.start()
        guard let api = try await gateway.listening() else {
            throw ChildProcess.EndedEarly(output: await gateway.unexpectedEnd ?? "")
        }
        let session = try await api.post("/sessions", ["name": "crash"]).successful().decoded(as: Identified.self).id
        _ = try await api.post("/sessions/\(session)/start").successful()
        let scene = CrashScene(simulator: simulator, gateway: gateway, session: session, companion: companion)
        let qr = try await eventually("A QR code") { last in
            let answer = try await api.get("/sessions/\(session)/qr")
            last = answer.text
            return answer.status == 200 ? try answer.decoded(as: QR.self).qr : nil
        }
        _ = try await simulator.control.post("/scan", ["qr": qr, "phone": owner]).successful()
        try await scene.waitUntilReady(mayPair: true)
        return scene
    }

    /// Waits until the running gateway's session is `ready`.
    ///
    /// - Parameter mayPair: Whether the session may still show the states of pairing; after a restart it must not.
    func waitUntilReady(mayPair: Bool = false) async throws {
        struct Session: Decodable { let status: String }
        guard let api = try await gateway.listening() else {
            throw ChildProcess.EndedEarly(output: await gateway.unexpectedEnd ?? "")
        }
        var path = ["disconnected", "initializing", "authenticating", "ready"]
        if mayPair { path += ["qr_ready"] }
        try await eventually("A session that is ready") { last in
            let answer = try await api.get("/sessions/\(session)").successful()
            last = answer.text
            let status = try answer.decoded(as: Session.self).status
            guard path.contains(status) else { throw JSONCaller.Unexpected(answer: answer) }
            return status == "ready" ? () : nil
        }
    }
}

/// Lends a scene, with its processes, until `body` is done; a failure carries the end of the gateway's output.
///
/// `OPENWA_CRASH_DIRECTORY` names a directory that keeps data and logs for a look afterwards.
func withCrashScene(
    environment: [String: String] = [:], _ body: (CrashScene) async throws -> Void
) async throws {
    let kept = ProcessInfo.processInfo.environment["OPENWA_CRASH_DIRECTORY"]
    let parent = kept.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
    let directory = parent.appending(path: "openwa-crash-\(UUID().uuidString)").path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { if kept == nil { try? FileManager.default.removeItem(atPath: directory) } }
    try await withSimulatorProcess(log: directory + "/simulator.log") { simulator in
        let scene = try await CrashScene.make(simulator: simulator, directory: directory, environment: environment)
        do {
            try await body(scene)
        } catch {
            Issue.record("The gateway's last output:\n\(await scene.gateway.lastOutput)")
            await scene.gateway.retire()
            throw error
        }
        await scene.gateway.retire()
    }
}
