import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("Status posts")
struct StatusTests {
    private let bob = DeviceAddress(GroupScene.bob)
    private let cy = DeviceAddress(GroupScene.cy)
    private let ada = DeviceAddress(GroupScene.ada)

    /// Bob knows Ada; Cy is a stranger.
    private func scene() throws -> GroupScene {
        let scene = try GroupScene()
        try scene.bench.drive { _ = try $0.say("hello", from: bob, to: GroupScene.ada) }
        _ = try scene.client.open(try scene.client.take("message"))
        return scene
    }

    @Test("A post reaches whom its author knows, with the key first, and its viewers are told to the author")
    func post() throws {
        let scene = try scene()
        let id = try scene.bench.drive { try $0.say("sunny", from: bob, to: SimulatedServer.statusName) }
        let node = try scene.client.take("message") { $0["id"] == id }
        #expect(try node.jid("from") == .statusBroadcast && node.jid("participant") == (scene.jid(GroupScene.bob)))
        #expect(node.jid("participant_pn") == JID(GroupScene.bob, .user) && node["addressing_mode"] == "lid")
        #expect(try scene.client.openGroup(node)?.conversation == "sunny")
        try scene.client.groupReceipt(node, type: "read", on: scene.bench)
        let client = DeviceAddress(GroupScene.ada, scene.client.device)
        #expect(try scene.bench.server.said(id, by: bob).progress[client]?.readMilliseconds != nil)
        #expect(try scene.bench.server.inboxMessage(id, of: scene.bobsCompanion).isFromMe)
        #expect(throws: SimulatorError.unknownMessage(id)) { try scene.bench.server.inboxMessage(id, of: cy) }
        let second = try scene.bench.drive { try $0.say("rainy", from: bob, to: SimulatedServer.statusName) }
        let next = try scene.client.take("message") { $0["id"] == second }
        #expect(next.children("enc").count == 1, "the key is there already")
        #expect(try scene.client.openGroup(next)?.conversation == "rainy")
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("Who is no longer in the audience sees nothing more; what cannot be read is asked for again")
    func audience() throws {
        let scene = try scene()
        _ = try scene.bench.drive { try $0.say("one", from: bob, to: SimulatedServer.statusName) }
        scene.client.received.removeAll()
        try scene.bench.drive { server in
            try server.setStatusAudience([GroupScene.cy], of: GroupScene.bob)
            _ = try server.say("two", from: bob, to: SimulatedServer.statusName)
        }
        #expect(!scene.client.has("message"))
        #expect(try scene.texts(on: cy) == ["two"])
        try scene.bench.drive { server in
            try server.setStatusAudience([GroupScene.ada], of: GroupScene.bob)
            _ = try server.say("three", from: bob, to: SimulatedServer.statusName)
        }
        let node = try scene.client.take("message")
        try scene.client.groupRetry(node, on: scene.bench)
        let again = try scene.client.take("message") { $0["id"] == node["id"] }
        #expect(again.jid("from") == .statusBroadcast && again.child("enc")?["count"] == "1")
        #expect(try scene.client.openGroup(again)?.conversation == "three")
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A client's post is read by whom it was encrypted for, and by nobody else")
    func clientPosts() throws {
        let scene = try scene()
        let targets = try scene.client.devices(
            of: [try scene.jid(GroupScene.bob), scene.client.lid.account], on: scene.bench)
        try scene.client.startSessions(with: targets, on: scene.bench)
        var record = SenderKeyRecord.created(using: &scene.client.random)
        var gift = WAMessage()
        gift.senderKeyDistributionMessage.groupID = JID.statusBroadcast.description
        gift.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = Data(try record.distribution().bytes)
        let people = try targets.map {
            Node("to", ["jid": .jid($0.jid)], [try scene.client.encNode(gift, for: $0.peer)])
        }
        var text = WAMessage()
        text.conversation = "mine"
        func post(_ id: String, _ participants: [Node]) throws {
            let shared = try record.encrypt(
                MessagePadding.pad(text.encoded(), using: &scene.client.random), using: &scene.client.random)
            let children =
                participants.isEmpty
                ? []
                : [
                    Node("participants", [:], participants),
                    Node("device-identity", [:], bytes: scene.client.identityProof),
                ]
            let ack = try scene.client.send(
                Node(
                    "message", ["id": .text(id), "to": .jid(.statusBroadcast), "type": "text"],
                    children + [Node("enc", ["v": "2", "type": "skmsg"], bytes: shared)]), on: scene.bench)
            #expect(ack["error"] == nil && ack["t"] != nil)
        }
        try post("3EB0A1", people)
        try post("3EB0A2", [])
        for reader in [bob, scene.bobsCompanion, ada] {
            let posts = try scene.bench.server.inbox(of: reader).filter { $0.chat == .statusBroadcast }
            #expect(posts.map(\.id) == ["3EB0A1", "3EB0A2"], "\(reader)")
        }
        #expect(try scene.bench.server.inbox(of: cy).isEmpty)
        #expect(scene.client.received.count { $0.tag == "receipt" && $0.jid("from") == .statusBroadcast } == 4)
        let reaction = try scene.bench.drive {
            try $0.say(Utterance(.reaction("❤️", to: "3EB0A1")), from: bob, to: GroupScene.ada)
        }
        let node = try scene.client.take("message") { $0["id"] == reaction }
        let key = try scene.client.open(node).reactionMessage.key
        #expect(key.remoteJid == "status@broadcast" && key.participant == scene.client.lid.account.description)
        #expect(try scene.bench.server.inboxMessage("3EB0A1", of: ada).changes.reactions.map(\.emoji) == ["❤️"])
        #expect(scene.bench.violations.isEmpty)
    }
}
