import Foundation
import StrictJSON
import TestSupport
import Testing

/// The gateway is killed at random moments while many people write to it and its webhook's receiver fails a third of the time.
///
/// `OPENWA_KILLS` says how often (3), `OPENWA_MESSAGES` how much is said (60), `OPENWA_PEOPLE` by how many (5).
@Suite("Events of killed gateways", .serialized, .timeLimit(.minutes(60)))
struct EventKillTests {
    @Test("After kill -9 at random moments every event was delivered, under one id, in the order of its chat")
    func killed() async throws {
        try await storm("EventKillTests/killed")
    }

    @Test("The same holds when every byte that was not synced is lost with the process")
    func powerCut() async throws {
        let shim = try await PowerLossShim.built()
        try await storm("EventKillTests/powerCut", environment: ["LD_PRELOAD": shim])
    }

    private func storm(_ filter: String, environment: [String: String] = [:]) async throws {
        let run = CrashSeed(standardKillCount: 3)
        let (people, messages) = (Self.setting("OPENWA_PEOPLE") ?? 5, Self.setting("OPENWA_MESSAGES") ?? 60)
        let command = run.command(filter, settings: "OPENWA_PEOPLE=\(people) OPENWA_MESSAGES=\(messages) ")
        print(command)
        let settings = ["SSRF_ALLOWED_HOSTS": "127.0.0.1", "WEBHOOK_RETRY_DELAY": "50"]
        try await withCrashScene(environment: environment.merging(settings) { $1 }) { scene in
            try await FlakyReceiver.serving(seed: run.seed) { receiver in
                try await scene.addWebhook(receiver.url)
                let traffic = EventTraffic(scene: scene, seed: run.seed, people: people, messageCount: messages)
                try await traffic.makePhones()
                try await traffic.run {
                    for number in 0..<run.killCount {
                        try await KillPlan(seed: run.seed &+ UInt64(number), count: 1).carryOut(on: scene)
                        traffic.note(progress: Double(number + 1) / Double(run.killCount))
                    }
                }
                try await EventReckoning(scene: scene, receiver: receiver, traffic: traffic, repeatCommand: command)
                    .check()
            }
        }
    }

    private static func setting(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }
}

extension CrashScene {
    private struct NewWebhook: Encodable {
        let url: String
        let events = ["*"]
        let retryCount = 5
        let ordering = "chat"
    }

    fileprivate func addWebhook(_ url: String) async throws {
        let api = try #require(try await gateway.listening())
        _ = try await api.post("/sessions/\(session)/webhooks", NewWebhook(url: url)).successful()
    }
}
