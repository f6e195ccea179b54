import Crypto
import CryptoExtras
import FoundationEssentials

/// AES in cipher block chaining mode with PKCS #7 padding.
///
/// The mode notices no change by itself: callers check a MAC over the ciphertext before they decrypt. This is the only
/// file that touches the underscored CBC of swift-crypto's extras.
package enum AESCBC {
    package static let blockByteCount = 16

    /// Encrypts under a 16-, 24- or 32-byte key and a 16-byte initial vector; the result is 1 to 16 bytes longer.
    package static func encrypt(_ plaintext: [UInt8], key: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        let (key, iv) = try prepare(key: key, iv: iv)
        do {
            return [UInt8](try AES._CBC.encrypt(plaintext, using: key, iv: iv))
        } catch {
            throw .wrongLength
        }
    }

    /// Decrypts and removes the padding.
    ///
    /// Throws `wrongLength` unless the ciphertext is a positive number of whole blocks, and `badPadding` when what comes
    /// out does not end in valid padding.
    package static func decrypt(_ ciphertext: [UInt8], key: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        let (key, iv) = try prepare(key: key, iv: iv)
        guard !ciphertext.isEmpty, ciphertext.count % blockByteCount == 0 else { throw .wrongLength }
        do {
            return [UInt8](try AES._CBC.decrypt(ciphertext, using: key, iv: iv))
        } catch {
            throw .badPadding
        }
    }

    private static func prepare(key: [UInt8], iv: [UInt8]) throws(CryptoError) -> (SymmetricKey, AES._CBC.IV) {
        guard [16, 24, 32].contains(key.count), let iv = try? AES._CBC.IV(ivBytes: iv) else { throw .wrongLength }
        return (SymmetricKey(data: key), iv)
    }
}

extension AESCBC {
    /// Encrypts a stream piece by piece; the pieces together are what `AESCBC.encrypt` gives for the whole.
    package struct Encryptor: Sendable {
        private let key: SymmetricKey
        private var chain: [UInt8]
        private var pending: [UInt8] = []

        package init(key: [UInt8], iv: [UInt8]) throws(CryptoError) {
            (self.key, _) = try AESCBC.prepare(key: key, iv: iv)
            chain = iv
        }

        /// Takes any number of bytes and returns the blocks that are complete.
        package mutating func update(_ plaintext: some Collection<UInt8>) throws(CryptoError) -> [UInt8] {
            pending.append(contentsOf: plaintext)
            let wholeByteCount = pending.count - pending.count % AESCBC.blockByteCount
            guard wholeByteCount > 0 else { return [] }
            let blocks = try AESCBC.chained(pending.prefix(wholeByteCount), key: key, chain: chain, AES._CBC.encrypt)
            pending.removeFirst(wholeByteCount)
            chain = [UInt8](blocks.suffix(AESCBC.blockByteCount))
            return blocks
        }

        /// Returns the last, padded block. The encryptor must not be used again.
        package mutating func finish() throws(CryptoError) -> [UInt8] {
            try AESCBC.chained(pending[...], key: key, chain: chain) { plaintext, key, iv, _ in
                try AES._CBC.encrypt(plaintext, using: key, iv: iv)
            }
        }
    }

    /// Decrypts a stream piece by piece, holding back the last block until the end is known.
    package struct Decryptor: Sendable {
        private let key: SymmetricKey
        private var chain: [UInt8]
        private var pending: [UInt8] = []

        /// Decryption may start at any block: the initial vector is then the ciphertext block before it.
        package init(key: [UInt8], iv: [UInt8]) throws(CryptoError) {
            (self.key, _) = try AESCBC.prepare(key: key, iv: iv)
            chain = iv
        }

        /// Takes any number of bytes and returns the plaintext that is certain not to be padding.
        package mutating func update(_ ciphertext: some Collection<UInt8>) throws(CryptoError) -> [UInt8] {
            pending.append(contentsOf: ciphertext)
            let readyByteCount = (pending.count - 1) / AESCBC.blockByteCount * AESCBC.blockByteCount
            guard readyByteCount > 0 else { return [] }
            let ready = pending.prefix(readyByteCount)
            let nextChain = [UInt8](ready.suffix(AESCBC.blockByteCount))
            let plaintext = try AESCBC.chained(ready, key: key, chain: chain, AES._CBC.decrypt)
            pending.removeFirst(readyByteCount)
            chain = nextChain
            return plaintext
        }

        /// Returns the bytes of the last block without its padding; errors are those of `AESCBC.decrypt`.
        package mutating func finish() throws(CryptoError) -> [UInt8] {
            guard pending.count == AESCBC.blockByteCount else { throw .wrongLength }
            guard let iv = try? AES._CBC.IV(ivBytes: chain),
                let plaintext = try? AES._CBC.decrypt(pending, using: key, iv: iv)
            else { throw .badPadding }
            return [UInt8](plaintext)
        }
    }

    /// Runs one call over whole blocks without padding, continuing from the previous ciphertext block.
    private static func chained(
        _ input: ArraySlice<UInt8>, key: SymmetricKey, chain: [UInt8],
        _ cipher: (ArraySlice<UInt8>, SymmetricKey, AES._CBC.IV, Bool) throws -> Data
    ) throws(CryptoError) -> [UInt8] {
        do {
            return [UInt8](try cipher(input, key, AES._CBC.IV(ivBytes: chain), true))
        } catch {
            throw .wrongLength
        }
    }
}
