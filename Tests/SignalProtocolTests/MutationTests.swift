import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

/// Mutated messages of every kind go through the parsers; the process must live.
@Suite("Mutated Signal messages")
struct MutationTests {
    @Test("Mutated messages are parsed or refused")
    func mutations() throws {
        let originals = try withSeed { rng in try Self.originals(using: &rng) }
        // Every kind has its own parser, named by a byte in front that damage does not reach.
        let inputs = originals.enumerated().map { kind, bytes in [UInt8(kind)] + bytes }
        var (count, parsedCount) = (0, 0)
        withMutations(of: inputs) { input, rng in
            [input[0]] + rng.damaged(Array(input.dropFirst()))
        } _: { input, _ in
            count += 1
            if Self.parses(Array(input.dropFirst()), Int(input[0])) { parsedCount += 1 }
        }
        #expect(parsedCount > 0 && parsedCount < count, "mutations should neither all pass nor all fail")
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
}
