import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("Messages")
struct MessageTests {
    private let number = "15551234567"
    private let peer = "15557654321"

    private struct Setting {
        let bench: SimulatorBench
        let client: ScriptedClient
        let peerLID: JID
        let peerNumber: JID

        var phone: DeviceAddress { DeviceAddress(peerNumber.user) }
    }

    private func setting(
        _ configuration: SimulatorConfiguration = SimulatorConfiguration(), seed: UInt64 = 31
    ) throws -> Setting {
        let bench = SimulatorBench(configuration)
        try bench.drive {
            try $0.addPhone(number, name: "Ada")
            try $0.addPhone(peer, name: "Bob")
        }
        let client = try ScriptedClient.linked(to: number, seed: seed, on: bench)
        return Setting(
            bench: bench, client: client, peerLID: JID(try bench.server.phone(peer).lid, .lid),
            peerNumber: JID(peer, .user))
    }

    @Test("A text reaches the phone under either name, is acknowledged, and its delivery is reported")
    func toPhone() throws {
        let set = try setting()
        for (id, user) in [("3EB0AA", set.peerLID), ("3EB0BB", set.peerNumber)] {
            let ack = try set.client.say("hello \(id)", to: user, id: id, on: set.bench)
            #expect(ack.attributes["from"] == .jid(user))
            #expect(ack["t"] == String(set.bench.nowMilliseconds / 1_000))
            #expect(ack["phash"] == nil && ack["error"] == nil)
            let receipt = try set.client.take("receipt") { $0["id"] == id }
            #expect(receipt.attributes["from"] == .jid(user))
            #expect(receipt["type"] == nil && receipt["recipient"] == nil)
        }
        let inbox = try set.bench.server.inbox(of: set.phone)
        #expect(inbox.map(\.text) == ["hello 3EB0AA", "hello 3EB0BB"])
        #expect(inbox.map(\.sender) == [DeviceAddress(number, 1), DeviceAddress(number, 1)])
        #expect(inbox.map(\.chat) == [set.client.lid.account, set.client.jid.account])
        #expect(inbox.map(\.kind) == ["conversation", "conversation"])
        let own = try set.bench.server.inbox(of: DeviceAddress(number))
        #expect(own.map(\.text) == ["hello 3EB0AA", "hello 3EB0BB"])
        #expect(own.map(\.isFromMe) == [true, true])
        #expect(own.map(\.chat) == [set.peerLID, set.peerNumber])
        #expect(set.bench.violations.isEmpty)
    }

    @Test("Every device of the recipient and every own companion decrypts one send")
    func allDevices() throws {
        let set = try setting()
        let devices = try set.bench.drive { server in
            [
                DeviceAddress(peer, try server.addCompanion(to: peer)),
                DeviceAddress(peer, try server.addCompanion(to: peer)),
                DeviceAddress(number, try server.addCompanion(to: number)), set.phone, DeviceAddress(number),
            ]
        }
        _ = try set.client.say("all of you", to: set.peerLID, id: "3EB0CC", on: set.bench)
        for device in devices {
            #expect(try set.bench.server.inbox(of: device).map(\.text) == ["all of you"], "\(device)")
        }
        #expect(set.client.received.count { $0.tag == "receipt" } == 3, "one of each device of the recipient")
        #expect(set.bench.violations.isEmpty)
    }

    @Test(
        "What a phone says reaches the client with both names of the sender, under either",
        arguments: Addressing.allCases)
    func fromPhone(addressing: Addressing) throws {
        let set = try setting()
        let id = try set.bench.drive {
            try $0.say("hi", from: set.phone, to: number, addressing: addressing)
        }
        let stanza = try set.client.take("message")
        let names =
            addressing == .lid
            ? (set.peerLID, "sender_pn", set.peerNumber) : (set.peerNumber, "sender_lid", set.peerLID)
        #expect(stanza["id"] == id)
        #expect(stanza.attributes["from"] == .jid(names.0))
        #expect(stanza.attributes[names.1] == .jid(names.2))
        #expect(stanza["notify"] == "Bob" && stanza["type"] == "text" && stanza["t"] != nil)
        #expect(stanza["recipient"] == nil && stanza["offline"] == nil)
        #expect(try set.client.open(stanza).conversation == "hi")
        try set.client.deliveryReceipt(stanza, on: set.bench)
        let said = try set.bench.server.said(id, by: set.phone)
        #expect(said.acknowledgedMilliseconds != nil)
        #expect(said.progress[DeviceAddress(number, 1)]?.deliveredMilliseconds == set.bench.nowMilliseconds)
        #expect(said.progress[DeviceAddress(number, 0)]?.deliveredMilliseconds != nil)
        #expect(set.bench.violations.isEmpty)
    }

