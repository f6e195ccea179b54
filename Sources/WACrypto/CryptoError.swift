/// What can go wrong with bytes handed to a cipher, a signature or a key scheme.
///
/// None of the cases says more than an attacker already knows: a failed tag and a failed checksum are the same error.
package enum CryptoError: Error, Equatable, Sendable {
    /// A key, nonce, signature or message does not have the length its scheme demands.
    case wrongLength
    /// A 33-byte public key does not start with the type byte 0x05.
    case wrongKeyType
    /// A tag, MAC or checksum does not match; the bytes must be thrown away.
    case authenticationFailed
    /// The decrypted bytes do not end in valid padding.
    case badPadding
    /// A public key of small order would make the shared secret predictable.
    case weakKey
    /// A text holds a character outside the alphabet of its scheme.
    case invalidCharacter
}
