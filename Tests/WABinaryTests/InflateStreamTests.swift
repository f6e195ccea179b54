import TestSupport
import Testing

@testable import WABinary

@Suite("Inflating a stream in windows")
struct InflateStreamTests {
    private func inflate(_ pieces: [[UInt8]], limit: Int) throws -> [UInt8] {
        let stream = InflateStream(limit: limit)
        var output: [UInt8] = []
        for piece in pieces {
            stream.push(piece)
            while let window = try stream.next() {
                #expect(window.count <= 1 << 16)
                output += window
            }
        }
        try stream.finish()
        return output
    }

    @Test("However a stream is cut, what was deflated comes out")
    func pieces() throws {
        try withSeed { random in
            let plain = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) } + random.bytes(10_000)
            let deflated = Zlib.deflate(plain)
            for size in [1, 7, 4_096, deflated.count] {
                let pieces = stride(from: 0, to: deflated.count, by: size).map {
                    Array(deflated[$0..<min($0 + size, deflated.count)])
                }
                let inflated = try inflate(pieces + [[], [1, 2, 3]], limit: plain.count)
                #expect(inflated == plain)
            }
        }
    }

    @Test("A gzip stream is told from a zlib stream by itself")
    func gzip() throws {
        // printf 'hi' | gzip -n
        let bytes: [UInt8] = [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0xC8, 4, 0, 0xAC, 0x2A, 0x93, 0xD8, 2, 0, 0, 0,
        ]
        #expect(try InflateStream.inflate(bytes, limit: 2) == Array("hi".utf8))
    }

    @Test("A bomb is refused at the limit, and what is cut off or damaged is no stream")
    func hostile() throws {
        let bomb = Zlib.deflate([UInt8](repeating: 0, count: 20 << 20))
        #expect(throws: InflateStream.Failure.tooLarge) { try InflateStream.inflate(bomb, limit: 1 << 20) }
        let deflated = Zlib.deflate(Array("something to be cut off in the middle".utf8))
        #expect(throws: InflateStream.Failure.truncated) { try InflateStream.inflate(deflated.dropLast(5), limit: 100) }
        #expect(throws: InflateStream.Failure.truncated) { try InflateStream.inflate([], limit: 100) }
        #expect(throws: InflateStream.Failure.self) { try InflateStream.inflate([1, 2, 3, 4], limit: 100) }
        var wrong = deflated
        wrong[wrong.count - 1] ^= 1
        #expect(throws: InflateStream.Failure.self) { try InflateStream.inflate(wrong, limit: 100) }
    }
}

extension InflateStream {
    fileprivate static func inflate(_ bytes: ArraySlice<UInt8>, limit: Int) throws -> [UInt8] {
        try inflate(Array(bytes), limit: limit)
    }
}
