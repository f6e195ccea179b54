import WACrypto

/// How raw API keys are made and recognised: the raw key is shown once, only its hash is kept.
struct APIKeyHash: Sendable {
    /// Mixed into every hash; nil means plain SHA-256, as OpenWA stores it (contract 1.2).
    let pepper: String?

    /// 64 lower-case hex digits.
    func callAsFunction(_ rawKey: String) -> String {
        let key = Array(rawKey.utf8)
        return Self.hex(pepper.map { HMAC.sha256(key: Array($0.utf8), key) } ?? Digest.sha256(key))
    }

    /// A fresh key: `owa_k1_` and 64 lower-case hex digits (256 random bits).
    static func makeRawKey() -> String {
        "owa_k1_" + hex(SecureRandom.bytes(32))
    }

    /// What is shown of a key to recognise it by: its first 12 characters.
    static func prefix(of rawKey: String) -> String {
        String(rawKey.prefix(12))
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func hex(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digits[Int(byte >> 4)]
                buffer[2 * index + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}
