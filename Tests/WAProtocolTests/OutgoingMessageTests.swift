import SignalProtocol
import TestSupport
import Testing
import WABinary
import WAProtocol

@Suite("Outgoing messages")
struct OutgoingMessageTests {
    private let lid = JID("100000012345678", .lid)

    @Test("A message to a LID is written as whatsmeow does, byte for byte")
    func vector() {
        let run: [UInt8] = [0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26]
        func ciphertext(_ count: Int) -> [UInt8] { (0..<count).map { run[$0 % 7] } }
        let token: [UInt8] = [9, 10, 11, 12, 13, 14, 15, 9, 10, 11, 12, 13, 14, 15, 9, 10]
        let stanza = OutgoingMessageStanza(
            id: "3EB0C0FFEE0123456789AB", to: lid, peerRecipientPhone: JID("15551234567", .user),
            traits: StanzaTraits(
                extras: [Node("reporting", [:], [Node("reporting_token", ["v": "2"], bytes: token)])]),
            participants: [
                EncryptedPayload(device: lid, kind: .preKeyMessage, bytes: ciphertext(40)),
                EncryptedPayload(device: lid.with(device: 12), kind: .message, bytes: ciphertext(33)),
                EncryptedPayload(
                    device: JID("200000087654321", .lid, device: 3), kind: .message, bytes: ciphertext(16)),
                EncryptedPayload(
                    device: JID("100000012345678", .hostedLID, device: 99), kind: .message, bytes: ciphertext(3)),
            ],
            deviceIdentity: (0..<20).map { UInt8($0 % 7 + 1) })
        // binary-nodes.json, "message with participants, device-identity and reporting (1:1 to a LID)".
        let bytes = [UInt8](
            hex:
                "f80a1308fb0b3eb0c0ffee0123456789ab043811faff88100000012345678f76fc11706565725f726563697069656e745f706e"
                + "faff8615551234567f03f803f8026bf804f804110cfaff88100000012345678f76f801f8061d51450453fc28202122232425"
                + "26202122232425262021222324252620212223242526202122232425262021222324"
                + "f804110cf7010cff88100000012345678ff801f8061d5145044dfc2120212223242526202122232425262021222324252620"
                + "2122232425262021222324f804110cf70103ff88200000087654321ff801f8061d5145044dfc102021222324252620212223"
                + "2425262021f804110cf78163ff88100000012345678ff801f8061d5145044dfc03202122f802e6fc14010203040506070102"
                + "0304050607010203040506f802fc097265706f7274696e67f801f804fc0f7265706f7274696e675f746f6b656e5145fc1009"
                + "0a0b0c0d0e0f090a0b0c0d0e0f090a")
        #expect(NodeEncoder.encode(stanza.node) == bytes)
    }

    @Test("Our device identity goes along only beside a first message to some device")
    func deviceIdentity() {
        func stanza(_ kinds: Ciphertext.Kind...) -> Node {
            OutgoingMessageStanza(
                id: "A", to: lid, traits: StanzaTraits(),
                participants: kinds.enumerated().map {
                    EncryptedPayload(device: lid.with(device: UInt16($0.offset)), kind: $0.element, bytes: [1])
                }, deviceIdentity: [7]
            ).node
        }
        #expect(stanza(.message, .message).child("device-identity") == nil)
        #expect(stanza(.message, .preKeyMessage).child("device-identity")?.bytes == [7])
        #expect(stanza(.message)["peer_recipient_pn"] == nil && stanza(.message)["type"] == "text")
    }

    @Test("Media type, edit and hidden failure are written where they belong")
    func options() {
        let stanza = OutgoingMessageStanza(
            id: "A", to: lid,
            traits: StanzaTraits(kind: .media, mediaType: "image", edit: "7", isHiddenOnFailure: true),
            participants: [EncryptedPayload(device: lid, kind: .message, bytes: [1])], deviceIdentity: [])
        let enc = stanza.node.child("participants")?.child("to")?.child("enc")
        #expect(stanza.node["type"] == "media" && stanza.node["edit"] == "7")
        #expect(enc?["mediatype"] == "image" && enc?["decrypt-fail"] == "hide" && enc?["count"] == nil)
    }

    @Test("A message sent again goes to the asking device alone, with the count and without fan-out")
    func retryAnswer() throws {
        let device = lid.with(device: 12)
        let receipt = Node(
            "receipt", ["from": .jid(device), "id": "A", "type": "retry"],
            [
                Node("retry", ["count": "2", "id": "A", "t": "99", "v": "1"])
            ])
        let retry = try #require(RetryReceipt(receipt))
        let node = RetryAnswerStanza(
            id: "A", retry: retry, traits: StanzaTraits(),
            payload: EncryptedPayload(device: device, kind: .preKeyMessage, bytes: [1, 2]), deviceIdentity: [7]
        ).node
        #expect(
            node
                == Node(
                    "message", ["id": "A", "type": "text", "to": .jid(device), "t": "99", "device_fanout": "false"],
                    [
                        Node("enc", ["v": "2", "type": "pkmsg", "count": "2"], bytes: [1, 2]),
                        Node("device-identity", bytes: [7]),
                    ]))

        var inGroup = receipt
        inGroup.attributes["from"] = .jid(JID("1", .group))
        inGroup.attributes["participant"] = .jid(device)
        let group = RetryAnswerStanza(
            id: "A", retry: try #require(RetryReceipt(inGroup)), traits: StanzaTraits(),
            payload: EncryptedPayload(device: device, kind: .message, bytes: [1]), deviceIdentity: [7]
        ).node
        #expect(group.jid("participant") == device && group["device_fanout"] == nil)
        #expect(group.child("device-identity") == nil)
    }

    @Test("The server's ack tells time, refusal and a differing device hash")
    func ack() {
        let ack = MessageAck(
            Node("ack", ["class": "message", "id": "A", "from": .jid(lid), "t": "1752021890", "phash": "2:AAAAAAAA"]))
        #expect(ack?.id == "A" && ack?.timestampSeconds == 1_752_021_890 && ack?.participantHash == "2:AAAAAAAA")
        #expect(ack?.error == nil)
        #expect(MessageAck(Node("ack", ["class": "message", "id": "A", "error": "479"]))?.error == 479)
        #expect(MessageAck(Node("ack", ["class": "message", "id": "A", "error": "odd"]))?.error == 0)
        #expect(MessageAck(Node("ack", ["class": "receipt", "id": "A"])) == nil)
        #expect(MessageAck(Node("ack", ["class": "message"])) == nil)
        #expect(IncomingStanza(Node("ack", ["class": "receipt", "id": "A"])) == .ack(nil))
    }
}
