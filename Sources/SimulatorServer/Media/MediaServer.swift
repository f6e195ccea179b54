/// The media server of a running simulator: what `media_conn` names, and what it keeps.
package struct MediaServer: Sendable {
    package let store: BlobStore
    /// `address:port`.
    package let host: String
}
