import WABinary

/// A gzip member (RFC 1952) around what zlib makes: the same deflated data, with another head and end.
enum Gzip {
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        // A zlib stream is two bytes, the deflated data, and a checksum of four.
        let deflated = Zlib.deflate(bytes).dropFirst(2).dropLast(4)
        let end = [crc32(bytes), UInt32(truncatingIfNeeded: bytes.count)]
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF] + deflated + end.flatMap { $0.bigEndianBytes.reversed() }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { checksum, byte in
            var next = checksum ^ UInt32(byte)
            for _ in 0..<8 { next = next & 1 == 1 ? next >> 1 ^ 0xEDB8_8320 : next >> 1 }
            return next
        }
    }
}
