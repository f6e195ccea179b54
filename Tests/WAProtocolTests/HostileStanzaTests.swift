import SignalProtocol
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@Suite("Hostile stanzas")
struct HostileStanzaTests {
    /// One of each kind, complete.
    private static let samples: [Node] = {
        let person = JID("15557654321", .user, device: 3)
        let keys: [Node] = [
            Node("registration", bytes: [0, 0, 0, 1]), Node("type", bytes: [5]),
            Node("identity", bytes: Array(repeating: 1, count: 32)),
            Node(
                "skey", [:],
                [
                    Node("id", bytes: [0, 0, 1]), Node("value", bytes: Array(repeating: 2, count: 32)),
                    Node("signature", bytes: Array(repeating: 3, count: 64)),
                ]),
            Node("key", [:], [Node("id", bytes: [0, 0, 1]), Node("value", bytes: Array(repeating: 4, count: 32))]),
        ]
        let list = Node("list", [:], [Node("item", ["id": "B"]), Node("id", bytes: [0, 0, 1])])
        let common: Attributes = [
            "from": .jid(person), "id": "A", "t": "1752021890", "type": "retry", "participant": .jid(person),
            "recipient": .jid(person), "sender_lid": .jid(JID("2000", .lid)), "offline": "1",
        ]
        func stanza(_ tag: String, _ type: String, _ children: [Node]) -> Node {
            var attributes = common
            attributes["type"] = .text(type)
            return Node(tag, attributes, children)
        }
        return [
            stanza("message", "text", [Node("enc", ["v": "2", "type": "pkmsg", "count": "1"], bytes: [1, 2, 3])]),
            stanza(
                "receipt", "read", [list, Node("participants", ["key": "A"], [Node("user", ["jid": .jid(person)])])]),
            stanza(
                "receipt", "retry",
                [Node("retry", ["count": "2", "id": "A", "t": "1", "error": "7"]), keys[0], Node("keys", [:], keys)]),
            stanza("notification", "encrypt", [Node("count", ["value": "3"]), Node("identity")]),
            stanza(
                "notification", "devices",
                [
                    Node(
                        "add", ["device_hash": "2:x"],
                        [
                            Node("device", ["jid": .jid(person), "key-index": "3"]),
                            Node("key-index-list", ["ts": "1"], bytes: [0x0A, 2, 8, 1]),
                        ])
                ]),
            stanza(
                "notification", "account_sync",
                [Node("devices", ["dhash": "x"], [Node("device", ["jid": .jid(person)])])]),
            stanza(
                "notification", "privacy_token",
                [
                    Node("tokens", [:], [Node("token", ["type": "trusted_contact", "t": "1"], bytes: [1])])
                ]),
            stanza(
                "notification", "link_code_companion_reg",
                [
                    Node(
                        "link_code_companion_reg", ["stage": "primary_hello"],
                        [
                            Node(
                                "link_code_pairing_wrapped_primary_ephemeral_pub", bytes: Array(repeating: 1, count: 80)
                            ),
                            Node("primary_identity_pub", bytes: Array(repeating: 2, count: 32)),
                            Node("link_code_pairing_ref", bytes: [1]),
                        ])
                ]),
            Node("ack", ["class": "message", "id": "A", "t": "1", "error": "400", "from": .jid(person)]),
            stanza(
                "notification", "newsletter",
                [
                    Node(
                        "live_updates", [:],
                        [
                            Node(
                                "messages", ["jid": "120363000000000009@newsletter", "t": "1"],
                                [Node("message", ["id": "A", "edit": "3"], [Node("plaintext", bytes: [0x0A, 1, 65])])])
                        ])
                ]),
            Node(
                "message", ["from": "120363000000000009@newsletter", "id": "A", "t": "1", "edit": "3"],
                [Node("plaintext", bytes: [0x0A, 1, 65]), Node("meta", ["msg_edit_t": "1"])]),
            Node(
                "message", ["from": "867051314767696@bot", "id": "A"],
                [
                    Node("enc", ["v": "2", "type": "msmsg"], bytes: [0x12, 1, 65]), Node("meta", ["target_id": "B"]),
                    Node("bot", ["edit": "inner", "edit_target_id": "C"]),
                ]),
            stanza("call", "x", [Node("offer", ["call-id": "1", "call-creator": .jid(person)], [Node("video")])]),
            stanza("presence", "unavailable", []), stanza("chatstate", "x", [Node("composing", ["media": "audio"])]),
            Node("ib", [:], [Node("dirty", ["type": "groups", "timestamp": "1"]), Node("offline", ["count": "1"])]),
            Node(
                "iq", ["type": "set", "id": "A", "from": .jid(.server)],
                [Node("pair-device", [:], [Node("ref", bytes: [65])])]),
            Node(
                "iq", ["type": "set", "id": "A"],
                [
                    Node(
                        "pair-success", [:],
                        [
                            Node("device-identity", bytes: [0x0A, 2, 8, 1]), Node("device", ["jid": .jid(person)]),
                        ])
                ]),
            Node(
                "iq", ["type": "result", "id": "A"],
                [
                    Node("list", [:], [Node("user", ["jid": .jid(person)], keys)]), Node("count", ["value": "1"]),
                    Node("digest", [:], keys + [list, Node("hash", bytes: Array(repeating: 1, count: 20))]),
                    Node("link_code_companion_reg", [:], [Node("link_code_pairing_ref", bytes: [1])]),
                    Node(
                        "usync", [:],
                        [
                            Node(
                                "list", [:],
                                [
                                    Node(
                                        "user", ["jid": .jid(person)],
                                        [
                                            Node("contact", ["type": "in"], bytes: Array("+1".utf8)),
                                            Node("lid", ["val": .jid(JID("2", .lid))]),
                                            Node(
                                                "devices", [:],
                                                [
                                                    Node(
                                                        "device-list", [:],
                                                        [Node("device", ["id": "1", "key-index": "2"])]),
                                                    Node("key-index-list", [:], bytes: [0x0A, 2, 8, 1]),
                                                ]),
                                        ])
                                ])
                        ]),
                ]),
            Node("success", ["t": "1", "lid": .jid(person)]), Node("failure", ["reason": "401", "code": "1"]),
            Node("stream:error", ["code": "515"], [Node("conflict", ["type": "replaced"])]), Node("xmlstreamend"),
        ]
    }()

