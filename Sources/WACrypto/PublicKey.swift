/// An X25519 public key, the only kind of public key WhatsApp uses.
///
/// XML nodes, ADV structures and certificates carry the raw 32 bytes; Signal messages carry 33 bytes: a type byte 0x05,
/// then the same 32. The same key also checks XEdDSA signatures.
package struct PublicKey: Hashable, Sendable {
    /// The type byte in front of the 33-byte form ("DJB").
    package static let typeByte: UInt8 = 0x05

    /// 32 bytes, the little-endian Montgomery u coordinate.
    package let raw: [UInt8]

    /// Takes the raw form; throws `wrongLength` unless it has 32 bytes.
    ///
    /// Any 32 bytes are a valid input to X25519. Keys of small order are refused where they would do harm:
    /// by `KeyPair.sharedSecret(with:)` and by `isValidSignature(_:for:)`.
    package init(raw: [UInt8]) throws(CryptoError) {
        guard raw.count == 32 else { throw .wrongLength }
        self.raw = raw
    }

    /// Takes the 33-byte form; throws `wrongLength` or `wrongKeyType`.
    package init(typed: [UInt8]) throws(CryptoError) {
        guard typed.count == 33 else { throw .wrongLength }
        guard typed[0] == Self.typeByte else { throw .wrongKeyType }
        raw = [UInt8](typed[1...])
    }

    /// For bytes that a curve operation of ours produced.
    init(computed raw: [UInt8]) {
        precondition(raw.count == 32, "a computed public key has 32 bytes")
        self.raw = raw
    }

    /// 33 bytes: 0x05, then the raw key.
    package var typed: [UInt8] {
        [Self.typeByte] + raw
    }

    /// Tells whether a 64-byte XEdDSA signature was made over `message` with the private key of this one.
    package func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        XEdDSA.isValidSignature(signature, for: message, by: raw)
    }
}
