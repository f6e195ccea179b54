import Crypto
import FoundationEssentials

/// AES in Galois/counter mode: encryption that notices every change.
///
/// ```
/// sealed = ciphertext (as long as the plaintext) || tag (16)
/// ```
package enum AESGCM {
    package static let nonceByteCount = 12
    package static let tagByteCount = 16

    /// Encrypts under a 16-, 24- or 32-byte key and a 12-byte nonce; throws `wrongLength` for others.
    package static func seal(
        _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], authenticating: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        guard [16, 24, 32].contains(key.count), nonce.count == nonceByteCount else { throw .wrongLength }
        do {
            let box = try AES.GCM.seal(
                plaintext, using: SymmetricKey(data: key), nonce: AES.GCM.Nonce(data: nonce),
                authenticating: authenticating)
            var sealed = [UInt8]()
            sealed.reserveCapacity(plaintext.count + tagByteCount)
            sealed.append(contentsOf: box.ciphertext)
            sealed.append(contentsOf: box.tag)
            return sealed
        } catch {
            throw .wrongLength
        }
    }

    /// Decrypts what `seal` made; throws `wrongLength` for impossible lengths and `authenticationFailed` when key,
    /// nonce, associated data or any byte differs.
    package static func open(
        _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], authenticating: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        guard [16, 24, 32].contains(key.count), nonce.count == nonceByteCount, sealed.count >= tagByteCount else {
            throw .wrongLength
        }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed.dropLast(tagByteCount),
                tag: sealed.suffix(tagByteCount))
            return [UInt8](try AES.GCM.open(box, using: SymmetricKey(data: key), authenticating: authenticating))
        } catch {
            throw .authenticationFailed
        }
    }
}
