import Crypto
import CryptoExtras

/// AES in counter mode: one operation for both directions, and no protection against changes.
package enum AESCTR {
    /// Encrypts or decrypts under a 16-, 24- or 32-byte key.
    ///
    /// The 16-byte `iv` is the whole initial counter block, counted up as one big-endian number.
    package static func apply(_ input: [UInt8], key: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard [16, 24, 32].contains(key.count), iv.count == 16 else { throw .wrongLength }
        do {
            return [UInt8](
                try AES._CTR.encrypt(input, using: SymmetricKey(data: key), nonce: AES._CTR.Nonce(nonceBytes: iv)))
        } catch {
            throw .wrongLength
        }
    }
}
