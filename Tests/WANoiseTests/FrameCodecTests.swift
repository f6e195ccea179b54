import TestSupport
import Testing
import WACrypto
import WANoise

@Suite("Frames")
struct FrameCodecTests {
    @Test("Frames come out whole and in order however the stream is cut", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func reassembly(seed: UInt64) throws {
        var rng = SeededRandom(seed: seed)
        let payloads = (0..<60).map { _ in
            SecureRandom.bytes(Int.random(in: 0...(Bool.random(using: &rng) ? 20 : 9_000), using: &rng), using: &rng)
        }
        var stream = payloads.flatMap(FrameCodec.frame)[...]
        var codec = FrameCodec()
        var received: [[UInt8]] = []
        while !stream.isEmpty {
            let count = Int.random(in: 0...(Bool.random(using: &rng) ? 4 : 20_000), using: &rng)
            codec.append(stream.prefix(count))
            stream = stream.dropFirst(count)
            while let payload = try codec.next() { received.append(payload) }
        }
        #expect(received == payloads, "seed \(seed)")
        #expect(codec.bufferedByteCount == 0)
    }

    @Test("The length stands in three bytes, big-endian")
    func layout() throws {
        #expect(FrameCodec.frame([7]) == [0, 0, 1, 7])
        #expect(FrameCodec.frame([]) == [0, 0, 0])
        #expect(FrameCodec.frame([UInt8](repeating: 1, count: 0x010203)).prefix(4) == [1, 2, 3, 1])
        let longest = [UInt8](repeating: 9, count: FrameCodec.longestPayload)
        var codec = FrameCodec()
        codec.append(FrameCodec.frame(longest))
        #expect(try codec.next()?.count == 16_777_215)
    }

    @Test("A length above the limit is refused before its bytes arrive, one at the limit is not")
    func limit() throws {
        var codec = FrameCodec(maximumLength: 1_000)
        codec.append(FrameCodec.frame([UInt8](repeating: 0, count: 1_000)))
        #expect(try codec.next()?.count == 1_000)
        codec.append([0, 3])
        #expect(try codec.next() == nil)
        codec.append([0xE9])
        #expect(throws: NoiseError.frameTooLong(1_001)) { try codec.next() }
    }

    @Test("A large announced length costs no memory before bytes arrive")
    func announced() throws {
        var codec = FrameCodec()
        codec.append([0xFF, 0xFF, 0xFF, 1, 2])
        #expect(try codec.next() == nil)
        #expect(codec.bufferedByteCount == 5)
    }

    @Test("Damaged streams are frames, a wait or an error, and give back no byte more than came in")
    func hostile() {
        let stream = [[], [1, 2, 3], [UInt8](0..<200), [UInt8](repeating: 7, count: 3_000)].flatMap(FrameCodec.frame)
        let inputs = [stream, ConnectionHeader.preamble() + stream, ConnectionHeader.preamble(routingInfo: [1, 2]) + stream]
        withMutations(of: inputs) { damaged, random in
            var reader = PreambleReader()
            reader.append(damaged)
            var rest = damaged[...]
            if let remainder = try? reader.finished()?.remainder { rest = remainder[...] }

            var codec = FrameCodec(maximumLength: 5_000)
            var (fed, returned) = (0, 0)
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...2_000, using: &random))
                codec.append(piece)
                rest = rest.dropFirst(piece.count)
                fed += piece.count
                while let frame = try? codec.next() { returned += 3 + frame.count }
                if returned + codec.bufferedByteCount != fed { Issue.record("bytes were lost or made up") }
            }
        }
    }
}

@Suite("Connection preamble")
struct PreambleTests {
    @Test("The header alone and the header behind routing information are read from any pieces")
    func pieces() throws {
        for routingInfo in [nil, [], [1, 2, 3], [UInt8](repeating: 8, count: 4_096)] as [[UInt8]?] {
            let stream = ConnectionHeader.preamble(routingInfo: routingInfo) + [0, 0, 1, 0x42]
            let headEnd = stream.count - 4
            var reader = PreambleReader()
            for (index, byte) in stream.enumerated() {
                #expect(try index < headEnd ? reader.finished() == nil : reader.finished() != nil)
                reader.append([byte])
            }
            let (found, remainder) = try #require(try reader.finished())
            #expect(found == routingInfo)
            #expect(remainder == [0, 0, 1, 0x42])
        }
        #expect(ConnectionHeader.preamble() == [0x57, 0x41, 0x06, 0x03])
        #expect(ConnectionHeader.preamble(routingInfo: [9]).prefix(8) == [0x45, 0x44, 0, 1, 0, 0, 1, 9])
    }

    @Test(
        "Anything else is refused at its first wrong byte",
        arguments: [[0x47], [0x57, 0x42], [0x57, 0x41, 0x05], [0x57, 0x41, 0x06, 0x02], [0x45, 0x45], [0x45, 0x44, 1],
            [0x45, 0x44, 0, 1, 0, 0, 1, 9, 0x58], [0x45, 0x44, 0, 1, 0, 0, 0, 0x45]] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        var reader = PreambleReader()
        reader.append(bytes)
        #expect(throws: NoiseError.malformedPreamble) { try reader.finished() }
    }

    @Test("Routing information above the limit is refused before it arrives")
    func limit() {
        var reader = PreambleReader()
        reader.append([0x45, 0x44, 0, 1, 0, 0x10, 0x01])
        #expect(throws: NoiseError.frameTooLong(4_097)) { try reader.finished() }
    }
}
