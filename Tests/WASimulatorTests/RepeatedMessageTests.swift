import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

/// The whole fan-out once more under the same id, which is how Baileys answers a phone that asked again.
@Suite("Messages sent again as a whole")
struct RepeatedMessageTests {
    private let bob = DeviceAddress(GroupScene.bob)
    private let cy = DeviceAddress(GroupScene.cy)

    /// The client starts a new session from the keys in a retry receipt of somebody's phone.
    private func heed(_ receipt: Node, of number: String, in scene: GroupScene) throws {
        let keys = try #require(receipt.child("keys"))
        let user = Node("user", [:], [try #require(receipt.child("registration"))] + keys.children)
        scene.client.sessions["\(try scene.jid(number).user):0"] = try Session.initiated(
            with: try scene.client.bundle(user), by: scene.client.local, using: &scene.client.random)
    }

    private func takeRetry(_ id: String, in scene: GroupScene) throws -> Node {
        try scene.client.take("receipt") { $0["type"] == "retry" && $0["id"] == id }
    }

    @Test("A phone that asked again reads its part, and the others do not get theirs twice")
    func toPerson() throws {
        let scene = try GroupScene()
        let to = try scene.jid(GroupScene.bob)
        _ = try scene.client.say("first", to: to, id: "3EB001", on: scene.bench)
        try scene.bench.drive { try $0.loseSessions(of: bob) }
        _ = try scene.client.say("second", to: to, id: "3EB002", on: scene.bench)
        #expect(try scene.texts(on: bob) == ["first"])
        try heed(try takeRetry("3EB002", in: scene), of: GroupScene.bob, in: scene)
        let again = try scene.client.textStanza("second", to: to, id: "3EB002", on: scene.bench)
        #expect(try #require(again.child("participants")).children.count == 3)
        let first = try scene.client.send(again, on: scene.bench)
        let second = try scene.client.send(again, on: scene.bench)
        #expect(first["error"] == nil && first["t"] == second["t"])
        #expect(try scene.texts(on: bob) == ["first", "second"])
        #expect(try scene.bench.server.inbox(of: bob).map(\.copyCount) == [1, 1], "the same bytes are dropped")
        #expect(try scene.bench.server.inbox(of: bob).last?.retryCount == 1)
        #expect(try scene.bench.server.inbox(of: scene.bobsCompanion).map(\.copyCount) == [1, 1])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A group's message goes to the phone that asked, with the sender key")
    func toGroup() throws {
        let scene = try GroupScene()
        _ = try scene.client.say("one", inGroup: scene.group, id: "3EB001", on: scene.bench)
        try scene.bench.drive { try $0.loseSessions(of: cy, senderKeys: true) }
        _ = try scene.client.say("two", inGroup: scene.group, id: "3EB002", on: scene.bench)
        try heed(try takeRetry("3EB002", in: scene), of: GroupScene.cy, in: scene)
        let again = try scene.client.groupStanza(
            "two", to: scene.group, id: "3EB002", everybody: true, on: scene.bench)
        _ = try scene.client.send(again, on: scene.bench)
        _ = try scene.client.say("three", inGroup: scene.group, id: "3EB003", on: scene.bench)
        #expect(try scene.texts(on: cy) == ["one", "two", "three"])
        for reader in scene.readers {
            #expect(try scene.bench.server.inbox(of: reader).map(\.copyCount) == [1, 1, 1], "\(reader)")
        }
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A status post too")
    func statusPost() throws {
        let scene = try GroupScene()
        let targets = try scene.client.devices(of: [try scene.jid(GroupScene.bob)], on: scene.bench)
        var record = SenderKeyRecord.created(using: &scene.client.random)
        func post(_ text: String, id: String, withKey: Bool = true) throws {
            var gift = WAMessage()
            gift.senderKeyDistributionMessage.groupID = JID.statusBroadcast.description
            gift.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = Data(
                try record.distribution().bytes)
            try scene.client.startSessions(with: targets, on: scene.bench)
            let people = try targets.map {
                Node("to", ["jid": .jid($0.jid)], [try scene.client.encNode(gift, for: $0.peer)])
            }
            var message = WAMessage()
            message.conversation = text
            let shared = try record.encrypt(
                MessagePadding.pad(message.encoded(), using: &scene.client.random), using: &scene.client.random)
            let children = [
                Node("participants", [:], people), Node("device-identity", [:], bytes: scene.client.identityProof),
                Node("enc", ["v": "2", "type": "skmsg"], bytes: shared),
            ]
            let stanza = Node(
                "message", ["id": .text(id), "to": .jid(.statusBroadcast), "type": "text"],
                withKey ? children : [children[2]])
            #expect(try scene.client.send(stanza, on: scene.bench)["error"] == nil)
        }
        try post("sunny", id: "3EB0A1")
        try scene.bench.drive { try $0.loseSessions(of: bob, senderKeys: true) }
        try post("rainy", id: "3EB0A2", withKey: false)
        try heed(try takeRetry("3EB0A2", in: scene), of: GroupScene.bob, in: scene)
        try post("rainy", id: "3EB0A2")
        #expect(try scene.texts(on: bob) == ["sunny", "rainy"])
        #expect(try scene.bench.server.inbox(of: scene.bobsCompanion).map(\.copyCount) == [1, 1])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("Without a request it is a violation, and nobody gets it")
    func unasked() throws {
        let scene = try GroupScene()
        let to = try scene.jid(GroupScene.bob)
        _ = try scene.client.say("one", to: to, id: "3EB001", on: scene.bench)
        _ = try scene.client.say("one", to: to, id: "3EB001", on: scene.bench)
        #expect(try scene.bench.server.inbox(of: bob).map(\.copyCount) == [1])
        #expect(scene.bench.violations == [.repeatedMessageID])
    }
}
