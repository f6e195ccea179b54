/// Width and height of an image, read from its header alone, so that they are known without any other program.
struct ImageSize: Sendable, Equatable {
    let width: Int
    let height: Int

    /// JPEG, PNG, GIF and WebP; nil for others and for damaged headers.
    ///
    /// - Parameter read: Gives up to `count` bytes at an offset; fewer at the end of the file.
    static func of(reading read: (_ offset: Int, _ count: Int) -> [UInt8]) -> ImageSize? {
        let head = read(0, 32)
        switch MediaType.sniff(head) {
        case "image/jpeg": return jpeg(read)
        case "image/png":
            guard head.count >= 24 else { return nil }
            return make(big(head, 16, 4), big(head, 20, 4))
        case "image/gif":
            guard head.count >= 10 else { return nil }
            return make(little(head, 6, 2), little(head, 8, 2))
        case "image/webp": return webp(head)
        default: return nil
        }
    }

    private static func make(_ width: Int, _ height: Int) -> ImageSize? {
        (1...65_535).contains(width) && (1...65_535).contains(height) ? ImageSize(width: width, height: height) : nil
    }

    /// Walks the segments up to the frame header: `FF Cn, length, precision, height, width`.
    private static func jpeg(_ read: (Int, Int) -> [UInt8]) -> ImageSize? {
        var offset = 2
        // Real files have a few dozen segments before the frame.
        for _ in 0..<1000 {
            let segment = read(offset, 9)
            guard segment.count >= 4, segment[0] == 0xFF else { return nil }
            let marker = segment[1]
            if marker == 0xFF {
                offset += 1
                continue
            }
            if (0xD0...0xD8).contains(marker) || marker == 0x01 {
                offset += 2
                continue
            }
            let isFrame = (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
            if isFrame { return segment.count >= 9 ? make(big(segment, 7, 2), big(segment, 5, 2)) : nil }
            guard marker != 0xD9, marker != 0xDA else { return nil }
            let length = big(segment, 2, 2)
            guard length >= 2 else { return nil }
            offset += 2 + length
        }
        return nil
    }

    private static func webp(_ head: [UInt8]) -> ImageSize? {
        guard head.count >= 30 else { return nil }
        switch String(decoding: head[12..<16], as: UTF8.self) {
        case "VP8X": return make(little(head, 24, 3) + 1, little(head, 27, 3) + 1)
        case "VP8L":
            let bits = little(head, 21, 4)
            return make((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        case "VP8 ": return make(little(head, 26, 2) & 0x3FFF, little(head, 28, 2) & 0x3FFF)
        default: return nil
        }
    }

    private static func big(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
