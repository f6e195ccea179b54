import TestSupport
import Testing
import WACrypto

@Suite("Message padding")
struct MessagePaddingTests {
    @Test("Padding is 1 to 15 bytes of its own length and comes off again", arguments: [41, 42] as [UInt64])
    func roundTrips(seed: UInt64) throws {
        var rng = SeededRandom(seed: seed)
        var lengths: Set<Int> = []
        for count in 0..<200 {
            let plaintext = SecureRandom.bytes(count, using: &rng)
            let padded = MessagePadding.pad(plaintext, using: &rng)
            let length = padded.count - count
            lengths.insert(length)
            #expect(padded.suffix(length).allSatisfy { $0 == length }, "seed \(seed)")
            #expect(try MessagePadding.unpad(padded) == plaintext)
        }
        #expect(lengths == Set(1...15), "seed \(seed)")
        #expect(try MessagePadding.unpad(MessagePadding.pad([7])) == [7])
    }

    @Test("Longer padding of other clients is accepted, up to the whole message")
    func foreign() throws {
        #expect(try MessagePadding.unpad([1] + [UInt8](repeating: 16, count: 16)) == [1])
        #expect(try MessagePadding.unpad([UInt8](repeating: 255, count: 255)) == [])
    }

    @Test(
        "Malformed padding is refused",
        arguments: [[], [0], [5, 0], [2], [1, 2, 3], [9, 3, 2, 3], [UInt8](repeating: 255, count: 254)] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: CryptoError.badPadding) { try MessagePadding.unpad(bytes) }
    }
}
