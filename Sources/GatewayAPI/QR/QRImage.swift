import CQREncode

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A pairing code as a picture that a phone can scan.
enum QRImage {
    /// Pixels for each module; a pairing code has about 65 modules, so the picture has about 440 pixels.
    static let pixelsPerModule = 6
    /// Light modules around the code; the standard demands four.
    static let quietZone = 4

    /// The picture as a `data:` URL, or nil when the text is too long for any QR code (2,953 bytes).
    static func dataURL(for text: String) -> String? {
        guard let modules = modules(for: text) else { return nil }
        return "data:image/png;base64," + Data(png(of: modules)).base64EncodedString()
    }

    /// The code's modules, row by row; true is dark.
    static func modules(for text: String) -> [[Bool]]? {
        let bytes = Array(text.utf8)
        // Version 0 is the smallest that fits. Level L: pairing codes are shown on screens, not printed on boxes.
        guard let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_L) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        // The lowest bit of each byte is the module's colour.
        return (0..<width).map { row in
            (0..<width).map { column in code.pointee.data[row * width + column] & 1 == 1 }
        }
    }

    static func png(of modules: [[Bool]]) -> [UInt8] {
        let side = (modules.count + 2 * quietZone) * pixelsPerModule
        let light = packed(Array(repeating: false, count: modules.count))
        let margin = Array(repeating: light, count: quietZone * pixelsPerModule)
        let code = modules.flatMap { Array(repeating: packed($0), count: pixelsPerModule) }
        return PNGImage.bytes(width: side, rows: margin + code + margin)
    }

    /// One row of pixels with its quiet zone; PNG's white is 1.
    private static func packed(_ row: [Bool]) -> [UInt8] {
        let side = (row.count + 2 * quietZone) * pixelsPerModule
        var bytes = [UInt8](repeating: 0xFF, count: (side + 7) / 8)
        for (column, isDark) in row.enumerated() where isDark {
            let start = (column + quietZone) * pixelsPerModule
            for pixel in start..<start + pixelsPerModule { bytes[pixel / 8] &= ~(0x80 >> UInt8(pixel % 8)) }
        }
        return bytes
    }
}
