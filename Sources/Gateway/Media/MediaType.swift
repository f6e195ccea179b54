/// What a file is, told by its first bytes.
enum MediaType {
    /// Bytes that are enough to tell.
    static let prefixByteCount = 4096

    /// - Returns: nil for what is not known.
    static func sniff(_ bytes: [UInt8]) -> String? {
        func has(_ signature: String, at offset: Int = 0) -> Bool {
            bytes.count >= offset + signature.utf8.count && bytes[offset...].starts(with: signature.utf8)
        }
        func has(_ signature: [UInt8]) -> Bool { bytes.starts(with: signature) }

        if has([0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if has("GIF87a") || has("GIF89a") { return "image/gif" }
        if has("RIFF"), has("WEBP", at: 8) { return "image/webp" }
        if has("RIFF"), has("WAVE", at: 8) { return "audio/wav" }
        if has("RIFF"), has("AVI ", at: 8) { return "video/x-msvideo" }
        if has("%PDF-") { return "application/pdf" }
        if has("OggS") { return String(decoding: bytes.prefix(64), as: UTF8.self).contains("OpusHead") ? "audio/ogg; codecs=opus" : "audio/ogg" }
        if has("ID3") || (bytes.count > 1 && bytes[0] == 0xFF && bytes[1] & 0xE6 == 0xE2) { return "audio/mpeg" }
        if bytes.count > 1, bytes[0] == 0xFF, bytes[1] & 0xF6 == 0xF0 { return "audio/aac" }
        if has("fLaC") { return "audio/flac" }
        if has("#!AMR") { return "audio/amr" }
        if has([0x1A, 0x45, 0xDF, 0xA3]) { return "video/webm" }
        if has("ftyp", at: 4) { return ofISOBrand(bytes) }
        if has("PK\u{3}\u{4}") { return ofZip(bytes) }
        if has([0x1F, 0x8B]) { return "application/gzip" }
        if has("BM"), bytes.count > 13, bytes[6...9].allSatisfy({ $0 == 0 }) { return "image/bmp" }
        if has("II*\0") || has("MM\0*") { return "image/tiff" }
        return nil
    }

    /// A type that says nothing, as many servers send for everything.
    static func isVague(_ mimetype: String) -> Bool {
        // No type is longer, and none has other characters.
        guard mimetype.utf8.count <= 256, mimetype.utf8.allSatisfy({ $0 < 0x80 }) else { return true }
        let name = mimetype.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        return name.isEmpty || name == "application/octet-stream" || name == "binary/octet-stream" || !name.contains("/")
    }

    private static func ofISOBrand(_ bytes: [UInt8]) -> String {
        guard bytes.count >= 12 else { return "video/mp4" }
        switch String(decoding: bytes[8..<12], as: UTF8.self) {
        case "M4A ", "M4B ": return "audio/mp4"
        case "heic", "heix", "mif1": return "image/heic"
        case "avif": return "image/avif"
        case "qt  ": return "video/quicktime"
        case let brand where brand.hasPrefix("3g"): return "video/3gpp"
        default: return "video/mp4"
        }
    }

    /// Office files are archives whose first entries are named by convention.
    private static func ofZip(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let office = "application/vnd.openxmlformats-officedocument."
        if text.contains("word/") { return office + "wordprocessingml.document" }
        if text.contains("xl/") { return office + "spreadsheetml.sheet" }
        if text.contains("ppt/") { return office + "presentationml.presentation" }
        return "application/zip"
    }
}
