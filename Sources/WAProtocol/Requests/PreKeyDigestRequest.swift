package import WABinary
package import WACrypto

/// What the server says it holds of our keys, with a hash over all of them.
package struct PreKeyDigest: Equatable, Sendable {
    package let registrationID: UInt32
    package let identityKey: PublicKey
    package let signedPreKey: UploadedSignedPreKey
    /// In the order the hash takes them.
    package let preKeyIDs: [UInt32]
    /// 20 bytes.
    package let hash: [UInt8]

    /// SHA-1 over identity key, signed prekey, its signature, and each listed prekey, all keys raw 32 bytes.
    package static func hash(
        identityKey: PublicKey, signedPreKey: UploadedSignedPreKey, preKeys: [PublicKey]
    ) -> [UInt8] {
        Digest.sha1(identityKey.raw + signedPreKey.key.raw + signedPreKey.signature + preKeys.flatMap(\.raw))
    }
}

/// Asks what the server holds of our keys; nil when it holds nothing it could name, and all must be uploaded again.
///
/// ```
/// → <iq id xmlns="encrypt" type="get" to="s.whatsapp.net"><digest/></iq>
/// ← <iq …><digest><registration/><type/><identity/><skey/><list><id>3 B</id>…</list><hash>20 B</hash></digest></iq>
/// ```
/// Source: protocol reference 4.2.
package struct PreKeyDigestRequest: WARequest {
    package init() {}

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "encrypt", type: .get, [Node("digest")])
    }

    package func parse(_ reply: Node) throws -> PreKeyDigest? {
        guard let digest = reply.child("digest"), !digest.children.isEmpty else { return nil }
        guard let hash = digest.child("hash")?.bytes, hash.count == 20 else { throw WAProtocolError.missing("hash") }
        let ids = (digest.child("list")?.children("id") ?? []).compactMap { element -> UInt32? in
            guard let bytes = element.bytes, (1...4).contains(bytes.count) else { return nil }
            return bytes.reduce(0) { $0 << 8 | UInt32($1) }
        }
        return PreKeyDigest(
            registrationID: try PreKeyNodes.number("registration", in: digest),
            identityKey: try PreKeyNodes.key("identity", in: digest),
            signedPreKey: try PreKeyNodes.signedPreKey(in: digest), preKeyIDs: ids, hash: hash)
    }
}
