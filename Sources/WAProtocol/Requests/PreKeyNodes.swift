import SignalProtocol
import WABinary
package import WACrypto

/// A one-time prekey of ours as the server keeps it: the public half under its number.
package struct UploadedPreKey: Equatable, Sendable {
    /// 1 to 16,777,215: three bytes on the wire.
    package let id: UInt32
    package let key: PublicKey

    package init(id: UInt32, key: PublicKey) {
        self.id = id
        self.key = key
    }
}

/// Our signed prekey as the server keeps it.
package struct UploadedSignedPreKey: Equatable, Sendable {
    /// 1 to 16,777,215: three bytes on the wire.
    package let id: UInt32
    package let key: PublicKey
    /// 64 bytes, by the identity key over 0x05 and the public key.
    package let signature: [UInt8]

    package init(id: UInt32, key: PublicKey, signature: [UInt8]) {
        self.id = id
        self.key = key
        self.signature = signature
    }
}

/// The elements that carry public keys, the same in uploads, bundles and retry receipts.
///
/// ```
/// <registration>4 B</registration><type>05</type><identity>32 B</identity>
/// <key><id>3 B</id><value>32 B</value></key>
/// <skey><id>3 B</id><value>32 B</value><signature>64 B</signature></skey>
/// ```
/// Keys are raw 32 bytes when we write; 33 bytes with the type byte are read too (whatsapp-rust's retry receipts).
enum PreKeyNodes {
    static func registration(_ id: UInt32) -> Node {
        Node("registration", bytes: bigEndian(id, count: 4))
    }

    static var keyType: Node { Node("type", bytes: [PublicKey.typeByte]) }

    static func identity(_ key: PublicKey) -> Node {
        Node("identity", bytes: key.raw)
    }

    static func preKey(_ preKey: UploadedPreKey) -> Node {
        Node(
            "key", [:],
            [
                Node("id", bytes: bigEndian(preKey.id, count: 3)), Node("value", bytes: preKey.key.raw),
            ])
    }

    static func signedPreKey(_ preKey: UploadedSignedPreKey) -> Node {
        Node(
            "skey", [:],
            [
                Node("id", bytes: bigEndian(preKey.id, count: 3)), Node("value", bytes: preKey.key.raw),
                Node("signature", bytes: preKey.signature),
            ])
    }

    /// Reads the number in a child; up to four bytes, most significant first.
    static func number(_ name: String, in node: Node) throws(WAProtocolError) -> UInt32 {
        guard let bytes = node.child(name)?.bytes, (1...4).contains(bytes.count) else { throw .missing(name) }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads the public key in a child, raw or with its type byte.
    static func key(_ name: String, in node: Node) throws(WAProtocolError) -> PublicKey {
        guard let bytes = node.child(name)?.bytes else { throw .missing(name) }
        guard let key = try? bytes.count == 33 ? PublicKey(typed: bytes) : PublicKey(raw: bytes) else {
            throw .invalidKey(name)
        }
        return key
    }

    /// Reads `skey` of a parent.
    static func signedPreKey(in node: Node) throws(WAProtocolError) -> UploadedSignedPreKey {
        guard let element = node.child("skey") else { throw .missing("skey") }
        guard let signature = element.child("signature")?.bytes, signature.count == 64 else {
            throw .invalidKey("signature")
        }
        return UploadedSignedPreKey(
            id: try number("id", in: element), key: try key("value", in: element), signature: signature)
    }

    /// Reads the keys that let us start a session. The registration may stand beside the keys, as in retry receipts.
    static func bundle(in keys: Node, registrationIn outer: Node) throws(WAProtocolError) -> PreKeyBundle {
        if let type = keys.child("type")?.bytes, type != [PublicKey.typeByte] { throw .invalidKey("type") }
        let signed = try signedPreKey(in: keys)
        var bundle = PreKeyBundle(
            registrationID: try number("registration", in: outer), identityKey: try key("identity", in: keys),
            signedPreKeyID: signed.id, signedPreKey: signed.key, signedPreKeySignature: signed.signature)
        if let element = keys.child("key") {
            bundle.preKeyID = try number("id", in: element)
            bundle.preKey = try key("value", in: element)
        }
        return bundle
    }

    private static func bigEndian(_ number: UInt32, count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
    }
}
