import WACrypto

/// The keys of one group message. There is no MAC key: the signature authenticates.
struct SenderMessageKeys: Equatable, Sendable {
    /// 16 bytes.
    let iv: [UInt8]
    /// 32 bytes, AES-256-CBC.
    let cipherKey: [UInt8]

    /// Expands the 32-byte seed of a chain step.
    init(seed: [UInt8]) {
        let keys = KeyDerivation.hkdf(seed, info: "WhisperGroup", count: 48)
        iv = [UInt8](keys[..<16])
        cipherKey = [UInt8](keys[16...])
    }
}