    @Test("A contact that changes its name in mid-conversation keeps its session")
    func changeOfAddressing() throws {
        let set = try setting()
        for (index, addressing) in [Addressing.phoneNumber, .lid, .phoneNumber].enumerated() {
            try set.bench.drive { _ = try $0.say("\(index)", from: set.phone, to: number, addressing: addressing) }
            let stanza = try set.client.take("message")
            #expect(try set.client.open(stanza).conversation == "\(index)")
            try set.client.deliveryReceipt(stanza, on: set.bench)
            let user = addressing == .lid ? set.peerLID : set.peerNumber
            _ = try set.client.say("re \(index)", to: user, id: "3EB0D\(index)", on: set.bench)
        }
        #expect(set.client.sessions.count { $0.key.hasPrefix(set.peerLID.user) } == 1)
        #expect(try set.bench.server.inbox(of: set.phone).map(\.text) == ["re 0", "re 1", "re 2"])
        #expect(set.bench.server.counters.messagesUndecryptable == 0)
        #expect(set.bench.violations.isEmpty)
    }

    @Test("What the own phone says elsewhere comes as a copy, naming the recipient by both names")
    func ownCopy() throws {
        let set = try setting()
        try set.bench.drive { _ = try $0.say("from my phone", from: DeviceAddress(number), to: peer) }
        let stanza = try set.client.take("message")
        #expect(stanza.attributes["from"] == .jid(set.client.lid.account))
        #expect(stanza.attributes["recipient"] == .jid(set.peerLID))
        #expect(stanza.attributes["peer_recipient_pn"] == .jid(set.peerNumber))
        #expect(stanza["sender_pn"] == nil)
        let message = try set.client.open(stanza)
        #expect(message.deviceSentMessage.destinationJid == set.peerLID.description)
        #expect(message.deviceSentMessage.message.conversation == "from my phone")
    }

