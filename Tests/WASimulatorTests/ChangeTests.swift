import Testing
import WABinary
import WAProto
import WASimulator

@Suite("Changes of people and groups")
struct ChangeTests {
    private let bob = DeviceAddress(GroupScene.bob)
    private static let newNumber = "15559998888"

    @Test("Who moves to another number is announced with both, and goes on talking from there")
    func number() throws {
        let scene = try GroupScene()
        try scene.settle()
        _ = try scene.bench.drive { try $0.say("hello", from: bob, to: GroupScene.ada) }
        _ = try scene.client.open(try scene.client.take("message"))
        let oldLID = try scene.jid(GroupScene.bob)
        try scene.bench.drive { try $0.changeNumber(of: GroupScene.bob, to: Self.newNumber) }
        let newLID = try scene.jid(Self.newNumber)
        let note = try scene.client.take("notification") { $0["type"] == "contacts" }
        let modify = try #require(note.child("modify"))
        #expect(modify.jid("old") == JID(GroupScene.bob, .user) && modify.jid("new") == JID(Self.newNumber, .user))
        #expect(modify.jid("old_lid") == oldLID && modify.jid("new_lid") == newLID)
        let inGroup = try scene.client.takeNews("modify", of: scene.group, on: scene.bench)
        #expect(inGroup.jid("participant") == oldLID)
        #expect(inGroup.child("modify")?.child("participant")?.jid("jid") == newLID)
        #expect(try scene.bench.server.group(GroupScene.id).members.map(\.number).contains(Self.newNumber))
        #expect(throws: SimulatorError.unknownPhone(GroupScene.bob)) { try scene.bench.server.phone(GroupScene.bob) }
        try scene.settle()
        let ack = try scene.client.say("still there?", to: newLID, id: "3EB0A1", on: scene.bench)
        #expect(ack["error"] == nil)
        #expect(try scene.texts(on: DeviceAddress(Self.newNumber)).last == "still there?")
        let said = try scene.bench.drive {
            try $0.say("yes", from: DeviceAddress(Self.newNumber), to: GroupScene.id)
        }
        let node = try scene.client.take("message") { $0["id"] == said }
        #expect(try scene.client.openGroup(node)?.conversation == "yes")
        let late = Node(
            "message", ["id": "3EB0A2", "to": .jid(JID(GroupScene.bob, .user)), "type": "text"],
            [Node("participants", [:], [])])
        #expect(try scene.client.send(late, on: scene.bench)["error"] == "404")
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A number that somebody has cannot be moved to")
    func takenNumber() throws {
        let scene = try GroupScene()
        #expect(throws: SimulatorError.phoneExists(GroupScene.cy)) {
            try scene.bench.drive { try $0.changeNumber(of: GroupScene.bob, to: GroupScene.cy) }
        }
        #expect(try scene.bench.server.phone(GroupScene.bob).number == GroupScene.bob)
    }

    @Test("Admins hear who asks to join, and who is turned away or thinks better of it")
    func requests() throws {
        let scene = try GroupScene()
        let dan = "15553332222"
        try scene.bench.drive { server in
            try server.addPhone(dan)
            try server.setGroup(.approval(true), of: GroupScene.id)
        }
        let code = try scene.bench.server.group(GroupScene.id).inviteCode
        try scene.settle()
        for isWithdrawn in [true, false] {
            try scene.bench.drive { try $0.joinGroup(byInviteCode: code, by: dan) }
            let asked = try scene.client.takeNews("created_membership_requests", of: scene.group, on: scene.bench)
            #expect(
                asked.child("created_membership_requests")?.child("requested_user")?.jid("jid") == (try scene.jid(dan)))
            try scene.bench.drive { server in
                if isWithdrawn {
                    try server.withdrawRequest(to: GroupScene.id, by: dan)
                } else {
                    try server.decideRequests(approving: false, of: [dan], in: GroupScene.id)
                }
            }
            let gone = try scene.client.takeNews("revoked_membership_requests", of: scene.group, on: scene.bench)
            #expect(
                gone.child("revoked_membership_requests")?.child("participant")?.jid("jid") == (try scene.jid(dan)))
            #expect(gone.jid("participant") == (try scene.jid(isWithdrawn ? dan : GroupScene.ada)))
        }
        try scene.bench.drive { server in
            try server.joinGroup(byInviteCode: code, by: dan)
            try server.decideRequests(approving: true, of: [dan], in: GroupScene.id)
        }
        let added = try scene.client.takeNews("add", of: scene.group, on: scene.bench)
        #expect(added.child("add")?["reason"] == "invite")
        #expect(throws: SimulatorError.refusedInGroup(code: 404, "item-not-found")) {
            try scene.bench.drive { try $0.withdrawRequest(to: GroupScene.id, by: dan) }
        }
    }

    @Test("Who is invited by a message comes by it, once")
    func invitation() throws {
        let scene = try GroupScene()
        let dan = "15553332222"
        try scene.bench.drive { try $0.addPhone(dan) }
        try scene.settle()
        let id = try scene.bench.drive {
            try $0.say(
                Utterance(.groupInvitation(GroupScene.id, caption: nil)), from: DeviceAddress(GroupScene.ada), to: dan)
        }
        let shown = try scene.bench.server.inboxMessage(id, of: DeviceAddress(dan)).content.invitation
        #expect(shown?.code.isEmpty == false && shown?.name == "Tea")
        try scene.bench.drive { try $0.acceptInvitation(to: GroupScene.id, by: dan) }
        let added = try scene.client.takeNews("add", of: scene.group, on: scene.bench)
        #expect(added.child("add")?.child("participant")?.jid("jid") == (try scene.jid(dan)))
        #expect(throws: SimulatorError.refusedInGroup(code: 410, "gone")) {
            try scene.bench.drive { try $0.acceptInvitation(to: GroupScene.id, by: dan) }
        }
    }

    @Test("A group that is deleted says why")
    func deletion() throws {
        let scene = try GroupScene()
        try scene.settle()
        try scene.bench.drive { try $0.deleteGroup(GroupScene.id) }
        let note = try scene.client.takeNews("delete", of: scene.group, on: scene.bench)
        #expect(note.child("delete")?["reason"] == "deleted")
        #expect(throws: SimulatorError.unknownGroup(GroupScene.id)) { try scene.bench.server.group(GroupScene.id) }
    }
}
