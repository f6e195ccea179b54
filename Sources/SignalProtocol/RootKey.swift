import WACrypto

/// The key that every turn of the ratchet renews. Spec: The Double Ratchet Algorithm, section 2.2.
struct RootKey: Equatable, Sendable {
    /// 32 bytes.
    let key: [UInt8]

    /// One turn: mixes the secret of two ratchet keys in, and gives the next root key and the key of a new chain.
    func turned(ours: KeyPair, theirs: PublicKey) throws(SignalError) -> (root: RootKey, chain: ChainKey) {
        guard let secret = try? ours.sharedSecret(with: theirs) else { throw .invalidKey }
        return Self.derived(from: secret, salt: key, info: "WhisperRatchet")
    }

    /// HKDF to 64 bytes: the root key, then the key of a chain at index 0.
    static func derived(from secret: [UInt8], salt: [UInt8], info: String) -> (root: RootKey, chain: ChainKey) {
        let keys = KeyDerivation.hkdf(secret, salt: salt, info: info, count: 64)
        return (RootKey(key: [UInt8](keys[..<32])), ChainKey(key: [UInt8](keys[32...]), index: 0))
    }
}
