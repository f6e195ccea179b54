import FoundationEssentials

/// What is known of a media file after one pass over it; these values go into the message that refers to it.
package struct MediaSummary: Hashable, Sendable {
    /// The length of the plaintext.
    package let fileByteCount: Int
    /// SHA-256 of the plaintext.
    package let fileSHA256: [UInt8]
    /// SHA-256 of the encrypted file with its MAC, as uploaded.
    package let encryptedFileSHA256: [UInt8]
    /// The streaming sidecar, see `MediaSidecar`.
    package let sidecar: [UInt8]

    /// The name of the upload: the hash of the encrypted file in padded, URL-safe base64.
    package var uploadToken: String {
        Data(encryptedFileSHA256).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_")
    }
}
