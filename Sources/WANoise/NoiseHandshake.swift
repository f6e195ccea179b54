import WACrypto

/// The symmetric state of a Noise handshake with 25519, AES-GCM and SHA-256.
///
/// ```
/// h: hash of everything said so far    ck: chaining key    k, n: key and counter of the current cipher
/// ```
/// Source: The Noise Protocol Framework, section 5.
struct NoiseHandshake: Sendable {
    private(set) var hash: [UInt8]
    private(set) var chainingKey: [UInt8]
    private var key: [UInt8]
    private var counter: UInt32 = 0

    /// Starts one of our two patterns; the prologue is the connection header.
    init(_ pattern: Pattern, prologue: [UInt8]) {
        self.init(protocolName: pattern.rawValue, prologue: prologue)
    }

    init(protocolName: String, prologue: [UInt8]) {
        let name = [UInt8](protocolName.utf8)
        // Section 5.2: a name that fits is padded with zeros, a longer one is hashed.
        let initial = name.count <= 32 ? name + [UInt8](repeating: 0, count: 32 - name.count) : Digest.sha256(name)
        (hash, chainingKey, key) = (initial, initial, initial)
        mixHash(prologue)
    }

    enum Pattern: String, Sendable {
        case xx = "Noise_XX_25519_AESGCM_SHA256"
        /// What a server answers with when it does not take up an IK attempt.
        case xxFallback = "Noise_XXfallback_25519_AESGCM_SHA256"
    }

    mutating func mixHash(_ data: [UInt8]) {
        hash = Digest.sha256(hash + data)
    }

    /// Mixes the shared secret of two keys into the cipher; throws `weakKey`.
    mutating func mixKey(_ pair: KeyPair, _ other: PublicKey) throws(NoiseError) {
        do {
            mixKey(secret: try pair.sharedSecret(with: other))
        } catch {
            throw NoiseError(error)
        }
    }

    mutating func mixKey(secret: [UInt8]) {
        let output = KeyDerivation.hkdf(secret, salt: chainingKey, count: 64)
        chainingKey = [UInt8](output[..<32])
        key = [UInt8](output[32...])
        counter = 0
    }

    mutating func encrypt(_ plaintext: [UInt8]) throws(NoiseError) -> [UInt8] {
        do {
            let ciphertext = try AESGCM.seal(
                plaintext, key: key, nonce: NoiseNonce.bytes(counter), authenticating: hash)
            counter += 1
            mixHash(ciphertext)
            return ciphertext
        } catch {
            throw NoiseError(error)
        }
    }

    mutating func decrypt(_ ciphertext: [UInt8]) throws(NoiseError) -> [UInt8] {
        do {
            let plaintext = try AESGCM.open(
                ciphertext, key: key, nonce: NoiseNonce.bytes(counter), authenticating: hash)
            counter += 1
            mixHash(ciphertext)
            return plaintext
        } catch {
            throw NoiseError(error)
        }
    }

    /// The keys of the two directions: from the client, and from the server.
    func split() -> (fromClient: [UInt8], fromServer: [UInt8]) {
        let output = KeyDerivation.hkdf([], salt: chainingKey, count: 64)
        return ([UInt8](output[..<32]), [UInt8](output[32...]))
    }
}

/// The 12-byte nonce of a message: eight zero bytes, then the counter, big-endian.
enum NoiseNonce {
    static func bytes(_ counter: UInt32) -> [UInt8] {
        [
            0, 0, 0, 0, 0, 0, 0, 0,
            UInt8(counter >> 24), UInt8(counter >> 16 & 0xFF), UInt8(counter >> 8 & 0xFF), UInt8(counter & 0xFF),
        ]
    }
}
