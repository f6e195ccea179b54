import CSodium

/// Signatures with X25519 keys, in libsignal's older variant of XEdDSA.
///
/// The private scalar a signs on Edwards25519, whose public point A is the X25519 public key up to a sign. The paper
/// forces that sign to 0; this variant keeps it, and tells it in the top bit of the signature:
/// ```
/// r = SHA512(FE || FF × 31 || a || message || Z) mod L      Z: 64 random bytes
/// signature = R (32) || s (32),  R = r·B,  s = r + SHA512(R || A || message)·a mod L,  bit 511 = sign of A
/// ```
enum XEdDSA {
    static let signatureByteCount = 64

    /// Signs with a clamped 32-byte private key and its point. All arithmetic on secrets is libsodium's constant-time code.
    static func sign(
        _ message: [UInt8], privateKey: [UInt8], publicPoint: [UInt8], randomness: [UInt8]
    ) -> [UInt8] {
        precondition(privateKey.count == 32, "an XEdDSA private key has 32 bytes")
        var nonce = reducedHash(noncePrefix, privateKey, message, randomness)
        defer { sodium_memzero(&nonce, 32) }

        var signature = point(of: nonce)
        let challenge = reducedHash(signature, publicPoint, message)
        signature.append(contentsOf: repeatElement(0, count: 32))
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { product in
            let product = product.bindMemory(to: UInt8.self).baseAddress!
            crypto_core_ed25519_scalar_mul(product, challenge, privateKey)
            signature.withUnsafeMutableBufferPointer { signature in
                crypto_core_ed25519_scalar_add(signature.baseAddress! + 32, nonce, product)
            }
            sodium_memzero(product, 32)
        }
        signature[63] |= publicPoint[31] & 0x80
        return signature
    }

    /// Checks a signature against the raw X25519 public key.
    ///
    /// Refused besides a wrong signature: other lengths, s ≥ L, public keys that are not canonical or have small
    /// order, and an R of small order.
    static func isValidSignature(_ signature: [UInt8], for message: [UInt8], by publicKey: [UInt8]) -> Bool {
        guard signature.count == signatureByteCount,
            var edwards = MontgomeryToEdwards.yCoordinate(ofPublicKey: publicKey)
        else { return false }
        Sodium.prepare()
        edwards[31] |= signature[63] & 0x80
        var plain = signature
        plain[63] &= 0x7F
        return crypto_sign_ed25519_verify_detached(plain, message, UInt64(message.count), edwards) == 0
    }

    private static let noncePrefix: [UInt8] = [0xFE] + [UInt8](repeating: 0xFF, count: 31)

    /// The compressed Edwards point scalar·B.
    static func point(of scalar: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { output, initializedCount in
            // The result is non-zero only for the scalar 0, which is neither a clamped key nor a likely hash.
            _ = crypto_scalarmult_ed25519_base_noclamp(output.baseAddress!, scalar)
            initializedCount = 32
        }
    }

    /// SHA-512 over the parts, reduced modulo the group order L to 32 bytes.
    private static func reducedHash(_ parts: [UInt8]...) -> [UInt8] {
        var state = crypto_hash_sha512_state()
        crypto_hash_sha512_init(&state)
        for part in parts {
            crypto_hash_sha512_update(&state, part, UInt64(part.count))
        }
        return withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { hash in
            let hash = hash.bindMemory(to: UInt8.self).baseAddress!
            crypto_hash_sha512_final(&state, hash)
            sodium_memzero(&state, MemoryLayout.size(ofValue: state))
            defer { sodium_memzero(hash, 64) }
            return [UInt8](unsafeUninitializedCapacity: 32) { output, initializedCount in
                crypto_core_ed25519_scalar_reduce(output.baseAddress!, hash)
                initializedCount = 32
            }
        }
    }
}
