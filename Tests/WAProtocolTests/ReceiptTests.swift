import SignalProtocol
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProtocol

@Suite("Receipts")
struct ReceiptTests {
    private let contact = JID("2000", .lid, device: 3)

    @Test(
        "A receipt tells the messages, the device and what happened",
        arguments: [
            (nil, ReceiptStanza.DeliveryStatus.delivered), ("inactive", .delivered), ("read", .read),
            ("read-self", .read),
            ("played", .played), ("played-self", .played), ("sender", nil), ("peer_msg", nil), ("hist_sync", nil),
            ("server-error", nil), ("view", nil),
        ] as [(String?, ReceiptStanza.DeliveryStatus?)])
    func status(type: String?, status: ReceiptStanza.DeliveryStatus?) throws {
        var node = Node(
            "receipt", ["from": .jid(contact), "id": "A", "t": "5", "sender_pn": .jid(JID("15557654321", .user))],
            [Node("list", [:], [Node("item", ["id": "B"]), Node("item"), Node("item", ["id": "C"])])])
        node.attributes["type"] = type.map { .text($0) }
        guard case .receipt(let receipt) = IncomingStanza(node) else {
            Issue.record("not read as a receipt")
            return
        }
        #expect(receipt.deliveryStatus == status)
        #expect(receipt.messageIDs == ["A", "B", "C"] && receipt.timestampSeconds == 5)
        #expect(receipt.chat == JID("2000", .lid) && receipt.sender == contact)
        #expect(receipt.addressMappings == [AddressMapping(JID("15557654321", .user), JID("2000", .lid))])
        var expected = Node("ack", ["class": "receipt", "id": "A", "to": .jid(contact)])
        expected.attributes["type"] = type.map { .text($0) }
        #expect(receipt.acknowledgement == expected)
    }

    @Test("The grouped form names many readers of many messages")
    func grouped() throws {
        let reader = JID("2000", .lid)
        let node = Node(
            "receipt", ["from": .jid(JID("1", .group)), "id": "X", "type": "read"],
            [
                Node(
                    "participants", ["key": "A"],
                    [
                        Node("user", ["jid": .jid(reader), "t": "7"]), Node("user", ["jid": .jid(JID("3000", .lid))]),
                    ]),
                Node("participants", ["key": "B"], [Node("user", ["jid": .jid(reader), "t": "8"]), Node("user")]),
            ])
        let receipt = try #require(ReceiptStanza(node))
        #expect(receipt.messageIDs == ["A", "B"])
        #expect(receipt.readers.map(\.messageID) == ["A", "A", "B"])
        #expect(receipt.readers[0].jid == reader && receipt.readers[0].timestampSeconds == 7)
        #expect(receipt.readers[1].timestampSeconds == nil)
    }

    @Test("Of a receipt that names very many messages or readers the first ones are read")
    func bounded() throws {
        func receipt(_ type: AttributeValue, _ children: [Node]) -> Node {
            Node("receipt", ["from": .jid(JID("1", .group)), "id": "X", "type": type], children)
        }
        let list = Node("list", [:], (0..<300).map { Node("item", ["id": .text("A\($0)")]) })
        #expect(ReceiptStanza(receipt("read", [list]))?.messageIDs.count == 257)
        #expect(RetryReceipt(receipt("retry", [list]))?.messageIDs.count == 257)
        let readers = (0..<500).map { Node("user", ["jid": .jid(JID(String(1_000 + $0), .lid))]) }
        let groups = (0..<300).map { Node("participants", ["key": .text("A\($0)")], readers) }
        let grouped = try #require(ReceiptStanza(receipt("read", groups)))
        #expect(grouped.messageIDs.count == 256 && grouped.readers.count == 1_024)
    }

    @Test("A read receipt for several messages is written as whatsmeow does, byte for byte")
    func readReceipt() {
        let receipt = OutgoingReceipt.read(
            [
                "3EB0C0FFEE0123456789AB", "3EB0C0FFEE0123456789AC", "3A1B2C3D4E5F60718293", "false_lowercase-id",
                "ABCDEF", "12345",
            ],
            in: JID("120363012345678901", .group), by: JID("100000012345678", .lid, device: 12),
            atSeconds: 1_795_380_250)
        // binary-nodes.json, "read receipt with a list of ids".
        let bytes = [UInt8](
            hex: "f80c0708fb0b3eb0c0ffee0123456789ab042a11faff091203630123456789011c05f7010cff88100000012345678f1aff"
                + "051795380250f801f80271f805f8033f08fb0b3eb0c0ffee0123456789acf8033f08fb0a3a1b2c3d4e5f60718293f8033f08"
                + "fc1266616c73655f6c6f776572636173652d6964f8033f08fb03abcdeff8033f08ff8312345f")
        #expect(NodeEncoder.encode(receipt.node) == bytes)
        let direct = OutgoingReceipt.read(["A"], in: JID("2000", .lid), by: contact, atSeconds: 5, privately: true).node
        #expect(direct == Node("receipt", ["id": "A", "type": "read-self", "to": .jid(JID("2000", .lid)), "t": "5"]))
    }

