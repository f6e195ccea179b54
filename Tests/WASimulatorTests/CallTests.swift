import Testing
import WABinary
import WASimulator

@Suite("Calls")
struct CallTests {
    private let bob = DeviceAddress(GroupScene.bob)
    private let ada = DeviceAddress(GroupScene.ada)

    private func offer(_ scene: GroupScene, to: String = GroupScene.ada, video: Bool = false) throws -> (String, Node) {
        let id = try scene.bench.drive { try $0.call(to, from: bob, isVideo: video) }
        let node = try scene.client.take("call")
        try scene.client.acknowledge(node, on: scene.bench)
        return (id, node)
    }

    private func answer(_ word: String, _ node: Node, creator: JID? = nil, in scene: GroupScene) throws {
        let offer = try #require(node.child("offer"))
        var child = Node(word, ["call-id": .text(offer["call-id"] ?? ""), "count": "0"])
        child.attributes["call-creator"] = creator.map { .jid($0) } ?? offer.attributes["call-creator"]
        let caller = try #require(node.jid("from")).account
        try scene.bench.send(
            Node("call", ["from": .jid(scene.client.lid), "to": .jid(caller), "id": "C1"], [child]),
            from: scene.client)
        #expect(try scene.client.take("ack") { $0["class"] == "call" }["id"] == "C1")
    }

    @Test("A call rings on every device, by video where there is one, and ends when the caller gives up")
    func timeout() throws {
        let scene = try GroupScene()
        let (id, node) = try offer(scene, video: true)
        let shown = try #require(node.child("offer"))
        #expect(try shown["call-id"] == id && shown.jid("call-creator") == (scene.jid(GroupScene.bob)))
        #expect(shown.jid("caller_pn") == JID(GroupScene.bob, .user) && node["notify"] == "Bob")
        #expect(shown.child("audio") != nil && shown.child("video") != nil && node["t"] != nil)
        #expect(try scene.bench.server.shownCall(id, of: GroupScene.ada).state == .ringing)
        try scene.bench.drive { try $0.endCall(id, on: bob) }
        let end = try #require(try scene.client.take("call").child("terminate"))
        #expect(end["call-id"] == id && end["reason"] == "timeout")
        #expect(try scene.bench.server.shownCall(id, of: GroupScene.bob).state == .ended)
        #expect(throws: SimulatorError.callIsSettled(id)) { try scene.bench.drive { try $0.endCall(id, on: bob) } }
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A client rejects a call: the caller sees by which device")
    func rejected() throws {
        let scene = try GroupScene()
        let (id, node) = try offer(scene)
        #expect(node.child("offer")?.child("video") == nil)
        try answer("reject", node, in: scene)
        let call = try scene.bench.server.shownCall(id, of: GroupScene.bob)
        #expect(call.state == .rejected && call.answeredBy == DeviceAddress(GroupScene.ada, scene.client.device))
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("The link of a call comes in the ack of the wish for one")
    func link() throws {
        let scene = try GroupScene()
        func make(_ media: String, id: String) throws -> Node {
            try scene.bench.send(
                Node("call", ["to": "@call", "id": .text(id)], [Node("link_create", ["media": .text(media)])]),
                from: scene.client)
            return try scene.client.take("ack") { $0["class"] == "call" && $0["id"] == id }
        }
        let first = try make("video", id: "C1")
        let second = try make("audio", id: "C2")
        #expect(first.child("link_create")?["token"]?.isEmpty == false)
        #expect(first.child("link_create")?["token"] != second.child("link_create")?["token"])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("When another device of the account answers, the client hears of it", arguments: [true, false])
    func elsewhere(accepted: Bool) throws {
        let scene = try GroupScene()
        let (id, _) = try offer(scene)
        try scene.bench.drive { try $0.answerCall(id, accepting: accepted, on: ada) }
        let end = try #require(try scene.client.take("call").child("terminate"))
        #expect(end["reason"] == (accepted ? "accepted_elsewhere" : "rejected_elsewhere"))
        let call = try scene.bench.server.shownCall(id, of: GroupScene.ada)
        #expect(call.state == (accepted ? .accepted : .rejected) && call.answeredBy == ada)
    }

    @Test("A call in a group names it, and is rejected only when everybody rejects")
    func group() throws {
        let scene = try GroupScene()
        let (id, node) = try offer(scene, to: GroupScene.id)
        #expect(node.child("offer")?.jid("group-jid") == scene.group)
        try answer("reject", node, in: scene)
        #expect(try scene.bench.server.shownCall(id, of: GroupScene.bob).state == .ringing)
        #expect(try scene.bench.server.shownCall(id, of: GroupScene.ada).state == .rejected)
        try scene.bench.drive { try $0.answerCall(id, accepting: false, on: DeviceAddress(GroupScene.cy)) }
        #expect(try scene.bench.server.shownCall(id, of: GroupScene.bob).state == .rejected)
    }

    @Test("A call of a large group may come as a mere notice")
    func notice() throws {
        let scene = try GroupScene()
        let id = try scene.bench.drive { try $0.call(GroupScene.id, from: bob, isVideo: true, isNotice: true) }
        let notice = try #require(try scene.client.take("call").child("offer_notice"))
        #expect(notice["call-id"] == id && notice["media"] == "video" && notice["type"] == "group")
        #expect(notice.jid("group-jid") == scene.group && notice.children.isEmpty)
    }

    @Test("An answer to a call that nobody made, or to somebody else's, is a violation")
    func violations() throws {
        let scene = try GroupScene()
        let (_, node) = try offer(scene)
        try answer("reject", node, creator: try scene.jid(GroupScene.cy), in: scene)
        #expect(scene.bench.violations == [.malformedStanza])
        let stranger = Node(
            "call", ["from": .jid(try scene.jid(GroupScene.cy)), "id": "x"],
            [Node("offer", ["call-id": "FFFF", "call-creator": .jid(try scene.jid(GroupScene.cy))])])
        try answer("reject", stranger, in: scene)
        #expect(scene.bench.violations == [.malformedStanza, .unknownTarget])
    }

    @Test("An offer waits for a client that is not there, and a receipt takes it off the queue")
    func offline() throws {
        let scene = try GroupScene()
        try scene.settle()
        try scene.bench.disconnect(scene.client)
        _ = try scene.bench.drive { try $0.call(GroupScene.ada, from: bob) }
        try scene.client.logIn(on: scene.bench)
        let node = try scene.client.take("call")
        #expect(node["offline"] != nil)
        let offer = try #require(node.child("offer"))
        try scene.bench.send(
            Node(
                "receipt", ["id": .text(node["id"] ?? ""), "to": .jid(try #require(node.jid("from")))],
                [Node("offer", offer.attributes)]), from: scene.client)
        #expect(try scene.bench.server.phone(GroupScene.ada).devices.last?.waitingCount == 0)
        #expect(scene.bench.violations.isEmpty)
    }
}
