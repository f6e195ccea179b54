import CZlib

/// Writes a two-colour picture as PNG (ISO 15948): greyscale, one bit a pixel.
enum PNGImage {
    /// - Parameters:
    ///   - width: Pixels in a row.
    ///   - rows: The rows, packed: eight pixels a byte, the first in the highest bit; 0 is black, 1 is white.
    static func bytes(width: Int, rows: [[UInt8]]) -> [UInt8] {
        var header = bigEndian(UInt32(width)) + bigEndian(UInt32(rows.count))
        // Bit depth 1, greyscale, deflate, the one filter method, no interlace.
        header += [1, 0, 0, 0, 0]
        // Each row starts with its filter; 0 is none.
        let pixels: [UInt8] = rows.flatMap { [0] + $0 }
        var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        png += chunk("IHDR", header)
        png += chunk("IDAT", compressed(pixels))
        png += chunk("IEND", [])
        return png
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let checked = Array(type.utf8) + content
        let checksum = UInt32(truncatingIfNeeded: crc32(0, checked, uInt(checked.count)))
        return bigEndian(UInt32(content.count)) + checked + bigEndian(checksum)
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            let status = compress2(buffer.baseAddress, &count, bytes, uLong(bytes.count), Z_BEST_COMPRESSION)
            precondition(status == Z_OK, "compressBound gave enough space, and nothing else can fail")
            initialized = Int(count)
        }
    }
}
