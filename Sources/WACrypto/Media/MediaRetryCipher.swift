/// The cipher between us and our phone about media that the servers no longer keep.
///
/// Request and answer are protobuf messages under AES-256-GCM with
/// HKDF(mediaKey, no salt, "WhatsApp Media Retry Notification", 32) and the message id as associated data.
package struct MediaRetryCipher: Sendable {
    package let key: [UInt8]
    private let associatedData: [UInt8]

    /// Throws `wrongLength` unless the media key has 32 bytes.
    package init(mediaKey: [UInt8], messageID: String) throws(CryptoError) {
        guard mediaKey.count == MediaKeys.mediaKeyByteCount else { throw .wrongLength }
        key = KeyDerivation.hkdf(mediaKey, info: "WhatsApp Media Retry Notification", count: 32)
        associatedData = [UInt8](messageID.utf8)
    }

    /// Encrypts with a 12-byte initial vector.
    package func seal(_ plaintext: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        try AESGCM.seal(plaintext, key: key, nonce: iv, authenticating: associatedData)
    }

    /// Decrypts; throws `authenticationFailed` for another file's or another message's answer.
    package func open(_ ciphertext: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        try AESGCM.open(ciphertext, key: key, nonce: iv, authenticating: associatedData)
    }
}
