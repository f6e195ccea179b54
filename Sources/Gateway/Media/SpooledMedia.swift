/// A file in the spool: complete, synced, and never changed.
package struct SpooledMedia: Sendable, Equatable {
    /// The file's name in the spool.
    package let id: String
    package let path: String
    package let byteCount: Int
    /// 32 bytes.
    package let sha256: [UInt8]

    package init(id: String, path: String, byteCount: Int, sha256: [UInt8]) {
        self.id = id
        self.path = path
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}

/// How a file came to us; it decides the words when there is too much of it.
package enum MediaOrigin: Sendable, Equatable {
    /// Text of a JSON member or form field.
    case base64
    /// A part of a multipart form.
    case upload
    /// Fetched for the caller.
    case url
    /// Made by us from another file.
    case conversion
}
