import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("Messages in groups")
struct GroupMessageTests {
    // MARK: - From a client

    @Test("One send reaches every device of every member, under either addressing", arguments: Addressing.allCases)
    func toAll(addressing: Addressing) throws {
        let scene = try GroupScene(addressing: addressing)
        let ack = try scene.client.say("hello all", inGroup: scene.group, id: "3EB001", on: scene.bench)
        #expect(ack.attributes["from"] == .jid(scene.group))
        #expect(ack["error"] == nil && ack["phash"] == nil && ack["t"] != nil)
        #expect(ack["addressing_mode"] == (addressing == .lid ? "lid" : "pn"))
        for reader in scene.readers {
            let inbox = try scene.bench.server.inbox(of: reader)
            #expect(inbox.map(\.text) == ["hello all"], "\(reader)")
            #expect(inbox.map(\.chat) == [scene.group])
            #expect(inbox.map(\.sender) == [DeviceAddress(GroupScene.ada, 1)])
            #expect(inbox.map(\.isFromMe) == [reader.number == GroupScene.ada])
        }
        let receipts = scene.client.received.filter { $0.tag == "receipt" }
        #expect(receipts.count == 3, "one of each device of the others")
        #expect(receipts.allSatisfy { $0.jid("from") == scene.group && $0["type"] == nil && $0["recipient"] == nil })
        let readers = Set(receipts.compactMap { $0.jid("participant") })
        #expect(readers.contains(try scene.jid(GroupScene.cy, addressing)))
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("The second message needs no key for anybody, and comes in order")
    func second() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        let stanza = try scene.client.groupStanza("two", to: scene.group, id: "3EB002", on: scene.bench)
        #expect(stanza.child("participants") == nil)
        _ = try scene.client.send(stanza, on: scene.bench)
        for reader in scene.readers { #expect(try scene.texts(on: reader) == ["one", "two"]) }
        #expect(scene.bench.server.counters.retriesRequested == 0)
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A repeated id is acknowledged and dropped; encrypted anew it is a violation")
    func repeated() throws {
        let scene = try GroupScene()
        let stanza = try scene.client.groupStanza("once", to: scene.group, id: "3EB001", on: scene.bench)
        let first = try scene.client.send(stanza, on: scene.bench)
        try scene.bench.pass(milliseconds: 2_000)
        #expect(try scene.client.send(stanza, on: scene.bench)["t"] == first["t"])
        #expect(scene.bench.violations.isEmpty)
        let other = try scene.client.groupStanza("twice", to: scene.group, id: "3EB001", on: scene.bench)
        _ = try scene.client.send(other, on: scene.bench)
        #expect(scene.bench.violations == [.repeatedMessageID])
        #expect(try scene.texts(on: DeviceAddress(GroupScene.cy)) == ["once"])
    }

    @Test("Who is not in the group, or may not write in it, is refused and heard by nobody")
    func refused() throws {
        let scene = try GroupScene(creator: GroupScene.bob)
        let stanza = try scene.client.groupStanza("psst", to: scene.group, id: "3EB001", on: scene.bench)
        try scene.bench.drive { try $0.setGroup(.announcement(true), of: GroupScene.id) }
        #expect(try scene.client.send(stanza, on: scene.bench)["error"] == "420")
        try scene.bench.drive { try $0.removeMembers([GroupScene.ada], from: GroupScene.id) }
        #expect(try scene.client.send(stanza, on: scene.bench)["error"] == "403")
        var elsewhere = stanza
        elsewhere.attributes["to"] = .jid(JID("120363999999999999", .group))
        #expect(try scene.client.send(elsewhere, on: scene.bench)["error"] == "404")
        try scene.bench.drive { server in
            try server.setGroup(.announcement(false), of: GroupScene.id)
            try server.addMembers([GroupScene.ada], to: GroupScene.id)
        }
        var otherMode = stanza
        otherMode.attributes["addressing_mode"] = "pn"
        #expect(try scene.client.send(otherMode, on: scene.bench)["error"] == "421")
        #expect(try scene.texts(on: DeviceAddress(GroupScene.bob)).isEmpty)
        #expect(try scene.client.send(stanza, on: scene.bench)["error"] == nil, "a refused id is not used up")
        #expect(try scene.texts(on: DeviceAddress(GroupScene.bob)) == ["psst"])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("Who is no admin cannot take back what others wrote")
    func revokedByMember() throws {
        let scene = try GroupScene(creator: GroupScene.bob)
        var stanza = try scene.client.groupStanza("taken back", to: scene.group, id: "3EB001", on: scene.bench)
        stanza.attributes["edit"] = "8"
        #expect(try scene.client.send(stanza, on: scene.bench)["error"] == "420")
        #expect(try scene.texts(on: DeviceAddress(GroupScene.bob)).isEmpty)
    }

    // MARK: - What a server would not put up with

    @Test("A device list that is out of date is corrected by the ack; one that never was is a violation")
    func participantHash() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        let stale = try scene.client.groupStanza("two", to: scene.group, id: "3EB002", on: scene.bench)
        let companion = try scene.bench.drive { try $0.addCompanion(to: GroupScene.cy) }
        let ack = try scene.client.send(stale, on: scene.bench)
        let ada = try scene.jid(GroupScene.ada)
        let bob = try scene.jid(GroupScene.bob)
        let cy = try scene.jid(GroupScene.cy)
        let right = ScriptedClient.hash(of: [
            ada, ada.with(device: 1), bob, bob.with(device: scene.bobsCompanion.device), cy,
            cy.with(device: companion),
        ])
        #expect(ack["phash"] == right)
        #expect(scene.bench.violations.isEmpty, "it could not know yet")
        #expect(scene.bench.server.counters.retriesRequested == 1, "of the device that was never given the key")
        try scene.settle()
        var again = try scene.client.groupStanza("three", to: scene.group, id: "3EB003", on: scene.bench)
        again.attributes["phash"] = stale.attributes["phash"]
        _ = try scene.client.send(again, on: scene.bench)
        #expect(scene.bench.violations == [.participantHash])
        var wrong = try scene.client.groupStanza("four", to: scene.group, id: "3EB004", on: scene.bench)
        wrong.attributes["phash"] = "2:AAAAAAAA"
        #expect(try scene.client.send(wrong, on: scene.bench)["phash"] == right)
        #expect(scene.bench.violations == [.participantHash, .participantHash])
    }

    @Test("A ciphertext for somebody outside the group is a violation")
    func outsider() throws {
        let scene = try GroupScene()
        try scene.bench.drive { try $0.addPhone("15559998888") }
        let outsider = try scene.client.devices(of: [scene.jid("15559998888")], on: scene.bench)
        try scene.client.startSessions(with: outsider, on: scene.bench)
        var stanza = try scene.client.groupStanza("hi", to: scene.group, id: "3EB001", on: scene.bench)
        var children = stanza.children
        let extra = Node(
            "to", ["jid": .jid(outsider[0].jid)], [try scene.client.encNode(WAMessage(), for: outsider[0].peer)])
        let index = try #require(children.firstIndex { $0.tag == "participants" })
        children[index].content = .nodes(children[index].children + [extra])
        stanza.content = .nodes(children)
        _ = try scene.client.send(stanza, on: scene.bench)
        #expect(scene.bench.violations == [.notInGroup])
        #expect(try scene.texts(on: DeviceAddress("15559998888")).isEmpty)
    }

    @Test("One iteration of a sender key for two messages is a violation")
    func iterationTwice() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        let before = try #require(scene.client.ownSenderKeys[scene.group])
        _ = try scene.client.say("two", inGroup: scene.group, id: "3EB002", on: scene.bench)
        scene.client.ownSenderKeys[scene.group] = before
        _ = try scene.client.say("three", inGroup: scene.group, id: "3EB003", on: scene.bench)
        #expect(scene.bench.violations.contains(.ratchetKeyReuse))
    }

    @Test("A sender-key message that its sender did not sign is a violation, and asked for again")
    func wrongSignature() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        var stanza = try scene.client.groupStanza("two", to: scene.group, id: "3EB002", on: scene.bench)
        var bytes = try #require(stanza.child("enc")?.bytes)
        bytes[bytes.count - 40] ^= 1
        stanza.content = .nodes([Node("enc", ["v": "2", "type": "skmsg"], bytes: bytes)])
        _ = try scene.client.send(stanza, on: scene.bench)
        #expect(Set(scene.bench.violations) == [.senderKeySignature])
        #expect(scene.bench.violations.count == scene.readers.count)
        #expect(scene.client.received.count { $0["type"] == "retry" } == scene.readers.count)
    }