    @Test("A retry request has the shape of the reference, with keys when they are given")
    func retryRequest() throws {
        let key = try PublicKey(raw: Array(repeating: 7, count: 32))
        let message = try #require(
            MessageStanza(
                Node(
                    "message",
                    [
                        "from": .jid(JID("1", .group)), "id": "A", "t": "9", "participant": .jid(contact),
                        "type": "text",
                    ])))
        let signed = UploadedSignedPreKey(id: 1, key: key, signature: Array(repeating: 8, count: 64))
        let bare = RetryRequestStanza(message: message, count: 1, reason: .noSession, registrationID: 5, keys: nil).node
        let attributes: Attributes = [
            "id": "A", "type": "retry", "to": .jid(JID("1", .group)), "participant": .jid(contact),
        ]
        let registration = Node("registration", bytes: [0, 0, 0, 5])
        #expect(
            bare
                == Node(
                    "receipt", attributes,
                    [
                        Node("retry", ["count": "1", "id": "A", "t": "9", "v": "1", "error": "1"]), registration,
                    ]))
        let keys = RetryKeys(
            identityKey: key, preKey: UploadedPreKey(id: 3, key: key), signedPreKey: signed, deviceIdentity: [1])
        let full = RetryRequestStanza(message: message, count: 2, reason: nil, registrationID: 5, keys: keys).node
        #expect(
            full
                == Node(
                    "receipt", attributes,
                    [
                        Node("retry", ["count": "2", "id": "A", "t": "9", "v": "1"]), registration,
                        Node(
                            "keys", [:],
                            [
                                Node("type", bytes: [5]), Node("identity", bytes: key.raw),
                                Node("key", [:], [Node("id", bytes: [0, 0, 3]), Node("value", bytes: key.raw)]),
                                Node(
                                    "skey", [:],
                                    [
                                        Node("id", bytes: [0, 0, 1]), Node("value", bytes: key.raw),
                                        Node("signature", bytes: signed.signature),
                                    ]),
                                Node("device-identity", bytes: [1]),
                            ]),
                    ]))
        try expectRetry(asReceived: full, key: key, signed: signed)
    }

    /// What we write, the other side reads.
    private func expectRetry(asReceived node: Node, key: PublicKey, signed: UploadedSignedPreKey) throws {
        var received = node
        received.attributes["from"] = received.attributes["to"]
        guard case .retryReceipt(let retry) = IncomingStanza(received) else {
            Issue.record("not read as a retry receipt")
            return
        }
        #expect(retry.messageIDs == ["A"] && retry.count == 2 && retry.timestampSeconds == 9 && retry.reason == nil)
        #expect(retry.requester == contact && retry.chat == JID("1", .group) && retry.registrationID == 5)
        #expect(retry.bundle?.preKeyID == 3 && retry.bundle?.identityKey == key && retry.bundle?.registrationID == 5)
        #expect(retry.bundle?.signedPreKeySignature == signed.signature && retry.deviceIdentity == [1])
        #expect(retry.acknowledgement["type"] == "retry" && retry.acknowledgement.jid("participant") == contact)
    }

    @Test("A retry receipt without keys, with broken keys or with several messages is read")
    func lenientRetry() throws {
        var node = Node("receipt", ["from": .jid(contact), "id": "A", "type": "retry"])
        let bare = try #require(RetryReceipt(node))
        #expect(bare.count == 1 && bare.bundle == nil && bare.messageIDs == ["A"] && bare.registrationID == nil)
        node.content = .nodes([
            Node("retry", ["count": "3", "id": "A", "t": "5", "v": "1", "error": "7"]),
            Node("registration", bytes: [0, 0, 0, 5]), Node("keys", [:], [Node("identity", bytes: [1])]),
            Node("list", [:], [Node("item", ["id": "B"]), Node("item", ["id": "A"])]),
        ])
        let retry = try #require(RetryReceipt(node))
        #expect(retry.bundle == nil && retry.reason == .badMAC && retry.messageIDs == ["A", "B"])
    }
}
