/// A message's file as routes and webhooks see it.
package struct StoredMedia: Sendable, Equatable {
    package let state: InboundMedia.State
    package let reason: InboundMedia.Reason?
    package let mimetype: String
    package let filename: String?
    package let byteCount: Int
    /// 64 hex digits.
    package let sha256: String
    /// Where the bytes are; nil unless `stored`. The file never changes, but may go while it is read: then its bytes stay
    /// readable to whoever has opened it.
    package let path: String?
}