    @Test("Who goes on with a sender key that somebody holds who has left is told on, unless they could not know")
    func notRotated() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        let kept = try #require(scene.client.ownSenderKeys[scene.group])
        func stubborn(_ text: String, _ id: String) throws -> Node {
            scene.client.ownSenderKeys[scene.group]?.holders = []
            var stanza = try scene.client.groupStanza(text, to: scene.group, id: id, on: scene.bench)
            stanza.content = .nodes(stanza.children.filter { $0.tag == "enc" })
            return stanza
        }
        try scene.bench.drive { try $0.removeMembers([GroupScene.cy], from: GroupScene.id) }
        scene.client.ownSenderKeys[scene.group] = kept
        _ = try scene.client.send(try stubborn("two", "3EB002"), on: scene.bench)
        #expect(scene.bench.violations.isEmpty, "the news is not acknowledged yet")
        try scene.settle()
        _ = try scene.client.send(try stubborn("three", "3EB003"), on: scene.bench)
        #expect(scene.bench.violations == [.senderKeyNotRotated])
        #expect(try scene.texts(on: DeviceAddress(GroupScene.cy)) == ["one"])
        #expect(try scene.texts(on: DeviceAddress(GroupScene.bob)) == ["one", "two", "three"])
    }

    @Test("A key made anew after somebody left reads for all others, and is no violation")
    func rotated() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        try scene.bench.drive { try $0.leaveGroup(GroupScene.id, by: GroupScene.cy) }
        try scene.settle()
        let stanza = try scene.client.groupStanza("two", to: scene.group, id: "3EB002", on: scene.bench)
        #expect(stanza.child("participants")?.children.count == 3)
        _ = try scene.client.send(stanza, on: scene.bench)
        #expect(try scene.texts(on: DeviceAddress(GroupScene.cy)) == ["one"])
        #expect(try scene.texts(on: scene.bobsCompanion) == ["one", "two"])
        #expect(scene.bench.violations.isEmpty)
    }

    // MARK: - Asked again by phones

    @Test("A phone that lost the sender key asks again, and reads what is sent to it alone")
    func phoneLosesKey() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        let cy = DeviceAddress(GroupScene.cy)
        try scene.bench.drive { try $0.loseSessions(of: cy, senderKeys: true) }
        _ = try scene.client.say("two", inGroup: scene.group, id: "3EB002", on: scene.bench)
        let receipt = try scene.client.take("receipt") { $0["type"] == "retry" }
        #expect(receipt.jid("from") == scene.group && receipt["id"] == "3EB002")
        #expect(receipt.jid("participant") == (try scene.jid(GroupScene.cy)))
        let peer = "\(try scene.jid(GroupScene.cy).user):0"
        let keys = try #require(receipt.child("keys"))
        var user = Node("user", [:], keys.children + [try #require(receipt.child("registration"))])
        user.attributes["jid"] = receipt.attributes["participant"]
        scene.client.sessions[peer] = try Session.initiated(
            with: try scene.client.bundle(user), by: scene.client.local, using: &scene.client.random)
        var message = WAMessage()
        message.conversation = "two"
        let key = try #require(scene.client.ownSenderKeys[scene.group])
        message.senderKeyDistributionMessage.groupID = scene.group.description
        message.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = Data(
            try key.record.distribution().bytes)
        var again = Node(
            "message", ["id": "3EB002", "to": .jid(scene.group), "type": "text", "t": "1760000000"],
            [
                try scene.client.encNode(message, for: peer, count: 1),
                Node("device-identity", [:], bytes: scene.client.identityProof),
            ])
        again.attributes["participant"] = receipt.attributes["participant"]
        _ = try scene.client.send(again, on: scene.bench)
        _ = try scene.client.say("three", inGroup: scene.group, id: "3EB003", on: scene.bench)
        #expect(try scene.texts(on: cy) == ["one", "two", "three"])
        #expect(try scene.bench.server.inbox(of: cy).map(\.retryCount) == [0, 1, 0])
        #expect(try scene.texts(on: DeviceAddress(GroupScene.bob)) == ["one", "two", "three"])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("An answer nobody asked for is a violation")
    func unaskedAnswer() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        var message = WAMessage()
        message.conversation = "one"
        let cy = try scene.jid(GroupScene.cy)
        let again = Node(
            "message",
            ["id": "3EB001", "to": .jid(scene.group), "type": "text", "participant": .jid(cy)],
            [
                try scene.client.encNode(message, for: "\(cy.user):0", count: 1),
                Node("device-identity", [:], bytes: scene.client.identityProof),
            ])
        _ = try scene.client.send(again, on: scene.bench)
        #expect(Set(scene.bench.violations) == [.unrequestedRetry, .deliveredTwice])
    }

    // MARK: - From phones

    @Test(
        "What a phone says in a group reaches the client with both names of the author", arguments: Addressing.allCases)
    func fromPhone(addressing: Addressing) throws {
        let scene = try GroupScene(addressing: addressing)
        scene.client.received.removeAll()
        let bob = DeviceAddress(GroupScene.bob)
        let id = try scene.bench.drive { try $0.say("tea?", from: bob, to: GroupScene.id) }
        let stanza = try scene.client.take("message")
        #expect(stanza["id"] == id && stanza["notify"] == "Bob" && stanza["type"] == "text")
        #expect(stanza.jid("from") == scene.group)
        #expect(stanza.jid("participant") == (try scene.jid(GroupScene.bob, addressing)))
        #expect(
            stanza.jid(addressing == .lid ? "participant_pn" : "participant_lid")
                == (try scene.jid(GroupScene.bob, addressing.other)))
        #expect(stanza["addressing_mode"] == (addressing == .lid ? "lid" : "pn"))
        #expect(stanza.children("enc").map { $0["type"] } == ["pkmsg", "skmsg"])
        #expect(try scene.client.openGroup(stanza)?.conversation == "tea?")
        try scene.client.groupReceipt(stanza, on: scene.bench)
        let progress = try scene.bench.server.said(id, by: bob).progress
        #expect(progress[DeviceAddress(GroupScene.ada, 1)]?.deliveredMilliseconds != nil)
        #expect(progress[DeviceAddress(GroupScene.cy)]?.deliveredMilliseconds != nil)
        #expect(progress[scene.bobsCompanion]?.deliveredMilliseconds != nil)
        try scene.bench.drive { _ = try $0.say("now?", from: bob, to: GroupScene.id) }
        let second = try scene.client.take("message")
        #expect(second.children("enc").map { $0["type"] } == ["skmsg"])
        #expect(try scene.client.openGroup(second)?.conversation == "now?")
        try scene.client.groupReceipt(second, on: scene.bench)
        #expect(try scene.texts(on: scene.bobsCompanion) == ["tea?", "now?"])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A companion in the simulator says something in a group, and its own phone reads it as ours")
    func fromCompanion() throws {
        let scene = try GroupScene()
        try scene.bench.drive { _ = try $0.say("from the desk", from: scene.bobsCompanion, to: GroupScene.id) }
        let stanza = try scene.client.take("message")
        #expect(stanza.child("device-identity") != nil)
        #expect(try scene.client.openGroup(stanza)?.conversation == "from the desk")
        let own = try scene.bench.server.inbox(of: DeviceAddress(GroupScene.bob))
        #expect(own.map(\.text) == ["from the desk"] && own.map(\.isFromMe) == [true])
    }

    @Test("After somebody left, a phone takes a new key that they do not get")
    func phoneRotates() throws {
        let scene = try GroupScene()
        let bob = DeviceAddress(GroupScene.bob)
        try scene.bench.drive { _ = try $0.say("one", from: bob, to: GroupScene.id) }
        let first = try scene.client.take("message")
        _ = try scene.client.openGroup(first)
        try scene.client.groupReceipt(first, on: scene.bench)
        try scene.bench.drive { server in
            try server.removeMembers([GroupScene.cy], from: GroupScene.id)
            _ = try server.say("two", from: bob, to: GroupScene.id)
        }
        let second = try scene.client.take("message")
        #expect(second.children("enc").count == 2, "the new key comes with it")
        func key(_ node: Node) throws -> UInt32 {
            try SenderKeyMessage(parsing: try #require(node.children("enc").last?.bytes)).id
        }
        #expect(try key(first) != key(second))
        #expect(try scene.client.openGroup(second)?.conversation == "two")
        #expect(try scene.texts(on: DeviceAddress(GroupScene.cy)) == ["one"])
        #expect(throws: SimulatorError.refusedInGroup(code: 403, "not a member")) {
            try scene.bench.server.say("three", from: DeviceAddress(GroupScene.cy), to: GroupScene.id)
        }
    }

    @Test("After somebody's phone was set up anew, a phone takes a new key for all")
    func keyAfterReregistration() throws {
        let scene = try GroupScene()
        let bob = DeviceAddress(GroupScene.bob)
        try scene.bench.drive { server in
            _ = try server.say("between us", from: bob, to: GroupScene.cy)
            _ = try server.say("one", from: bob, to: GroupScene.id)
        }
        let first = try scene.client.take("message")
        _ = try scene.client.openGroup(first)
        try scene.client.groupReceipt(first, on: scene.bench)
        try scene.bench.drive { try $0.reregister(GroupScene.cy) }
        try scene.bench.pass(milliseconds: 10)
        try scene.bench.drive { _ = try $0.say("two", from: bob, to: GroupScene.id) }
        let second = try scene.client.take("message")
        #expect(second.children("enc").count == 2, "the new key comes with it")
        #expect(try scene.client.openGroup(second)?.conversation == "two")
        #expect(try scene.texts(on: DeviceAddress(GroupScene.cy)) == ["two"])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A phone answers a client's retry receipt in a group with the message and the key, to it alone")
    func phoneAnswersRetry() throws {
        let scene = try GroupScene()
        let bob = DeviceAddress(GroupScene.bob)
        let id = try scene.bench.drive { try $0.say("again please", from: bob, to: GroupScene.id) }
        let stanza = try scene.client.take("message")
        _ = try scene.client.openGroup(stanza)
        scene.client.senderKeys = [:]
        try scene.client.groupRetry(stanza, on: scene.bench)
        let again = try scene.client.take("message")
        #expect(again["id"] == id && again.jid("from") == scene.group)
        #expect(again.children("enc").map { $0["count"] } == ["1"])
        #expect(again.jid("participant") == stanza.jid("participant"))
        #expect(try scene.client.openGroup(again)?.conversation == "again please")
        try scene.client.groupReceipt(again, on: scene.bench)
        try scene.bench.drive { _ = try $0.say("next", from: bob, to: GroupScene.id) }
        #expect(try scene.client.openGroup(try scene.client.take("message"))?.conversation == "next")
        #expect(try scene.texts(on: DeviceAddress(GroupScene.cy)) == ["again please", "next"])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("Reading in a group tells the author who read, and the reader's own other devices")
    func reading() throws {
        let scene = try GroupScene()
        let other = try ScriptedClient.linked(to: GroupScene.bob, seed: 72, on: scene.bench)
        _ = try scene.client.say("read me", inGroup: scene.group, id: "3EB001", on: scene.bench)
        scene.client.received.removeAll()
        other.received.removeAll()
        try scene.bench.drive { try $0.read(["3EB001"], on: DeviceAddress(GroupScene.bob)) }
        let read = try scene.client.take("receipt")
        #expect(read["type"] == "read" && read.jid("from") == scene.group)
        #expect(read.jid("participant") == (try scene.jid(GroupScene.bob)))
        let own = try other.take("receipt")
        #expect(own["type"] == "read-self" && own.jid("from") == scene.group)
    }

    @Test("Automatic answers stay out of groups unless asked for")
    func automaticAnswers() throws {
        let scene = try GroupScene()
        try scene.bench.drive { try $0.setAutomaticAnswer("You said: {text}", of: GroupScene.bob) }
        _ = try scene.client.say("ping", inGroup: scene.group, id: "3EB001", on: scene.bench)
        try scene.bench.pass(milliseconds: 1_000)
        #expect(!scene.client.has("message"))
        try scene.bench.drive { try $0.setAutomaticAnswer("You said: {text}", of: GroupScene.bob, inGroups: true) }
        _ = try scene.client.say("pong", inGroup: scene.group, id: "3EB002", on: scene.bench)
        try scene.bench.pass(milliseconds: 1_000)
        let answer = try scene.client.take("message")
        #expect(try scene.client.openGroup(answer)?.conversation == "You said: pong")
        #expect(answer.jid("from") == scene.group)
    }

    @Test("A phone that was off reads the group when it is back, and a client after its login")
    func offline() throws {
        let scene = try GroupScene()
        let cy = DeviceAddress(GroupScene.cy)
        try scene.bench.drive { try $0.setPower(false, of: cy) }
        _ = try scene.client.say("wake up", inGroup: scene.group, id: "3EB001", on: scene.bench)
        try scene.bench.disconnect(scene.client)
        try scene.bench.drive { server in
            _ = try server.say("while you were away", from: DeviceAddress(GroupScene.bob), to: GroupScene.id)
            try server.setPower(true, of: cy)
        }
        #expect(try scene.texts(on: cy) == ["wake up", "while you were away"])
        scene.client.received.removeAll()
        try scene.client.logIn(on: scene.bench)
        let stanza = try scene.client.take("message")
        #expect(stanza["offline"] != nil)
        #expect(try scene.client.openGroup(stanza)?.conversation == "while you were away")
        #expect(scene.client.has("receipt") { $0["id"] == "3EB001" })
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("Sessions and sender keys lost by plan are asked for again without a violation", arguments: [true, false])
    func faults(loseSenderKeys: Bool) throws {
        let scene = try GroupScene()
        _ = try scene.client.say("first", inGroup: scene.group, id: "3EB001", on: scene.bench)
        var plan = FaultPlan(seed: 5)
        plan.lostSessions = 1_000
        plan.loseSenderKeys = loseSenderKeys
        try scene.bench.drive { $0.setFaults(plan) }
        _ = try scene.client.say("second", inGroup: scene.group, id: "3EB002", on: scene.bench)
        let retries = scene.client.received.count { $0["type"] == "retry" }
        #expect(retries == (loseSenderKeys ? scene.readers.count : 0))
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A hundred members read what one of them says")
    func hundred() throws {
        let bench = SimulatorBench()
        let numbers = (0..<100).map { String(4_915_000_000_000 + $0) }
        try bench.drive { server in
            for number in numbers { try server.addPhone(number) }
            let id = try server.addGroup("Many of us", members: numbers)
            for text in ["hello", "again"] { _ = try server.say(text, from: DeviceAddress(numbers[0]), to: id) }
        }
        for number in numbers.dropFirst() {
            #expect(try bench.server.inbox(of: DeviceAddress(number)).map(\.text) == ["hello", "again"])
        }
        #expect(bench.server.counters.retriesRequested == 0)
        #expect(bench.violations.isEmpty)
    }

    @Test("A message for a thousand members waits for each of them")
    func thousand() throws {
        let scene = try GroupScene()
        let numbers = (0..<1_000).map { String(4_915_000_000_000 + $0) }
        let id = try scene.bench.drive { server in
            for number in numbers {
                try server.addPhone(number)
                try server.setPower(false, of: DeviceAddress(number))
            }
            return try server.addGroup("All of us", members: [GroupScene.ada] + numbers)
        }
        // Keys for a thousand new phones take seconds to make, so nobody gets any: what counts is the server's part.
        var stanza = try scene.client.groupStanza("hello", to: scene.group, id: "3EB001", on: scene.bench)
        stanza.attributes["to"] = .jid(JID(id, .group))
        stanza.attributes["phash"] = nil
        stanza.content = .nodes(stanza.children.filter { $0.tag == "enc" })
        #expect(try scene.client.send(stanza, on: scene.bench)["error"] == nil)
        #expect(try scene.client.groupInfo(JID(id, .group), on: scene.bench)["size"] == "1001")
        for phone in scene.bench.server.snapshot().phones where phone.number.hasPrefix("4915") {
            #expect(phone.devices.map(\.waitingCount) == [1], "\(phone.number)")
        }
    }
}
