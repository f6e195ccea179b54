import Foundation
import Testing
import WABinary
import WAProto
import WASimulator

@Suite("Businesses")
struct BusinessTests {
    private let bob = DeviceAddress(GroupScene.bob)

    private static var bakery: Business {
        var bakery = Business(verifiedName: "Bob's Bakery")
        bakery.description = "Bread and cake"
        bakery.address = "Jalan Roti 1"
        bakery.email = "bob@example.com"
        bakery.websites = ["https://example.com"]
        bakery.categories = [.init(id: "150108", name: "Bakery")]
        bakery.timezone = "Asia/Jakarta"
        bakery.hours = [.init(.mon, .specific, openMinute: 420, closeMinute: 1_020), .init(.sun, .byAppointment)]
        return bakery
    }

    private func scene() throws -> GroupScene {
        let scene = try GroupScene()
        try scene.bench.drive { try $0.setBusiness(Self.bakery, of: GroupScene.bob) }
        return scene
    }

    /// The name in the certificate of a `verified_name`, if it has all attributes that whatsmeow demands.
    private func name(in node: Node?) throws -> String {
        let node = try #require(node)
        for attribute in ["v", "host_storage", "actual_actors", "privacy_mode_ts"] {
            #expect(node.integer(attribute) != nil, "\(attribute)")
        }
        #expect(node["verified_level"]?.isEmpty == false)
        let certificate = try WAVerifiedNameCertificate(decoding: try #require(node.bytes))
        return try WAVerifiedNameCertificate.Details(decoding: [UInt8](certificate.details)).verifiedName
    }

    @Test("The name of a business stands in usync and on its messages, and on nobody else's")
    func names() throws {
        let scene = try scene()
        let people = [try scene.jid(GroupScene.bob), try scene.jid(GroupScene.cy)]
        let users = try scene.client.userSync(people, protocols: ["business", "lid"], on: scene.bench)
        #expect(try name(in: users[0].child("business")?.child("verified_name")) == "Bob's Bakery")
        #expect(users[1].child("business") == nil)
        try scene.bench.drive { server in
            _ = try server.say("fresh bread", from: bob, to: GroupScene.ada)
            _ = try server.say("for all", from: bob, to: GroupScene.id)
            _ = try server.say("hi", from: DeviceAddress(GroupScene.cy), to: GroupScene.ada)
        }
        let direct = try scene.client.take("message")
        #expect(try name(in: direct.child("verified_name")) == "Bob's Bakery")
        #expect(try scene.client.open(direct).conversation == "fresh bread")
        #expect(try name(in: scene.client.take("message").child("verified_name")) == "Bob's Bakery")
        #expect(try scene.client.take("message").child("verified_name") == nil)
        #expect(scene.bench.violations.isEmpty)
    }

    private func profile(_ number: String, in scene: GroupScene) throws -> Node? {
        let asked = Node("business_profile", ["v": "244"], [Node("profile", ["jid": .jid(JID(number, .user))])])
        let answer = try scene.client.request("w:biz", "get", [asked], on: scene.bench)
        return try #require(answer.child("business_profile")).child("profile")
    }

    @Test("A profile has what clients read of it; a person has none")
    func profiles() throws {
        let scene = try scene()
        let shown = try #require(try profile(GroupScene.bob, in: scene))
        #expect(shown.jid("jid") == JID(GroupScene.bob, .user))
        #expect(shown.child("description")?.text == "Bread and cake" && shown.child("email")?.text == "bob@example.com")
        #expect(shown.child("address")?.text == "Jalan Roti 1" && shown.child("website")?.text == "https://example.com")
        let category = try #require(shown.child("categories")?.children.first)
        #expect(category["id"] == "150108" && category.text == "Bakery")
        let hours = try #require(shown.child("business_hours"))
        #expect(hours["timezone"] == "Asia/Jakarta" && hours.children.count == 2)
        #expect(hours.children[0]["day_of_week"] == "mon" && hours.children[0]["open_time"] == "420")
        #expect(hours.children[1]["mode"] == "appointment_only" && hours.children[1]["open_time"] == nil)
        #expect(try profile(GroupScene.cy, in: scene) == nil)
    }

    @Test("Contacts hear of a new name, of another profile, and of the end")
    func news() throws {
        let scene = try GroupScene()
        _ = try scene.client.userSync([try scene.jid(GroupScene.bob)], on: scene.bench)
        func told() throws -> Node {
            let note = try scene.client.take("notification") { $0["type"] == "business" }
            #expect(note.jid("from") == JID(GroupScene.bob, .user))
            try scene.client.acknowledge(note, on: scene.bench)
            return try #require(note.children.first)
        }
        try scene.bench.drive { try $0.setBusiness(Self.bakery, of: GroupScene.bob) }
        #expect(try name(in: try told()) == "Bob's Bakery")
        var changed = Self.bakery
        changed.description = "Bread alone"
        try scene.bench.drive { try $0.setBusiness(changed, of: GroupScene.bob) }
        #expect(try told().tag == "profile")
        try scene.bench.drive { try $0.setBusiness(nil, of: GroupScene.bob) }
        #expect(try told().tag == "remove")
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A companion of a business is told the name, and on what kind of phone it is")
    func pairing() throws {
        let scene = try scene()
        let client = ScriptedClient(seed: 75)
        let refs = try client.register(on: scene.bench)
        try scene.bench.drive { try $0.scan(client.qrText(refs[0]), by: GroupScene.bob) }
        let success = try #require(client.received.lazy.compactMap { $0.child("pair-success") }.first)
        #expect(success.child("biz")?["name"] == "Bob's Bakery" && success.child("platform")?["name"] == "smba")
        try client.answerPairSuccess(on: scene.bench)
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A companion of a business changes its profile; a person's is refused")
    func ownProfile() throws {
        let scene = try GroupScene()
        let change = Node(
            "business_profile", ["v": "3", "mutation_type": "delta"],
            [
                Node("address", [:], text: "Jalan Baru 2"), Node("email", [:], text: ""),
                Node(
                    "business_hours", ["timezone": "Asia/Jakarta"],
                    [
                        Node(
                            "business_hours_config",
                            [
                                "day_of_week": "tue", "mode": "specific_hours", "open_time": "99999999999999999999",
                                "close_time": "1",
                            ])
                    ]),
            ])
        let refused = try scene.client.request("w:biz", "set", [change], on: scene.bench)
        #expect(refused.child("error")?["code"] == "403")
        try scene.bench.drive { try $0.setBusiness(Self.bakery, of: GroupScene.ada) }
        let answer = try scene.client.request("w:biz", "set", [change], on: scene.bench)
        #expect(answer["type"] == "result")
        let business = try #require(try scene.bench.server.business(of: GroupScene.ada))
        #expect(business.address == "Jalan Baru 2" && business.email == nil)
        #expect(business.description == "Bread and cake" && business.hours.map(\.day) == [.tue])
    }
}