    @Test("Stanzas with anything missing or replaced are read or unknown, and never stop the process")
    func mutated() {
        var random = SeededRandom(seed: 11)
        let device = KeyPair(using: &random)
        withSeed { random in
            for sample in Self.samples {
                for _ in 0..<150 {
                    var node = sample
                    for _ in 0..<Int.random(in: 0...4, using: &random) { mutate(&node, using: &random) }
                    exercise(node, device: device)
                }
            }
        }
    }

    @Test("A stanza that the server waits for is answered when it has an id and a sender")
    func answers() {
        for sample in Self.samples {
            let isAcknowledged = ["message", "receipt", "notification", "call"].contains(sample.tag)
            #expect((AckStanza.answering(sample) != nil) == isAcknowledged)
        }
        let odd = Node("message", ["id": "A", "from": .jid(JID("1", .group))])
        #expect(IncomingStanza(odd) == .unknown(odd))
        #expect(AckStanza.answering(odd, error: .parseError)?["error"] == "487")
    }

    /// Reads the node as everything it could be, and writes whatever would be written in answer.
    private func exercise(_ node: Node, device: KeyPair) {
        let own = OwnAddresses(phone: JID("15551234567", .user), lid: nil)
        for stanza in [IncomingStanza(node), IncomingStanza(node, own: own)] {
            switch stanza {
            case .message(let message):
                _ = message.receipts(ownPhone: nil)
                _ = ChannelPost(message)?.content.encoded
                for part in message.ciphertexts { _ = BotAnswer(part.bytes, of: message) }
                _ = RetryRequestStanza(message: message, count: 1, reason: .badMAC, registrationID: 1, keys: nil).node
            case .receipt(let receipt): _ = (receipt.acknowledgement, receipt.deliveryStatus)
            case .retryReceipt(let retry):
                let payload = EncryptedPayload(device: retry.requester, kind: .preKeyMessage, bytes: [1])
                _ =
                    RetryAnswerStanza(
                        id: retry.id, retry: retry, traits: StanzaTraits(), payload: payload, deviceIdentity: []
                    ).node
            case .notification(let notification):
                _ = notification.acknowledgement
                _ = ChannelPost.all(in: notification).map(\.occurrenceID)
                if case .devicesChanged(let change) = notification.content {
                    var set = DeviceSet(person: change.person, listed: [.init(id: 0)])
                    _ = set.apply(change)
                }
            case .call(let call): _ = (call.acknowledgement, call.ringing(own: own.phone))
            case .pairSuccess(let pairSuccess):
                _ = try? pairSuccess.verified(advSecret: [1], identityKey: device)
            default: break
            }
        }
        _ = AckStanza.answering(node)
        _ = IQError(node)
        _ = try? PreKeyBundleRequest(devices: []).parse(node)
        _ = try? PreKeyCountRequest().parse(node)
        _ = try? PreKeyDigestRequest().parse(node)
        _ = try? DeviceListRequest(people: []).parse(node)
        _ = try? ContactCheckRequest(numbers: []).parse(node)
        _ = try? LIDLookupRequest(phones: []).parse(node)
    }

    private func mutate(_ node: inout Node, using random: inout SeededRandom) {
        if !node.children.isEmpty, Bool.random(using: &random) {
            var children = node.children
            let index = Int.random(in: 0..<children.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: children.remove(at: index)
            case 1: children.append(children[index])
            default: mutate(&children[index], using: &random)
            }
            node.content = .nodes(children)
            return
        }
        let values: [AttributeValue?] = [
            nil, "", "-1", "99999999999999999999", "-9223372036854775808", "9223372036854775807", "nobody", "@",
            .jid(.server),
            .jid(JID("1", .group)), .jid(JID("", .lid)), .jid(JID("x", .hosted, device: 65_535)), "status@broadcast",
        ]
        switch Int.random(in: 0...3, using: &random) {
        case 0:
            node.content = [nil, .bytes([]), .bytes([0xFF]), .text(""), .text("5"), .nodes([])].randomElement(
                using: &random)!
        default:
            guard let name = node.attributes.map(\.name).randomElement(using: &random) else { return }
            node.attributes[name] = values.randomElement(using: &random)!
        }
    }
}
