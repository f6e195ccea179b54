import FoundationEssentials
import Testing
import WABinary
import WACrypto
import WAProto

@testable import WAProtocol

@Suite("Hostile times")
struct HostileTimeTests {
    @Test("No number in any content makes a time or a span out of range", arguments: ContentSamples.all)
    func contents(content: MessageContent) throws {
        for number in WireNumbers.hostile {
            for bytes in WireNumbers.replaced(in: content.encoded, by: number) {
                guard let message = try? WAMessage(decoding: bytes) else { continue }
                let read = MessageContent(message)
                expectInRange(read)
                _ = read.encoded
            }
        }
    }

    @Test("The times of what is sealed with a secret are in range", arguments: [Int64.max, .min, -1])
    func sealed(time: Int64) throws {
        let key = MessageKey(chat: JID("6281234567890", .user), id: "3A01", isFromMe: false)
        let person = JID("6281234567890", .user)
        let secret = try MessageSecret(bytes: [UInt8](repeating: 7, count: 32))
        func opened(_ use: MessageSecret.UseCase, _ plaintext: [UInt8], _ fill: (Data, Data) -> WAMessage) throws {
            let addition = MessageSecret.Addition(
                to: key.id, from: person.description, by: person.description, use)
            let iv = [UInt8](repeating: 1, count: 12)
            let message = fill(Data(try secret.seal(plaintext, for: addition, iv: iv)), Data(iv))
            let sealed = try #require(SealedAddition(message))
            expectInRange(sealed)
            expectInRange(try #require(sealed.opened(with: secret, by: [person], to: [person], about: key)))
        }
        try opened(.pollVote, WAPollVoteMessage().encoded()) { payload, iv in
            var message = WAMessage()
            message.pollUpdateMessage.pollCreationMessageKey = key.proto
            message.pollUpdateMessage.vote.encPayload = payload
            message.pollUpdateMessage.vote.encIv = iv
            message.pollUpdateMessage.senderTimestampMs = time
            return message
        }
        var reaction = WAReactionMessage()
        reaction.text = "👍"
        reaction.senderTimestampMs = time
        try opened(.reaction, reaction.encoded()) { payload, iv in
            var message = WAMessage()
            message.encReactionMessage.targetMessageKey = key.proto
            message.encReactionMessage.encPayload = payload
            message.encReactionMessage.encIv = iv
            return message
        }
        var response = WAEventResponseMessage()
        response.response = .going
        response.timestampMs = time
        response.extraGuestCount = .max
        try opened(.eventResponse, response.encoded()) { payload, iv in
            var message = WAMessage()
            message.encEventResponseMessage.eventCreationMessageKey = key.proto
            message.encEventResponseMessage.encPayload = payload
            message.encEventResponseMessage.encIv = iv
            return message
        }
    }

    @Test("A message that the phone gives again has a time in range")
    func placeholders() {
        var info = WAWebMessageInfo()
        info.key.id = "3A01"
        info.key.remoteJid = "6281234567890@s.whatsapp.net"
        info.messageTimestamp = .max
        var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
        result.placeholderMessageResendResponse.webMessageInfoBytes = Data(info.encoded())
        var answer = WAMessage()
        answer.protocolMessage.type = .peerDataOperationRequestResponseMessage
        answer.protocolMessage.peerDataOperationRequestResponseMessage.peerDataOperationResult = [result]
        #expect(PlaceholderAnswer.all(in: answer).map(\.timestampSeconds) == [WireTime.lastSecond])
    }

    @Test(
        "Stanzas of every kind are read with times in range",
        arguments: ["9223372036854775807", "-9223372036854775808", "-1", "99999999999999999999"])
    func stanzas(time: String) throws {
        let person = JID("15557654321", .user, device: 3)
        let common: Attributes = [
            "from": .jid(person), "id": "A", "t": .text(time), "last": .text(time), "expire": .text(time),
            "type": "x", "reason": "402",
        ]
        func node(_ tag: String, _ children: [Node] = [], _ change: (inout Attributes) -> Void = { _ in }) -> Node {
            var attributes = common
            change(&attributes)
            return Node(tag, attributes, children)
        }
        let group = Node(
            "group", ["id": "120363021234567890", "creation": .text(time), "subject": "g", "s_t": .text(time)],
            [
                Node("ephemeral", ["expiration": .text(time)]),
                Node("participant", ["jid": .jid(person.account), "type": "admin"]),
            ])
        let nodes = [
            node("message", [Node("enc", ["v": "2", "type": "msg", "count": .text(time)], bytes: [1])]),
            node(
                "receipt",
                [Node("participants", ["key": "A"], [Node("user", ["jid": .jid(person), "t": .text(time)])])]
            ) {
                $0["type"] = "read"
            },
            node("receipt", [Node("retry", ["count": .text(time), "id": "A", "t": .text(time), "error": .text(time)])])
            {
                $0["type"] = "retry"
            },
            node("ack") { $0["class"] = "message" },
            node("call", [Node("offer", ["call-id": "1", "call-creator": .jid(person)])]), node("presence"),
            node(
                "ib",
                [Node("dirty", ["type": "groups", "timestamp": .text(time)]), Node("offline", ["count": .text(time)])]),
            node("success"), node("failure"), node("stream:error") { $0["code"] = .text(time) },
            node("notification", [Node("create", [:], [group])]) {
                $0["type"] = "w:gp2"
                $0["from"] = "120363021234567890@g.us"
            },
            node("notification", [Node("ephemeral", ["expiration": .text(time)])]) {
                $0["type"] = "w:gp2"
                $0["from"] = "120363021234567890@g.us"
            },
            node(
                "notification",
                [Node("tokens", [:], [Node("token", ["type": "trusted_contact", "t": .text(time)], bytes: [1])])]
            ) { $0["type"] = "privacy_token" },
            node("notification", [Node("count", ["value": .text(time)])]) { $0["type"] = "encrypt" },
        ]
        for node in nodes {
            let stanza = IncomingStanza(node)
            if case .unknown = stanza { Issue.record("not read: \(node.tag)") }
            expectInRange(stanza)
        }
        let post = Node(
            "message",
            [
                "from": "120363000000000009@newsletter", "id": "A", "t": .text(time), "edit": "3",
                "server_id": .text(time),
            ],
            [Node("plaintext", bytes: [0x0A, 1, 65]), Node("meta", ["msg_edit_t": .text(time)])])
        guard case .message(let message) = IncomingStanza(post) else {
            Issue.record("no message")
            return
        }
        let published = try #require(ChannelPost(message))
        expectInRange(published)
        expectInRange(published.content)
    }

    /// Everything that is named after its unit, at any depth, lies between 1970 and the end of year 9999.
    private func expectInRange(_ value: Any, _ label: String = "", depth: Int = 0) {
        guard depth < 12 else { return }
        if let number = value as? Int64 {
            let range = label.hasSuffix("Milliseconds") ? 0...WireTime.lastMillisecond : 0...WireTime.lastSecond
            if label.hasSuffix("Seconds") || label.hasSuffix("Milliseconds") {
                #expect(range.contains(number), "\(label) is \(number)")
            }
            return
        }
        for child in Mirror(reflecting: value).children {
            // An optional's child is called "some", a payload of one value nothing: both are what their parent is called.
            let own = child.label.flatMap { $0 == "some" || $0.hasPrefix(".") ? nil : $0 }
            expectInRange(child.value, own ?? label, depth: depth + 1)
        }
    }
}
