import Foundation

/// The chance of one run, and how to have it again.
struct CrashSeed: Sendable {
    let seed: UInt64
    let killCount: Int

    /// `OPENWA_SEED` (hexadecimal with 0x, or decimal) and `OPENWA_KILLS`.
    init(standardKillCount: Int) {
        let environment = ProcessInfo.processInfo.environment
        let wanted = environment["OPENWA_SEED"].flatMap { text in
            text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
        }
        seed = wanted ?? .random(in: .min ... .max)
        killCount = environment["OPENWA_KILLS"].flatMap(Int.init) ?? standardKillCount
    }

    /// One line that repeats a test with this seed; moments in time are only as repeatable as the machine is.
    ///
    /// - Parameter settings: Further variables, each with a space behind it.
    func command(_ filter: String, settings: String = "") -> String {
        "Repeat: OPENWA_SEED=0x\(String(seed, radix: 16)) OPENWA_KILLS=\(killCount) \(settings)swift test --filter \(filter)"
    }
}
