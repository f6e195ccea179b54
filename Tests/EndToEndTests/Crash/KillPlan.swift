import Foundation
import TestSupport

/// When the gateway is killed: some time after it is ready, or early in its start.
struct KillPlan: Sendable {
    let seed: UInt64
    let count: Int
    /// Waits for something that is worth a kill; then one of two kills that are not early comes right after it.
    var moment: (@Sendable () async throws -> Void)?

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
            let isAimed = !isEarly && moment != nil && Bool.random(using: &random)
            if isAimed { try await moment?() }
            let longest = isEarly ? 300 : isAimed ? 20 : 1_500
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...longest, using: &random)))
            dates.append(Date())
            await scene.gateway.crash()
            try await scene.gateway.start()
            if number.isMultiple(of: 50) { print("\(number) kills") }
        }
        try await scene.waitUntilReady()
        return dates
    }
}