    @Test("Reading tells all devices of the author, and the reader's own others")
    func reading() throws {
        let set = try setting()
        let other = try ScriptedClient.linked(to: peer, seed: 32, on: set.bench)
        _ = try set.client.say("read me", to: set.peerLID, id: "3EB0EE", on: set.bench)
        set.client.received.removeAll()
        other.received.removeAll()
        try set.bench.drive { try $0.read(["3EB0EE"], on: set.phone) }
        let read = try set.client.take("receipt")
        #expect(read["type"] == "read" && read.attributes["from"] == .jid(set.peerLID))
        let own = try other.take("receipt")
        #expect(own["type"] == "read-self")
        #expect(own.attributes["recipient"] == .jid(set.client.lid.account))
        #expect(throws: SimulatorError.unknownMessage("3EB0EF")) {
            try set.bench.server.read(["3EB0EF"], on: set.phone)
        }
    }

    @Test("A read receipt for several messages marks each of them on the phone that said them")
    func readByClient() throws {
        let set = try setting()
        let ids = try set.bench.drive { server in
            try ["a", "b"].map { try server.say($0, from: set.phone, to: number) }
        }
        try set.bench.send(
            Node(
                "receipt", ["id": .text(ids[0]), "to": .jid(set.peerLID), "type": "read", "t": "1760000000"],
                [
                    Node("list", [:], [Node("item", ["id": .text(ids[1])])])
                ]),
            from: set.client)
        for id in ids {
            let progress = try set.bench.server.said(id, by: set.phone).progress[DeviceAddress(number, 1)]
            #expect(progress?.readMilliseconds == set.bench.nowMilliseconds)
        }
    }

    @Test("A repeated id is acknowledged with the first time and dropped")
    func repeatedID() throws {
        let set = try setting()
        let stanza = try set.client.textStanza("once", to: set.peerLID, id: "3EB0FF", on: set.bench)
        try set.bench.send(stanza, from: set.client)
        let first = try set.client.take("ack") { $0["class"] == "message" }
        try set.bench.pass(milliseconds: 5_000)
        try set.bench.send(stanza, from: set.client)
        let second = try set.client.take("ack") { $0["class"] == "message" }
        #expect(second["t"] == first["t"])
        #expect(try set.bench.server.inbox(of: set.phone).count == 1)
        #expect(set.bench.server.counters.repeatedMessages == 1)
        #expect(set.bench.violations.isEmpty)
    }

    @Test("A list of devices that is out of date is told by the hash in the ack")
    func participantHash() throws {
        let set = try setting()
        let stanza = try set.client.textStanza("late", to: set.peerLID, id: "3EB0A1", on: set.bench)
        let companion = try set.bench.drive { try $0.addCompanion(to: peer) }
        try set.bench.send(stanza, from: set.client)
        let ack = try set.client.take("ack") { $0["class"] == "message" }
        let texts = [
            "\(set.peerLID.user).0:0@lid", "\(set.peerLID.user).0:\(companion)@lid", "\(set.client.lid.user).0:0@lid",
            "\(set.client.lid.user).0:1@lid",
        ]
        let hash = Data(Digest.sha256(Array(texts.sorted().joined().utf8)).prefix(6)).base64EncodedString()
        #expect(ack["phash"] == "2:" + hash)
        #expect(set.bench.violations.isEmpty, "it could not know yet")
    }

    @Test("Somebody who is not there is refused, and a restricted account too")
    func refusals() throws {
        let set = try setting()
        try set.bench.send(
            Node(
                "message", ["id": "3EB0A2", "to": .jid(JID("15550009999", .user)), "type": "text"],
                [
                    Node("participants", [:], [])
                ]),
            from: set.client)
        #expect(try set.client.take("ack")["error"] == "404")
        try set.bench.drive { try $0.setRefusal(463, of: number) }
        #expect(try set.client.say("no", to: set.peerLID, id: "3EB0A3", on: set.bench)["error"] == "463")
        #expect(try set.bench.server.inbox(of: set.phone).isEmpty)
    }

    // MARK: - Retries

    @Test("A phone that lost its session asks again with keys, and decrypts what is sent to it alone")
    func phoneLosesSession() throws {
        let set = try setting()
        _ = try set.client.say("first", to: set.peerLID, id: "3EB0B1", on: set.bench)
        try set.bench.drive { _ = try $0.say("so that sessions are settled", from: set.phone, to: number) }
        _ = try set.client.open(try set.client.take("message"))
        try set.bench.drive { try $0.loseSessions(of: set.phone) }
        set.client.received.removeAll()
        _ = try set.client.say("second", to: set.peerLID, id: "3EB0B2", on: set.bench)
        #expect(try set.bench.server.inbox(of: set.phone).count == 1)

        let retry = try set.client.take("receipt") { $0["type"] == "retry" }
        #expect(retry.attributes["from"] == .jid(set.peerLID))
        #expect(retry.child("retry")?["count"] == "1" && retry.child("retry")?["id"] == "3EB0B2")
        let keys = try #require(retry.child("keys"))
        let user = Node("user", [:], [try #require(retry.child("registration"))] + keys.children)
        let peerName = "\(set.peerLID.user):0"
        set.client.sessions[peerName] = try Session.initiated(
            with: try set.client.bundle(user), by: set.client.local, using: &set.client.random)
        var message = WAMessage()
        message.conversation = "second"
        func answer() throws -> Node {
            Node(
                "message",
                ["id": "3EB0B2", "to": .jid(set.peerLID), "type": "text", "device_fanout": "false"],
                [
                    try set.client.encNode(message, for: peerName, count: 1),
                    Node("device-identity", [:], bytes: set.client.identityProof),
                ])
        }
        let again = try answer()
        try set.bench.send(again, from: set.client)
        try set.bench.send(again, from: set.client)
        #expect(try set.bench.server.inbox(of: set.phone).last?.copyCount == 1, "the same bytes are dropped")
        // The request came twice, since its ack was lost: the second answer is as good as the first.
        try set.bench.send(try answer(), from: set.client)
        #expect(try set.bench.server.inbox(of: set.phone).last?.copyCount == 2)
        let inbox = try set.bench.server.inbox(of: set.phone)
        #expect(inbox.map(\.text) == ["first", "second"])
        #expect(inbox.last?.retryCount == 1)
        #expect(set.client.has("receipt") { $0["id"] == "3EB0B2" && $0["type"] == nil })
        #expect(set.bench.violations.isEmpty)
    }

    @Test("A phone answers a retry receipt of a client with a prekey message for it alone")
    func clientLosesSession() throws {
        let set = try setting()
        let id = try set.bench.drive { try $0.say("again please", from: set.phone, to: number) }
        let first = try set.client.take("message")
        set.client.received.removeAll()
        let key = set.client.uploadNode(count: 1)[3].children[0]
        try set.bench.send(
            Node(
                "receipt", ["id": .text(id), "to": first.attributes["from"]!, "type": "retry"],
                [
                    Node("retry", ["count": "1", "id": .text(id), "t": "1760000000", "v": "1"]),
                    Node("registration", [:], bytes: [0, 0, 0x12, 0x67]),
                    Node(
                        "keys", [:],
                        [
                            Node("type", [:], bytes: [5]),
                            Node("identity", [:], bytes: set.client.local.keyPair.publicKey.raw), key,
                            set.client.signedPreKeyNode, Node("device-identity", [:], bytes: set.client.identityProof),
                        ]),
                ]),
            from: set.client)
        let again = try set.client.take("message")
        #expect(again["id"] == id)
        #expect(again.child("enc")?["count"] == "1")
        #expect(again.child("enc")?["type"] == "pkmsg")
        #expect(try set.client.open(again).conversation == "again please")
        #expect(try set.bench.server.said(id, by: set.phone).progress[DeviceAddress(number, 1)]?.retryCount == 1)
        #expect(set.bench.violations.isEmpty)
    }

    @Test("The keys of a retry receipt may have their type byte")
    func typedRetryKeys() throws {
        let set = try setting()
        let id = try set.bench.drive { try $0.say("again please", from: set.phone, to: number) }
        let first = try set.client.take("message")
        func typed(_ node: Node) -> Node {
            var node = node
            node.content = .nodes(
                node.children.map { $0.tag == "value" ? Node("value", [:], bytes: [5] + ($0.bytes ?? [])) : $0 })
            return node
        }
        let keys = [
            Node("type", [:], bytes: [5]), Node("identity", [:], bytes: set.client.local.keyPair.publicKey.typed),
            typed(set.client.uploadNode(count: 1)[3].children[0]), typed(set.client.signedPreKeyNode),
            Node("device-identity", [:], bytes: set.client.identityProof),
        ]
        let children = [
            Node("retry", ["count": "1", "id": .text(id), "t": "1760000000", "v": "1"]),
            Node("registration", [:], bytes: [0, 0, 0x12, 0x67]), Node("keys", [:], keys),
        ]
        let to = try #require(first.attributes["from"])
        try set.bench.send(Node("receipt", ["id": .text(id), "to": to, "type": "retry"], children), from: set.client)
        let again = try set.client.take("message") { $0["id"] == id }
        #expect(try set.client.open(again).conversation == "again please")
        #expect(set.bench.violations.isEmpty)
    }

    @Test("A phone that was set up anew has another identity, tells its contacts, and can be written to")
    func reregistration() throws {
        let set = try setting()
        _ = try set.client.say("before", to: set.peerLID, id: "3EB0C1", on: set.bench)
        try set.bench.drive { try $0.reregister(peer) }
        let note = try set.client.take("notification") { $0["type"] == "encrypt" }
        #expect(note.child("identity") != nil)
        #expect(note.attributes["from"] == .jid(set.peerNumber) && note.attributes["lid"] == .jid(set.peerLID))
        set.client.sessions = set.client.sessions.filter { !$0.key.hasPrefix(set.peerLID.user) }
        _ = try set.client.say("after", to: set.peerLID, id: "3EB0C2", on: set.bench)
        #expect(try set.bench.server.inbox(of: set.phone).map(\.text) == ["after"])
        #expect(set.bench.violations.isEmpty)
    }

    @Test("A phone without power gets everything when it is back")
    func power() throws {
        let set = try setting()
        try set.bench.drive { try $0.setPower(false, of: set.phone) }
        _ = try set.client.say("wake up", to: set.peerLID, id: "3EB0C3", on: set.bench)
        #expect(try set.bench.server.inbox(of: set.phone).isEmpty)
        #expect(throws: SimulatorError.poweredOff(peer)) { try set.bench.server.say("x", from: set.phone, to: number) }
        try set.bench.drive { try $0.setPower(true, of: set.phone) }
        #expect(try set.bench.server.inbox(of: set.phone).map(\.text) == ["wake up"])
        #expect(set.client.has("receipt") { $0["id"] == "3EB0C3" })
    }

    @Test("A phone with an automatic answer gives it after its delay, once a message")
    func automaticAnswer() throws {
        let set = try setting()
        try set.bench.drive { try $0.setAutomaticAnswer("You said: {text}", of: peer) }
        _ = try set.client.say("ping", to: set.peerNumber, id: "3EB0C4", on: set.bench)
        #expect(!set.client.has("message"))
        try set.bench.pass(milliseconds: 1_000)
        let stanza = try set.client.take("message")
        #expect(stanza.attributes["from"] == .jid(set.peerNumber), "under the name it was spoken to with")
        #expect(try set.client.open(stanza).conversation == "You said: ping")
        #expect(!set.client.has("message"))
    }

    @Test("A phone whose prekeys ran out is written to with its signed prekey alone")
    func withoutPreKeys() throws {
        let set = try setting()
        try set.bench.drive { try $0.setHasPreKeys(false, of: set.phone) }
        _ = try set.client.say("no key left", to: set.peerLID, id: "3EB0C5", on: set.bench)
        #expect(try set.bench.server.inbox(of: set.phone).map(\.text) == ["no key left"])
        #expect(set.bench.violations.isEmpty)
    }

    @Test("Presence and typing are told to those who are there, and never queued")
    func presence() throws {
        let set = try setting()
        let other = try ScriptedClient.linked(to: peer, seed: 33, on: set.bench)
        try set.bench.send(Node("presence", ["type": "available", "name": "Ada"]), from: set.client)
        try set.bench.send(Node("presence", ["type": "subscribe", "to": .jid(set.peerNumber)]), from: set.client)
        #expect(try set.client.take("presence")["type"] == "unavailable")
        try set.bench.send(Node("presence", ["type": "available", "name": "Bob"]), from: other)
        let presence = try set.client.take("presence")
        #expect(presence["type"] == nil && presence.attributes["from"] == .jid(set.peerNumber))
        try set.bench.drive { try $0.type(true, from: set.phone, to: number) }
        #expect(try set.client.take("chatstate").child("composing") != nil)
        try set.bench.disconnect(set.client)
        try set.bench.drive { try $0.type(true, from: set.phone, to: number) }
        try set.bench.disconnect(other)
        try set.client.logIn(on: set.bench)
        #expect(!set.client.has("chatstate") && !set.client.has("presence"))
    }

    @Test("The same seed and the same conversation give the same stanzas, byte for byte")
    func deterministic() throws {
        func run() throws -> [Node] {
            let set = try setting()
            try set.bench.drive { _ = try $0.say("hello", from: set.phone, to: number) }
            return set.client.received
        }
        #expect(try run() == run())
    }

    /// Linux only: the second number of statm counts pages of 4 KiB.
    private func residentBytes() -> Int? {
        let fields = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return fields.flatMap { Int($0[1]) }.map { $0 * 4_096 }
    }

    @Test("Thousands of phones cost next to nothing until they are used")
    func manyPhones() throws {
        let bench = SimulatorBench()
        let before = residentBytes()
        try bench.drive { server in
            for index in 0..<5_000 { try server.addPhone(String(4_915_000_000_000 + index)) }
        }
        // 812 stored prekeys each would be 260 MB. The room left is for the tests that run beside this one.
        if let before, let after = residentBytes() { #expect(after - before < 80 << 20) }
        let first = DeviceAddress("4915000000000")
        try bench.drive { _ = try $0.say("hi", from: first, to: "4915000004999") }
        #expect(try bench.server.inbox(of: DeviceAddress("4915000004999")).map(\.text) == ["hi"])
        #expect(Set(bench.server.snapshot().phones.map(\.lid)).count == 5_000)
    }
}
