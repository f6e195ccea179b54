import WABinary
import WACrypto

/// Where an encrypted file lies on WhatsApp's media hosts, and how to open and check it.
package struct MediaReference: Hashable, Sendable {
    package static let hashByteCount = 32

    /// The path with its query on any media host, beginning with `/`.
    package var directPath: String
    /// The address the uploading host named; other clients may use it, we do not.
    package var url: String?
    /// 32 random bytes from which `MediaKeys` are derived.
    package var mediaKey: [UInt8]
    /// SHA-256 of the plaintext, 32 bytes.
    package var fileSHA256: [UInt8]
    /// SHA-256 of the file as it lies on the host, 32 bytes.
    package var fileEncSHA256: [UInt8]
    /// The length of the plaintext.
    package var byteCount: Int
    /// When the key was made, in Unix seconds.
    package var keyTimestampSeconds: Int64
    /// What lets players check pieces of a video or sound (`WACrypto.MediaSidecar`).
    package var sidecar: [UInt8]?

    package init(
        directPath: String, url: String? = nil, mediaKey: [UInt8], fileSHA256: [UInt8], fileEncSHA256: [UInt8],
        byteCount: Int, keyTimestampSeconds: Int64, sidecar: [UInt8]? = nil
    ) {
        self.directPath = directPath
        self.url = url
        self.mediaKey = mediaKey
        self.fileSHA256 = fileSHA256
        self.fileEncSHA256 = fileEncSHA256
        self.byteCount = byteCount
        self.keyTimestampSeconds = keyTimestampSeconds
        self.sidecar = sidecar
    }

    /// Nil unless key and hashes have their lengths and there is a path.
    ///
    /// Where a message has a URL and no path, the path is the URL's, but only when that names a host of WhatsApp: a file
    /// is always asked for at the media hosts the server told us, never at an address somebody wrote into a message.
    init?(
        directPath: String, url: String, mediaKey: [UInt8], fileSHA256: [UInt8], fileEncSHA256: [UInt8],
        byteCount: UInt64, keyTimestampSeconds: Int64
    ) {
        guard let path = directPath.hasPrefix("/") ? directPath : Self.path(ofWhatsAppURL: url),
            mediaKey.count == MediaKeys.mediaKeyByteCount, fileSHA256.count == Self.hashByteCount,
            fileEncSHA256.count == Self.hashByteCount, let byteCount = Int(exactly: byteCount)
        else { return nil }
        self.init(
            directPath: path, url: url.isEmpty ? nil : url, mediaKey: mediaKey, fileSHA256: fileSHA256,
            fileEncSHA256: fileEncSHA256, byteCount: byteCount,
            keyTimestampSeconds: WireTime.seconds(keyTimestampSeconds))
    }

    private static func path(ofWhatsAppURL url: String) -> String? {
        let scheme = "https://"
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: "/"), rest[..<slash].hasSuffix(".whatsapp.net") else { return nil }
        return String(rest[slash...])
    }
}
