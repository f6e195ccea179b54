import Foundation
import TestSupport

/// When the gateway is killed: some time after it is ready, or early in its start.
struct KillPlan: Sendable {
    let seed: UInt64
    let count: Int

    /// Kills it so often, each time starting it again over the same data; it is ready at the end.
    ///
    /// - Returns: When it was killed.
    @discardableResult
    func carryOut(on scene: CrashScene) async throws -> [Date] {
        var dates: [Date] = []
        var random = SeededRandom(seed: seed)
        for number in 1...max(1, count) {
            let isEarly = Int.random(in: 0..<4, using: &random) == 0
            if !isEarly { try await scene.waitUntilReady() }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...(isEarly ? 300 : 1_500), using: &random)))
            dates.append(Date())
            await scene.gateway.crash()
            try await scene.gateway.start()
            if number.isMultiple(of: 50) { print("\(number) kills") }
        }
        try await scene.waitUntilReady()
        return dates
    }
}
