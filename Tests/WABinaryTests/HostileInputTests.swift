import TestSupport
import Testing

@testable import WABinary

@Suite("Hostile node bytes")
struct HostileInputTests {
    @Test("Every truncation of a valid node throws")
    func truncations() {
        withSeed { random in
            for _ in 0..<200 {
                let bytes = NodeEncoder.encode(random.node())
                for length in Set([0, 1, bytes.count / 2, bytes.count - 1]) where length < bytes.count {
                    #expect(throws: NodeCodingError.self) { try NodeDecoder.decode(Array(bytes.prefix(length))) }
                }
            }
        }
    }

    @Test("Mutated nodes give an error, or a node that is written and read again as it is")
    func mutations() throws {
        // Up to the size of real stanzas, so that the time says something about the codec and not about the input.
        let originals = withSeed { random in
            var originals: [[UInt8]] = []
            while originals.count < 200 {
                let bytes = FramePayload.pack(random.node())
                if bytes.count <= 8_192 { originals.append(bytes) }
            }
            return originals
        }
        var (count, readCount) = (0, 0)
        try withMutations(of: originals, damage: mutate) { damaged, _ in
            count += 1
            guard let node = try? FramePayload.unpack(damaged) else { return }
            readCount += 1
            let rewritten = NodeEncoder.encode(node)
            let reread = try NodeDecoder.decode(rewritten)
            #expect(NodeEncoder.encode(reread) == rewritten)
        }
        #expect(readCount > 0 && readCount < count, "mutations should neither all pass nor all fail")
    }

    @Test("Random bytes never stop the process")
    func noise() {
        withSeed { random in
            for _ in 0..<10_000 {
                var bytes = random.bytes(Int.random(in: 0...64, using: &random))
                if Bool.random(using: &random) { bytes.insert(0xF8, at: 0) }
                _ = try? NodeDecoder.decode(bytes)
                _ = try? FramePayload.unpack(bytes)
            }
        }
    }

    @Test("Nesting is refused beyond the limit, and allowed up to it")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for _ in 1..<depth { bytes += [0xF8, 2, 19, 0xF8, 1] }
            return bytes + [0xF8, 1, 19]
        }
        #expect(throws: Never.self) { try NodeDecoder.decode(nested(NodeDecoder.maximumDepth)) }
        #expect(throws: NodeCodingError.tooDeep) { try NodeDecoder.decode(nested(NodeDecoder.maximumDepth + 1)) }
        #expect(throws: NodeCodingError.tooDeep) { try NodeDecoder.decode(nested(1_000_000)) }
    }

    @Test(
        "A count beyond the bytes that follow is refused before anything is reserved",
        arguments: [
            [0xF9, 0xFF, 0xFF, 19],  // attributes
            [0xF8, 2, 19, 0xF9, 0xFF, 0xFF],  // children
            [0xF8, 2, 19, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 1],  // BINARY_32
            [0xF8, 2, 19, 0xFE, 0x7F, 0xFF, 0xFF, 0xFF, 1],
            [0xF8, 2, 19, 0xFD, 0x0F, 0xFF, 0xFF, 1],  // BINARY_20
            [0xF8, 2, 19, 0xFF, 0x7F, 1],  // packed
        ] as [[UInt8]])
    func hugeCounts(bytes: [UInt8]) {
        #expect(throws: NodeCodingError.truncated) { try NodeDecoder.decode(bytes) }
    }

    @Test("Lists inside lists cannot claim the same bytes twice")
    func nestedClaims() {
        // Each level announces as many children as would fit into the rest on their own.
        let tail = [UInt8](repeating: 0, count: 30_000)
        var bytes: [UInt8] = []
        for _ in 0..<60 { bytes += [0xF8, 2, 19, 0xF9, 0x20, 0x00] }
        #expect(throws: NodeCodingError.truncated) { try NodeDecoder.decode(bytes + tail) }
    }

    @Test("A frame with too many parts is refused")
    func elementCount() {
        let inner: [UInt8] =
            [0xF8, 2, 19, 0xF9, 0xFF, 0xFF] + Array(repeatElement([0xF8, 1, 19], count: 65_535).joined())
        let count = 17
        let bytes: [UInt8] = [0xF8, 2, 19, 0xF8, UInt8(count)] + Array(repeatElement(inner, count: count).joined())
        #expect(throws: NodeCodingError.tooManyElements) { try NodeDecoder.decode(bytes) }
    }

    @Test("A zlib bomb is refused at the limit")
    func bomb() {
        let bomb = Zlib.deflate([UInt8](repeating: 0, count: FramePayload.maximumInflatedLength + 1))
        #expect(bomb.count < 20_000)
        #expect(throws: NodeCodingError.inflatedTooLarge(limit: FramePayload.maximumInflatedLength)) {
            try FramePayload.unpack([2] + bomb)
        }
        #expect(throws: NodeCodingError.emptyFrame) { try FramePayload.unpack([]) }
    }

    /// As a node is damaged worst: the bytes put in are those that announce lists, strings and addresses.
    private func mutate(_ bytes: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = Int.random(in: 0..<max(1, bytes.count), using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0 where !bytes.isEmpty: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1 where !bytes.isEmpty: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2 where !bytes.isEmpty: bytes.remove(at: index)
            default: bytes.insert(UInt8.random(in: 236...255, using: &random), at: min(index, bytes.count))
            }
        }
        return bytes
    }
}
