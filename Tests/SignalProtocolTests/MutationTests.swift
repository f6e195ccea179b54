import Foundation
import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

#if canImport(Glibc)
    import Glibc
#endif

/// Mutated messages of every kind go through the parsers; the process must live, be quick and stay small.
@Suite("Mutated Signal messages")
struct MutationTests {
    /// `OPENWA_MUTATIONS=1000000` for the long run.
    private static let longRun = ProcessInfo.processInfo.environment["OPENWA_MUTATIONS"].flatMap(Int.init)

    @Test("Mutated messages are parsed or refused, each within ten milliseconds of processor time")
    func mutations() throws {
        try withSeed { rng in
            let originals = try Self.originals(using: &rng)
            let residentBefore = Self.residentByteCount()
            var (slowest, parsedCount) = (Duration.zero, 0)
            let count = Self.longRun ?? 20_000
            for index in 0..<count {
                let kind = index % originals.count
                let bytes = Self.damaged(originals[kind], using: &rng)
                let start = Self.threadTime()
                if Self.parses(bytes, kind) { parsedCount += 1 }
                slowest = max(slowest, Self.threadTime() - start)
            }
            print("\(count) mutated messages, \(parsedCount) parsed, the slowest took \(slowest)")
            #expect(slowest < .milliseconds(10))
            #expect(parsedCount > 0 && parsedCount < count, "mutations should neither all pass nor all fail")
            if Self.longRun != nil {
                #expect(Self.residentByteCount() - residentBefore < 64 << 20)
            }
        }
    }

    private static func originals(using rng: inout SeededRandom) throws -> [[UInt8]] {
        var (alice, bob) = try conversation(using: &rng)
        let message = try alice.encrypt(rng.bytes(300)).bytes
        try alice.initiate(with: bob.bundle(preKeyID: 2), using: &rng)
        let preKeyMessage = try alice.encrypt(rng.bytes(300)).bytes
        var sender = SenderKeyRecord.created(using: &rng)
        let distribution = try sender.distribution().bytes
        let record = try #require(bob.record)
        return [message, preKeyMessage, try sender.encrypt(rng.bytes(300), using: &rng), distribution, record]
    }

    private static func parses(_ bytes: [UInt8], _ kind: Int) -> Bool {
        switch kind {
        case 0: (try? SignalMessage(parsing: bytes)) != nil
        case 1: (try? PreKeySignalMessage(parsing: bytes)) != nil
        case 2: (try? SenderKeyMessage(parsing: bytes)) != nil
        case 3: (try? SenderKeyDistribution(parsing: bytes)) != nil
        default: (try? Session(decoding: bytes)) != nil
        }
    }

    /// Flips, replaces, removes, repeats or inserts bytes, up to four times.
    private static func damaged(_ bytes: [UInt8], using rng: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &rng) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &rng)
            switch Int.random(in: 0..<6, using: &rng) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &rng)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &rng)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &rng), at: index)
            case 4: bytes = Array(bytes[..<index])
            default: bytes.insert(contentsOf: bytes.prefix(index), at: index)
            }
        }
        return bytes
    }

    private static func threadTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// What the process keeps in memory, from the second number of /proc/self/statm; 0 where there is no such file.
    private static func residentByteCount() -> Int {
        guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = statm.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }
}
