import WACrypto

/// What makes a request one and the same when it is repeated.
package struct RequestIdentity: Sendable, Equatable {
    /// `Idempotency-Key`, unique in the session for 24 hours.
    package var key: String?
    /// `X-OpenWA-Message-Id`, unique in the session.
    package var messageID: String?
    /// SHA-256, in hex, of the route's name and the canonical body. Media counts as length and SHA-256 of its bytes.
    package var fingerprint: String

    package init(key: String? = nil, messageID: String? = nil, fingerprint: String) {
        self.key = key
        self.messageID = messageID
        self.fingerprint = fingerprint
    }

    /// - Parameter canonicalBody: JSON with sorted names, without `null` members (contract 2.3).
    package init(key: String?, messageID: String?, route: String, canonicalBody: [UInt8]) {
        let hash = Digest.sha256(Array("\(route)\n".utf8) + canonicalBody)
        let hex = hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        self.init(key: key, messageID: messageID, fingerprint: hex)
    }
}
