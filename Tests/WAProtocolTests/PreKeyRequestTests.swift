import SignalProtocol
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProtocol

@Suite("Prekey requests")
struct PreKeyRequestTests {
    private let identity = try! PublicKey(raw: Array(repeating: 1, count: 32))
    private let signed = UploadedSignedPreKey(
        id: 1, key: try! PublicKey(raw: Array(repeating: 2, count: 32)), signature: Array(repeating: 3, count: 64))
    private let preKey = UploadedPreKey(id: 0x01_02_03, key: try! PublicKey(raw: Array(repeating: 4, count: 32)))

    @Test("The digest hash is SHA-1 over identity, signed prekey, signature and prekeys")
    func digestVector() throws {
        try withVectors("prekey-digest") { file in
            let hash = PreKeyDigest.hash(
                identityKey: try PublicKey(raw: file["identity"].bytes),
                signedPreKey: UploadedSignedPreKey(
                    id: 1, key: try PublicKey(raw: file["skey"].bytes), signature: try file["skey_sig"].bytes),
                preKeys: try file["prekeys"].list.map { try PublicKey(raw: $0.bytes) })
            #expect(hash == (try file["sha1"].bytes))
            // The formula is whatsapp-rust's alone; nobody else could confirm it.
            #expect(try file["confirmed"].boolean == false)
        }
    }

    @Test("An upload carries registration, type, identity, prekeys and the signed prekey with big-endian ids")
    func upload() {
        let node = PreKeyUploadRequest(
            registrationID: 0x0000_3FFF, identityKey: identity, signedPreKey: signed, preKeys: [preKey]
        ).node(id: "7")
        let expected = Node(
            "iq", ["id": "7", "xmlns": "encrypt", "type": "set", "to": .jid(.server)],
            [
                Node("registration", bytes: [0, 0, 0x3F, 0xFF]), Node("type", bytes: [5]),
                Node("identity", bytes: Array(repeating: 1, count: 32)),
                Node(
                    "list", [:],
                    [
                        Node(
                            "key", [:],
                            [
                                Node("id", bytes: [1, 2, 3]), Node("value", bytes: Array(repeating: 4, count: 32)),
                            ])
                    ]),
                Node(
                    "skey", [:],
                    [
                        Node("id", bytes: [0, 0, 1]), Node("value", bytes: Array(repeating: 2, count: 32)),
                        Node("signature", bytes: Array(repeating: 3, count: 64)),
                    ]),
            ])
        #expect(node == expected)
        #expect(
            SignedPreKeyRotationRequest(signedPreKey: signed).node(id: "8")
                == Node(
                    "iq", ["id": "8", "xmlns": "encrypt", "type": "set", "to": .jid(.server)],
                    [
                        Node("rotate", [:], [expected.children[4]])
                    ]))
    }

    @Test("The count is asked for and read")
    func count() throws {
        let request = PreKeyCountRequest()
        #expect(
            request.node(id: "1")
                == Node("iq", ["id": "1", "xmlns": "encrypt", "type": "get", "to": .jid(.server)], [Node("count")]))
        #expect(try request.parse(Node("iq", [:], [Node("count", ["value": "812"])])) == 812)
        #expect(throws: WAProtocolError.missing("count")) { try request.parse(Node("iq")) }
    }

    @Test("Bundles are read with and without a one-time prekey, flat or nested; refused and broken ones are left out")
    func bundles() throws {
        let devices = (0...4).map { JID("1000", .lid, device: UInt16($0)) }
        let request = PreKeyBundleRequest(devices: devices, reason: .identity)
        let asked = request.node(id: "2").child("key")?.children("user") ?? []
        #expect(asked.map { $0.jid("jid") } == devices && asked.allSatisfy { $0["reason"] == "identity" })
        #expect(PreKeyBundleRequest(devices: devices).node(id: "2").child("key")?.child("user")?["reason"] == nil)

        let keys = bundleNodes
        var broken = keys
        broken[3] = Node("skey", [:], [Node("id", bytes: [0, 0, 1])])
        let reply = Node(
            "iq", ["type": "result"],
            [
                Node(
                    "list", [:],
                    [
                        Node("user", ["jid": .jid(devices[0])], keys),
                        Node("user", ["jid": .jid(devices[1])], Array(keys.dropLast())),
                        Node("user", ["jid": .jid(devices[2])], [keys[0], Node("keys", [:], Array(keys.dropFirst()))]),
                        Node(
                            "user", ["jid": .jid(devices[3])],
                            [Node("error", ["code": "404", "text": "item-not-found"])]),
                        Node("user", ["jid": .jid(devices[4])], broken),
                        Node("user", [:], keys),
                    ])
            ])
        let bundles = try request.parse(reply)
        #expect(Set(bundles.keys) == Set(devices.prefix(3)))
        let full = try #require(bundles[devices[0]])
        #expect(full.registrationID == 0x1234 && full.identityKey == identity && full.signedPreKeyID == 1)
        #expect(full.signedPreKey == signed.key && full.signedPreKeySignature == signed.signature)
        #expect(full.preKeyID == preKey.id && full.preKey == preKey.key)
        #expect(bundles[devices[1]]?.preKeyID == nil && bundles[devices[1]]?.preKey == nil)
        #expect(bundles[devices[2]]?.preKeyID == preKey.id)
        #expect(throws: WAProtocolError.missing("list")) { try request.parse(Node("iq")) }
    }

    @Test("A digest is read, and its absence means that all keys must be uploaded")
    func digest() throws {
        let request = PreKeyDigestRequest()
        let ids = Node("list", [:], [Node("id", bytes: [0, 0, 1]), Node("id", bytes: [1, 2, 3])])
        let hash = Node("hash", bytes: Array(repeating: 9, count: 20))
        let content = Array(bundleNodes.dropLast()) + [ids, hash]
        let digest = try #require(try request.parse(Node("iq", [:], [Node("digest", [:], content)])))
        #expect(digest.preKeyIDs == [1, 0x01_02_03] && digest.hash.count == 20)
        #expect(digest.identityKey == identity && digest.signedPreKey == signed && digest.registrationID == 0x1234)
        #expect(try request.parse(Node("iq")) == nil)
        #expect(throws: WAProtocolError.missing("hash")) {
            try request.parse(Node("iq", [:], [Node("digest", [:], bundleNodes)]))
        }
    }

    private var bundleNodes: [Node] {
        [
            Node("registration", bytes: [0, 0, 0x12, 0x34]), Node("type", bytes: [5]),
            Node("identity", bytes: identity.raw),
            Node(
                "skey", [:],
                [
                    Node("id", bytes: [0, 0, 1]), Node("value", bytes: signed.key.raw),
                    Node("signature", bytes: signed.signature),
                ]),
            Node("key", [:], [Node("id", bytes: [1, 2, 3]), Node("value", bytes: preKey.key.typed)]),
        ]
    }
}
