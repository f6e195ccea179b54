/// A file on our disk that is to be sent.
package struct MediaFile: Sendable, Equatable {
    package let path: String
    package let byteCount: Int
    /// 32 bytes.
    package let sha256: [UInt8]

    package init(path: String, byteCount: Int, sha256: [UInt8]) {
        self.path = path
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}

/// How fetching a file ended.
package enum MediaDownload: Sendable, Equatable {
    /// The checked file is at its path.
    case complete
    /// The media hosts have it no more (403, 404, 410); only the sender's phone could upload it again.
    case expired
}
