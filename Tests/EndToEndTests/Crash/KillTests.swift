import Foundation
import TestSupport
import Testing

/// The gateway is killed at random moments while it sends and receives; nothing may be lost and nothing doubled.
///
/// `OPENWA_KILLS` says how often (4), `OPENWA_SEED` repeats a run.
@Suite("Killed gateways", .serialized, .timeLimit(.minutes(60)))
struct KillTests {
    @Test("After kill -9 at random moments every 201 is on the phone once and every message said is stored once")
    func killed() async throws {
        try await storm("KillTests/killed")
    }

    @Test("The same holds when every byte that was not synced is lost with the process")
    func powerCut() async throws {
        let shim = try await PowerLossShim.built()
        try await storm("KillTests/powerCut", environment: ["LD_PRELOAD": shim]) { scene in
            #expect(await scene.gateway.hasPrinted("power-loss:"), "The library says so when it is in place.")
        }
    }

    private func storm(
        _ filter: String, environment: [String: String] = [:],
        atStart check: (CrashScene) async throws -> Void = { _ in }
    ) async throws {
        let run = CrashSeed(standardKillCount: 4)
        print(run.command(filter))
        try await withCrashScene(environment: environment) { scene in
            try await check(scene)
            let kills = KillPlan(seed: run.seed, count: run.killCount)
            try await CrashTraffic(scene: scene, seed: run.seed).run { try await kills.carryOut(on: scene) }
            try await scene.checkInvariants(run.command(filter))
        }
    }
}
