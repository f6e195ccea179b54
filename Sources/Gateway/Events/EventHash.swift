import WACrypto

/// The `<hash>` in idempotency keys: 16 hex digits of a SHA-256 over what tells one event from another.
enum EventHash {
    static func of(_ parts: String...) -> String { of(parts) }

    static func of(_ parts: [String]) -> String {
        var bytes: [UInt8] = []
        for part in parts {
            bytes += part.utf8
            bytes.append(0)
        }
        var text = ""
        for byte in Digest.sha256(bytes).prefix(8) {
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return text
    }
}
