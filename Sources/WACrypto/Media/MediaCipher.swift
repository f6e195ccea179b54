import Crypto

/// Encrypts and decrypts media files, in one piece or in a stream of constant memory.
///
/// ```
/// ciphertext = AES-256-CBC(cipher key, iv, plaintext)
/// file = ciphertext || HMAC-SHA256(MAC key, iv || ciphertext)[0..<10]
/// ```
package enum MediaCipher {
    package static let macByteCount = 10

    /// Encrypts a whole file.
    package static func encrypt(
        _ plaintext: [UInt8], keys: MediaKeys
    ) throws(CryptoError) -> (file: [UInt8], summary: MediaSummary) {
        var encryptor = try Encryptor(keys: keys)
        var file = try encryptor.update(plaintext)
        let (tail, summary) = try encryptor.finish()
        file.append(contentsOf: tail)
        return (file, summary)
    }

    /// Decrypts a whole file.
    ///
    /// Throws `wrongLength` when it cannot be a media file, `authenticationFailed` when its MAC or a hash given to
    /// compare with does not match, and `badPadding` when the MAC does but the content is malformed.
    package static func decrypt(
        _ file: [UInt8], keys: MediaKeys, fileSHA256: [UInt8]? = nil, encryptedFileSHA256: [UInt8]? = nil
    ) throws(CryptoError) -> [UInt8] {
        var decryptor = try Decryptor(keys: keys, fileSHA256: fileSHA256, encryptedFileSHA256: encryptedFileSHA256)
        var plaintext = try decryptor.update(file)
        plaintext.append(contentsOf: try decryptor.finish().tail)
        return plaintext
    }
}

extension MediaCipher {
    /// Encrypts a stream.
    package struct Encryptor: Sendable {
        private var cipher: AESCBC.Encryptor
        private var mac: Crypto.HMAC<SHA256>
        private var plainHash = SHA256()
        private var encryptedHash = SHA256()
        private var sidecar: MediaSidecar
        private var byteCount = 0

        package init(keys: MediaKeys) throws(CryptoError) {
            cipher = try AESCBC.Encryptor(key: keys.cipherKey, iv: keys.iv)
            mac = Crypto.HMAC<SHA256>(key: SymmetricKey(data: keys.macKey))
            mac.update(data: keys.iv)
            sidecar = MediaSidecar(keys: keys)
        }

        /// Takes any number of bytes and returns those of the encrypted file that are ready.
        package mutating func update(_ plaintext: [UInt8]) throws(CryptoError) -> [UInt8] {
            byteCount += plaintext.count
            plainHash.update(data: plaintext)
            let blocks = try cipher.update(plaintext)
            account(for: blocks)
            return blocks
        }

        /// Returns the end of the file with its MAC. The encryptor must not be used again.
        package mutating func finish() throws(CryptoError) -> (tail: [UInt8], summary: MediaSummary) {
            let lastBlock = try cipher.finish()
            account(for: lastBlock)
            let mac = [UInt8](mac.finalize().prefix(MediaCipher.macByteCount))
            encryptedHash.update(data: mac)
            sidecar.update(mac)
            let summary = MediaSummary(
                fileByteCount: byteCount, fileSHA256: [UInt8](plainHash.finalize()),
                encryptedFileSHA256: [UInt8](encryptedHash.finalize()), sidecar: sidecar.finish())
            return (lastBlock + mac, summary)
        }

        private mutating func account(for blocks: [UInt8]) {
            mac.update(data: blocks)
            encryptedHash.update(data: blocks)
            sidecar.update(blocks)
        }
    }

    /// Decrypts a stream. What it returns must not be shown to anybody before `finish` has returned without error.
    package struct Decryptor: Sendable {
        private var cipher: AESCBC.Decryptor
        private var mac: Crypto.HMAC<SHA256>
        private var plainHash = SHA256()
        private var encryptedHash = SHA256()
        private var pending: [UInt8] = []
        private let fileSHA256: [UInt8]?
        private let encryptedFileSHA256: [UInt8]?

        /// The hashes, where given, are compared at the end.
        package init(
            keys: MediaKeys, fileSHA256: [UInt8]? = nil, encryptedFileSHA256: [UInt8]? = nil
        ) throws(CryptoError) {
            cipher = try AESCBC.Decryptor(key: keys.cipherKey, iv: keys.iv)
            mac = Crypto.HMAC<SHA256>(key: SymmetricKey(data: keys.macKey))
            mac.update(data: keys.iv)
            self.fileSHA256 = fileSHA256
            self.encryptedFileSHA256 = encryptedFileSHA256
        }

        /// Takes any number of bytes of the file and returns plaintext that is not yet authenticated.
        package mutating func update(_ file: [UInt8]) throws(CryptoError) -> [UInt8] {
            encryptedHash.update(data: file)
            pending.append(contentsOf: file)
            let readyByteCount = pending.count - MediaCipher.macByteCount
            guard readyByteCount > 0 else { return [] }
            let ciphertext = [UInt8](pending.prefix(readyByteCount))
            pending.removeFirst(readyByteCount)
            mac.update(data: ciphertext)
            let plaintext = try cipher.update(ciphertext)
            plainHash.update(data: plaintext)
            return plaintext
        }

        /// Checks MAC and hashes and returns the rest of the plaintext; errors are those of `MediaCipher.decrypt`.
        package mutating func finish() throws(CryptoError) -> (tail: [UInt8], fileSHA256: [UInt8]) {
            guard pending.count == MediaCipher.macByteCount else { throw .wrongLength }
            let expectedMAC = [UInt8](mac.finalize().prefix(MediaCipher.macByteCount))
            guard constantTimeEqual(expectedMAC, pending) else { throw .authenticationFailed }
            if let encryptedFileSHA256, encryptedFileSHA256 != [UInt8](encryptedHash.finalize()) {
                throw .authenticationFailed
            }
            let tail = try cipher.finish()
            plainHash.update(data: tail)
            let plainSHA256 = [UInt8](plainHash.finalize())
            if let fileSHA256, fileSHA256 != plainSHA256 { throw .authenticationFailed }
            return (tail, plainSHA256)
        }
    }
}
