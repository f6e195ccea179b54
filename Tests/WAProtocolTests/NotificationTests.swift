import TestSupport
import Testing
import WABinary
import WAProtocol

@Suite("Notifications and other stanzas")
struct NotificationTests {
    private let person = JID("15557654321", .user)

    private func notification(_ type: String, from: JID? = nil, _ children: Node...) throws -> NotificationStanza {
        let node = Node(
            "notification", ["type": .text(type), "from": .jid(from ?? person), "id": "5", "t": "1752021890"], children)
        return try #require(NotificationStanza(node))
    }

    @Test("Prekey, identity and digest notes are told apart")
    func encrypt() throws {
        let low = try notification("encrypt", from: .server, Node("count", ["value": "3"]))
        #expect(low.content == .preKeysLow(3))
        #expect(
            low.acknowledgement
                == Node("ack", ["class": "notification", "id": "5", "to": .jid(.server), "type": "encrypt"]))
        #expect(try notification("encrypt", Node("identity")).content == .identityChanged(person))
        #expect(
            try notification("encrypt", from: person.with(device: 4), Node("identity")).content
                == .identityChanged(person))
        #expect(try notification("encrypt", from: .server, Node("digest")).content == .preKeyDigestRequested)
        #expect(try notification("encrypt", from: .server, Node("count")).content == .other(type: "encrypt"))
    }

    @Test("Our own device list is read from an account note")
    func accountSync() throws {
        let own = JID("15551234567", .user)
        let content = try notification(
            "account_sync", from: own,
            Node(
                "devices", ["dhash": "2:x"],
                [
                    Node("device", ["jid": .jid(own)]),
                    Node("device", ["jid": .jid(own.with(device: 12)), "key-index": "3"]),
                ])
        ).content
        #expect(content == .ownDevicesChanged([.init(id: 0), .init(id: 12, keyIndex: 3)], hash: "2:x"))
        #expect(try notification("account_sync", Node("privacy")).content == .other(type: "account_sync"))
    }

    @Test("Tokens of contacts are kept, others are not")
    func privacyTokens() throws {
        let content = try notification(
            "privacy_token",
            Node(
                "tokens", [:],
                [
                    Node("token", ["type": "trusted_contact", "t": "7"], bytes: [1, 2]),
                    Node("token", ["type": "new"], bytes: [3]),
                ])
        ).content
        guard case .privacyTokens(let tokens) = content else {
            Issue.record("not read as tokens")
            return
        }
        #expect(tokens.map(\.bytes) == [[1, 2]] && tokens[0].timestampSeconds == 7)
    }

    @Test("A note that nobody reads is kept whole and can be acknowledged")
    func others() throws {
        let note = try notification("business", from: JID("1", .group), Node("subject", ["subject": "x"]))
        #expect(note.content == .other(type: "business"))
        #expect(note.node.child("subject")?["subject"] == "x")
        #expect(note.acknowledgement["type"] == "business")
    }

    @Test("Success, failure and stream errors carry what decides the next step")
    func stream() throws {
        let success = Node("success", ["t": "5", "lid": .jid(JID("1000", .lid, device: 42)), "display_name": "Alice"])
        guard case .success(let login) = IncomingStanza(success) else {
            Issue.record("not read")
            return
        }
        #expect(
            login.lid == JID("1000", .lid, device: 42) && login.timestampSeconds == 5 && login.displayName == "Alice")
        guard
            case .failure(let failure) = IncomingStanza(
                Node("failure", ["reason": "402", "code": "101", "expire": "3600"]))
        else {
            Issue.record("not read")
            return
        }
        #expect(failure.reason == 402 && failure.code == 101 && failure.expireSeconds == 3600)

        func streamError(_ node: Node) -> StreamError? {
            if case .streamError(let error) = IncomingStanza(node) { error } else { nil }
        }
        let restart = streamError(Node("stream:error", ["code": "515"]))
        #expect(restart?.code == 515 && restart?.conflict == nil && restart?.child == nil)
        let replaced = streamError(Node("stream:error", [:], [Node("conflict", ["type": "replaced"])]))
        #expect(replaced?.code == nil && replaced?.conflict == "replaced" && replaced?.child == "conflict")
        #expect(streamError(Node("stream:error", [:], [Node("conflict")]))?.conflict == "")
        #expect(streamError(Node("stream:error", [:], [Node("xml-not-well-formed")]))?.child == "xml-not-well-formed")
        #expect(IncomingStanza(Node("xmlstreamend")) == .streamEnd)
    }

    @Test("A ping of the server is answered with its id, or without one")
    func ping() {
        guard
            case .ping(let ping) = IncomingStanza(
                Node(
                    "iq", ["xmlns": "urn:xmpp:ping", "type": "get", "from": .jid(.server), "id": "9"],
                    [Node("ping")])),
            case .ping(let bare) = IncomingStanza(Node("iq", ["xmlns": "urn:xmpp:ping", "type": "get"]))
        else {
            Issue.record("not read as a ping")
            return
        }
        #expect(ping.reply == Node("iq", ["to": .jid(.server), "type": "result", "id": "9"]))
        #expect(bare.reply == Node("iq", ["to": .jid(.server), "type": "result"]))
    }

    @Test("All notes of an info stanza are read")
    func info() throws {
        let unknown = Node("thread_metadata")
        let node = Node(
            "ib", ["from": .jid(.server)],
            [
                Node("offline", ["count": "3"]), Node("offline_preview", ["count": "7"]),
                Node("dirty", ["type": "groups", "timestamp": "5"]), Node("dirty"), Node("downgrade_webclient"),
                Node("edge_routing", [:], [Node("routing_info", bytes: [1, 2])]), unknown,
            ])
        guard case .info(let info) = IncomingStanza(node), case .dirty(let dirty) = info.items[2] else {
            Issue.record("not read")
            return
        }
        #expect(dirty.type == "groups" && dirty.timestampSeconds == 5)
        #expect(info.items[0] == .offlineDelivered(count: 3) && info.items[1] == .offlinePreview(count: 7))
        #expect(
            Array(info.items[3...]) == [.other(Node("dirty")), .downgraded, .edgeRouting([1, 2]), .other(unknown)])
    }

    @Test("Presence, typing and calls are read")
    func presence() throws {
        guard
            case .presence(let away) = IncomingStanza(
                Node("presence", ["from": .jid(person), "type": "unavailable", "last": "77"])),
            case .presence(let here) = IncomingStanza(Node("presence", ["from": .jid(person), "last": "deny"])),
            case .chatState(let typing) = IncomingStanza(
                Node("chatstate", ["from": .jid(person)], [Node("composing", ["media": "audio"])])),
            case .call(let call) = IncomingStanza(
                Node(
                    "call", ["from": .jid(person), "id": "c1", "t": "5"],
                    [
                        Node(
                            "offer",
                            ["call-id": "X", "call-creator": .jid(JID("2000", .lid)), "caller_pn": .jid(person)],
                            [
                                Node("video")
                            ])
                    ]))
        else {
            Issue.record("not read")
            return
        }
        #expect(!away.isAvailable && away.lastSeenSeconds == 77)
        #expect(here.isAvailable && here.lastSeenSeconds == nil)
        #expect(typing.state == .recording && typing.chat == person)
        #expect(call.action == "offer" && call.callID == "X" && call.isVideo)
        #expect(call.addressMappings == [AddressMapping(person, JID("2000", .lid))])
        #expect(call.acknowledgement == Node("ack", ["class": "call", "id": "c1", "to": .jid(person)]))
    }

    @Test("Presence and typing are written as the reference shows")
    func outgoing() {
        #expect(
            OwnPresenceStanza(isAvailable: true, pushName: "Alice").node
                == Node("presence", ["type": "available", "name": "Alice"]))
        #expect(
            PresenceSubscriptionStanza(to: person, privacyToken: [1]).node
                == Node("presence", ["type": "subscribe", "to": .jid(person)], [Node("tctoken", bytes: [1])]))
        #expect(
            OutgoingChatStateStanza(.recording, in: person).node
                == Node("chatstate", ["to": .jid(person)], [Node("composing", ["media": "audio"])]))
        #expect(
            OutgoingChatStateStanza(.paused, in: person).node
                == Node("chatstate", ["to": .jid(person)], [Node("paused")]))
    }
}
