import WACrypto

/// The keys of one message in a session.
struct MessageKeys: Equatable, Sendable {
    /// 32 bytes, AES-256-CBC.
    let cipherKey: [UInt8]
    /// 32 bytes, HMAC-SHA256.
    let macKey: [UInt8]
    /// 16 bytes.
    let iv: [UInt8]

    /// Expands the 32-byte seed of a chain step.
    init(seed: [UInt8]) {
        let keys = KeyDerivation.hkdf(seed, info: "WhisperMessageKeys", count: 80)
        cipherKey = [UInt8](keys[..<32])
        macKey = [UInt8](keys[32..<64])
        iv = [UInt8](keys[64...])
    }
}
