import WACrypto

/// A file that the simulator itself puts on its media server: history, app state, a picture, a file uploaded again.
package struct StoredFile: Sendable, Equatable {
    /// The last part of its direct path.
    package let name: String
    /// The `/mms/` type, or `picture`.
    package let type: String
    /// As downloads get it: encrypted, but for pictures.
    package var bytes: [UInt8]
    /// Downloads are answered with this instead: 403, 404 or 410.
    package var status: Int?

    package init(name: String, type: String, bytes: [UInt8], status: Int? = nil) {
        self.name = name
        self.type = type
        self.bytes = bytes
        self.status = status
    }

    package var directPath: String { MediaPath.directPath(of: name, type: type) }
}

/// How a file is named in protobufs: where it is, and what it takes to read it. Reference 7.2.
struct EncryptedFile {
    let mediaKey: [UInt8]
    let summary: MediaSummary
    let stored: StoredFile

    init(_ plaintext: [UInt8], mediaKey: [UInt8], purpose: MediaKeys.Purpose, type: String) {
        guard let keys = try? MediaKeys(mediaKey: mediaKey, purpose: purpose),
            let (file, summary) = try? MediaCipher.encrypt(plaintext, keys: keys)
        else { preconditionFailure("a media key of 32 bytes always encrypts") }
        self.mediaKey = mediaKey
        self.summary = summary
        stored = StoredFile(
            name: MediaPath.base64url(summary.encryptedFileSHA256), type: type, bytes: file)
    }
}

extension StoredFile {
    /// The same file with another last byte, which belongs to the MAC.
    var spoiled: StoredFile {
        var copy = self
        if let last = copy.bytes.indices.last { copy.bytes[last] ^= 0xFF }
        return copy
    }
}
