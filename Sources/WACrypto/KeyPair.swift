import CSodium
import Crypto
import FoundationEssentials

/// An X25519 key pair, which also signs (XEdDSA).
///
/// The private key is a clamped scalar. It enters only constant-time functions of libsodium and swift-crypto, and never a
/// description.
package struct KeyPair: Sendable, CustomStringConvertible, CustomReflectable {
    package let publicKey: PublicKey
    /// 32 bytes, clamped: low three bits and the top bit clear, the bit below it set.
    package let privateKeyRaw: [UInt8]
    /// The public key as a point on the Edwards curve, 32 bytes, where it was prepared.
    private let edwardsPoint: [UInt8]?

    /// Makes a pair from the operating system's randomness.
    package init() {
        self.init(scalar: SecureRandom.bytes(32))
    }

    /// Makes a pair from 32 bytes of a given generator.
    package init(using rng: inout some RandomNumberGenerator) {
        self.init(scalar: SecureRandom.bytes(32, using: &rng))
    }

    /// Takes a private key, clamps it, and computes the public key; throws `wrongLength` unless it has 32 bytes.
    package init(privateKeyRaw: [UInt8]) throws(CryptoError) {
        guard privateKeyRaw.count == 32 else { throw .wrongLength }
        self.init(scalar: privateKeyRaw)
    }

    /// Takes both halves as they were stored, without the cost of computing the public key again.
    ///
    /// Only for records of our own: the halves are trusted to belong together.
    package init(storedPrivateKeyRaw: [UInt8], publicKey: PublicKey) throws(CryptoError) {
        guard storedPrivateKeyRaw.count == 32 else { throw .wrongLength }
        privateKeyRaw = Self.clamped(storedPrivateKeyRaw)
        self.publicKey = publicKey
        edwardsPoint = nil
    }

    private init(privateKeyRaw: [UInt8], publicKey: PublicKey, edwardsPoint: [UInt8]) {
        self.privateKeyRaw = privateKeyRaw
        self.publicKey = publicKey
        self.edwardsPoint = edwardsPoint
    }

    private init(scalar: [UInt8]) {
        let scalar = Self.clamped(scalar)
        privateKeyRaw = scalar
        // swift-crypto has a table of multiples of the base point, and takes a third of libsodium's time.
        guard let pair = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: scalar) else {
            preconditionFailure("a private key has 32 bytes")
        }
        publicKey = PublicKey(computed: [UInt8](pair.publicKey.rawRepresentation))
        edwardsPoint = nil
    }

    /// The same pair for one that signs again and again: half of a signature's cost is paid once.
    package func preparedToSign() -> KeyPair {
        KeyPair(
            privateKeyRaw: privateKeyRaw, publicKey: publicKey, edwardsPoint: XEdDSA.point(of: privateKeyRaw))
    }

    /// The 32-byte X25519 secret with another key; throws `weakKey` when that key has small order.
    package func sharedSecret(with other: PublicKey) throws(CryptoError) -> [UInt8] {
        Sodium.prepare()
        var secret = [UInt8](repeating: 0, count: 32)
        guard crypto_scalarmult_curve25519(&secret, privateKeyRaw, other.raw) == 0, secret.contains(where: { $0 != 0 })
        else { throw .weakKey }
        return secret
    }

    /// A 64-byte XEdDSA signature with fresh randomness.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        sign(message, randomness: SecureRandom.bytes(64))
    }

    /// A 64-byte XEdDSA signature with given randomness, normally 64 bytes; the same inputs give the same signature.
    package func sign(_ message: [UInt8], randomness: [UInt8]) -> [UInt8] {
        XEdDSA.sign(
            message, privateKey: privateKeyRaw, publicPoint: edwardsPoint ?? XEdDSA.point(of: privateKeyRaw),
            randomness: randomness)
    }

    /// Shows the public half only.
    package var description: String {
        "KeyPair(publicKey: \(publicKey.raw))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["publicKey": publicKey])
    }

    private static func clamped(_ scalar: [UInt8]) -> [UInt8] {
        var scalar = scalar
        scalar[0] &= 248
        scalar[31] &= 127
        scalar[31] |= 64
        return scalar
    }
}
