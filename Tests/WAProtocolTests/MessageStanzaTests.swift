import SignalProtocol
import TestSupport
import Testing
import WABinary
import WAProtocol

@Suite("Incoming messages")
struct MessageStanzaTests {
    private let own = OwnAddresses(phone: JID("15551234567", .user, device: 12), lid: JID("1000", .lid, device: 12))
    private let enc = Node("enc", ["v": "2", "type": "msg"], bytes: [1, 2, 3])

    @Test(
        "Chat, sender and whose it is follow from the attributes",
        arguments: [
            // from, participant, recipient → chat, sender, fromMe
            ("2000:3@lid", nil, nil, "2000@lid", "2000:3@lid", false),
            ("15557654321@s.whatsapp.net", nil, nil, "15557654321@s.whatsapp.net", "15557654321@s.whatsapp.net", false),
            ("2000:99@hosted.lid", nil, nil, "2000@lid", "2000:99@lid", false),
            ("1000:3@lid", nil, "2000@lid", "2000@lid", "1000:3@lid", true),
            ("15551234567@s.whatsapp.net", nil, "2000@lid", "2000@lid", "15551234567@s.whatsapp.net", true),
            ("15551234567@s.whatsapp.net", nil, nil, "15551234567@s.whatsapp.net", "15551234567@s.whatsapp.net", true),
            ("2000@lid", nil, "3000@lid", "2000@lid", "2000@lid", false),
            ("120363@g.us", "2000:4@lid", nil, "120363@g.us", "2000:4@lid", false),
            ("120363@g.us", "1000:4@lid", nil, "120363@g.us", "1000:4@lid", true),
            ("status@broadcast", "2000@lid", nil, "status@broadcast", "2000@lid", false),
            ("120363@newsletter", nil, nil, "120363@newsletter", "120363@newsletter", false),
        ] as [(String, String?, String?, String, String, Bool)])
    func derivation(
        from: String, participant: String?, recipient: String?, chat: String, sender: String, isFromMe: Bool
    ) throws {
        var node = Node("message", ["id": "3EB0", "from": .jid(try #require(JID(from))), "t": "1"], [enc])
        node.attributes["participant"] = participant.flatMap { JID($0) }.map { .jid($0) }
        node.attributes["recipient"] = recipient.flatMap { JID($0) }.map { .jid($0) }
        guard case .message(let message) = IncomingStanza(node, own: own) else {
            Issue.record("not read as a message")
            return
        }
        #expect(message.chat.description == chat)
        #expect(message.sender.description == sender)
        #expect(message.isFromMe == isFromMe)
    }

    @Test("Everything else of a message is read")
    func fields() throws {
        let node = Node(
            "message",
            [
                "from": .jid(JID("2000", .lid, device: 3)), "id": "3EB0AA", "t": "1752021890", "type": "media",
                "notify": "Alice", "offline": "2", "sender_pn": .jid(JID("15557654321", .user)), "edit": "1",
            ],
            [
                Node("enc", ["v": "2", "type": "pkmsg", "mediatype": "image", "count": "2"], bytes: [1]),
                Node("enc", ["v": "3", "type": "skmsg", "decrypt-fail": "hide"], bytes: [2]),
                Node("enc", ["type": "msmsg"], bytes: [3]), Node("enc", ["type": "new"], bytes: [4]), Node("enc"),
                Node("device-identity", bytes: [5]), Node("unavailable", ["type": "view_once"]),
            ])
        let message = try #require(MessageStanza(node, own: own))
        #expect(message.timestampSeconds == 1_752_021_890 && message.type == "media" && message.pushName == "Alice")
        #expect(message.isOffline && !message.isPeer && message.edit == "1")
        #expect(
            message.ciphertexts.map(\.kind) == [
                .pairwise(.preKeyMessage), .senderKey, .messageSecret, .unknown("new"),
            ])
        #expect(message.ciphertexts.map(\.pairwiseKind) == [.preKeyMessage, nil, nil, nil])
        #expect(message.ciphertexts.map(\.version) == [2, 3, 2, 2])
        #expect(message.ciphertexts[0].retryCount == 2 && message.ciphertexts[0].mediaType == "image")
        #expect(message.ciphertexts[1].isHiddenOnFailure && !message.ciphertexts[0].isHiddenOnFailure)
        #expect(message.deviceIdentity == [5] && message.unavailable == "view_once")
        #expect(message.addressMappings == [AddressMapping(JID("15557654321", .user), JID("2000", .lid))])
    }

    @Test(
        "Addresses are learned from sender, participant and recipient attributes",
        arguments: [
            (["from": "2000:3@lid", "sender_pn": "15557654321@s.whatsapp.net"], "15557654321", "2000"),
            (["from": "15557654321:3@s.whatsapp.net", "sender_lid": "2000:3@lid"], "15557654321", "2000"),
            (
                ["from": "1@g.us", "participant": "2000@lid", "participant_pn": "15557654321@s.whatsapp.net"],
                "15557654321", "2000"
            ),
            (
                ["from": "1@g.us", "participant": "15557654321@s.whatsapp.net", "participant_lid": "2000@lid"],
                "15557654321", "2000"
            ),
            (
                ["from": "1000@lid", "recipient": "2000@lid", "peer_recipient_pn": "15557654321@s.whatsapp.net"],
                "15557654321", "2000"
            ),
            (
                ["from": "1000@lid", "recipient": "15557654321@s.whatsapp.net", "recipient_lid": "2000@lid"],
                "15557654321", "2000"
            ),
        ] as [([String: String], String, String)])
    func mappings(attributes: [String: String], phone: String, lid: String) throws {
        var node = Node("message", ["id": "1", "t": "1"], [enc])
        for (name, value) in attributes { node.attributes[name] = .jid(try #require(JID(value))) }
        let message = try #require(MessageStanza(node))
        #expect(message.addressMappings == [AddressMapping(JID(phone, .user), JID(lid, .lid))])
    }

    @Test("A message is acknowledged without its type, copying participant and recipient")
    func acknowledgement() throws {
        let node = Node(
            "message",
            [
                "from": .jid(JID("1", .group)), "id": "3EB0", "t": "1", "type": "text",
                "participant": .jid(JID("2000", .lid, device: 3)),
            ])
        let message = try #require(MessageStanza(node))
        let expected = Node(
            "ack",
            [
                "class": "message", "id": "3EB0", "to": .jid(JID("1", .group)),
                "participant": .jid(JID("2000", .lid, device: 3)),
            ])
        #expect(message.acknowledgement() == expected)
        #expect(message.acknowledgement(error: .unhandled)["error"] == "500")
        #expect(AckStanza.answering(node) == expected)
    }

    @Test("What was read is answered with the receipt of its kind")
    func receipts() throws {
        let ownPhone = JID("15551234567", .user, device: 12)
        func receipts(_ attributes: Attributes, online: Bool = false) throws -> [Node] {
            var node = Node("message", ["id": "3EB0", "t": "1", "type": "text"], [enc])
            for attribute in attributes { node.attributes[attribute.name] = attribute.value }
            return try #require(MessageStanza(node, own: own)).receipts(ownPhone: ownPhone, isShownOnline: online)
        }
        let contact = JID("2000", .lid, device: 3)
        let group = JID("1", .group)
        let ownDevice = JID("1000", .lid)
        #expect(
            try receipts(["from": .jid(contact)])
                == [Node("receipt", ["id": "3EB0", "type": "inactive", "to": .jid(contact)])])
        #expect(
            try receipts(["from": .jid(contact)], online: true) == [
                Node("receipt", ["id": "3EB0", "to": .jid(contact)])
            ])
        #expect(
            try receipts(["from": .jid(group), "participant": .jid(contact)])
                == [
                    Node(
                        "receipt",
                        [
                            "id": "3EB0", "type": "inactive", "to": .jid(group), "participant": .jid(contact),
                        ])
                ])
        #expect(
            try receipts(["from": .jid(ownDevice), "recipient": .jid(contact.account)])
                == [
                    Node(
                        "receipt",
                        [
                            "id": "3EB0", "type": "sender", "to": .jid(ownDevice), "recipient": .jid(contact.account),
                        ])
                ])
        #expect(
            try receipts(["from": .jid(ownDevice), "category": "peer"])
                == [Node("receipt", ["id": "3EB0", "type": "peer_msg", "to": .jid(ownPhone.account)])])
        #expect(
            try receipts(["from": .jid(JID("1", .newsletter))])
                == [Node("ack", ["class": "message", "id": "3EB0", "to": .jid(JID("1", .newsletter))])])
    }

    @Test("A message without id, sender or, in a group, participant stays unknown")
    func incomplete() {
        for node in [
            Node("message", ["from": .jid(JID("2000", .lid)), "t": "1"], [enc]),
            Node("message", ["id": "1", "t": "1"], [enc]),
            Node("message", ["id": "1", "from": .jid(JID("1", .group))], [enc]),
        ] {
            #expect(IncomingStanza(node, own: own) == .unknown(node))
        }
    }
}
