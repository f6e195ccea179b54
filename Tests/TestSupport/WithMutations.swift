import Foundation
package import Testing

#if canImport(Glibc)
    import Glibc
#endif
#if canImport(CDispatch)
    // It too declares timespec; whichever module the compiler saw it in first must be imported to use its members.
    import CDispatch
#endif

/// Feeds many damaged copies of valid inputs to a parser, which must never trap.
///
/// 20,000 copies, or as many as the environment variable OPENWA_MUTATIONS says; with the latter, meant for long runs of
/// one test in a release build, no input may take 10 ms of processor time, and resident memory may not grow by 64 MB.
/// `body` gets one damaged input at a time and checks what it likes.
///
/// - Parameter damage: What is done to an input; nil for what fits any bytes.
package func withMutations(
    of inputs: [[UInt8]], seed: UInt64 = .random(in: .min ... .max), sourceLocation: SourceLocation = #_sourceLocation,
    damage: (([UInt8], inout SeededRandom) -> [UInt8])? = nil,
    _ body: (_ damaged: [UInt8], _ random: inout SeededRandom) throws -> Void
) rethrows {
    let wanted = ProcessInfo.processInfo.environment["OPENWA_MUTATIONS"].flatMap(Int.init)
    let count = wanted ?? 20_000
    let limit = Duration.milliseconds(10)
    try withSeed(seed) { random in
        var slowest = Duration.zero
        var (residentAtStart, residentPeak) = (residentByteCount(), 0)
        for index in 0..<count {
            let input = inputs[Int.random(in: inputs.indices, using: &random)]
            let damaged = damage?(input, &random) ?? random.damaged(input)
            var took = try processorTime { try body(damaged, &random) }
            // Measured again, since a moment the machine loses is no property of the parser.
            if took >= limit { took = min(took, try processorTime { try body(damaged, &random) }) }
            slowest = max(slowest, took)
            if index % 1_000 == 999 {
                residentPeak = max(residentPeak, residentByteCount())
                // The first thousand fill caches and arenas.
                if index == 999 { residentAtStart = residentPeak }
            }
        }
        let growth = max(0, residentPeak - residentAtStart)
        print("\(count) damaged inputs, the slowest took \(slowest), memory grew by \(growth / 1024) KiB")
        guard wanted != nil else { return }
        #expect(slowest < limit, "seed \(seed)", sourceLocation: sourceLocation)
        #expect(growth < 64 << 20, "seed \(seed)", sourceLocation: sourceLocation)
    }
}

extension SeededRandom {
    /// One to four changes: a bit flipped, a byte set, a run removed, repeated or put in, the end cut off.
    package mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let position = Int.random(in: bytes.indices, using: &self)
            let end = min(bytes.count, position + Int.random(in: 1...8, using: &self))
            switch Int.random(in: 0..<6, using: &self) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1: bytes[position] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &self)!
            case 2: bytes.removeSubrange(position..<end)
            case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
            case 4: bytes.insert(contentsOf: self.bytes(end - position), at: position)
            default: bytes.removeSubrange(position...)
            }
        }
        return bytes
    }
}

/// The processor time that `body` takes on this thread.
package func processorTime(of body: () throws -> Void) rethrows -> Duration {
    let start = threadTime()
    try body()
    return threadTime() - start
}

/// The processor time of this thread, which other tests on other threads do not lengthen.
private func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// The memory of this process that is in RAM.
private func residentByteCount() -> Int {
    let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
