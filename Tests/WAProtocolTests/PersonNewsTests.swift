import FoundationEssentials
import Testing
import WABinary
import WAProto
import WAProtocol

@Suite("Notifications about people")
struct PersonNewsTests {
    private static let person = JID("628111111111", .user)
    private static let other = JID("628122222222", .user)

    private func read(_ type: String, from: JID = person, _ children: [Node]) throws -> (NotificationStanza.Content, [AddressMapping]) {
        let node = Node("notification", ["type": .text(type), "from": .jid(from), "id": "1", "t": "5"], children)
        let stanza = try #require(NotificationStanza(node))
        return (stanza.content, stanza.addressMappings)
    }

    @Test("Pictures, abouts and blocks are read, of others and of ourselves")
    func kinds() throws {
        let group = JID("1203630", .group)
        #expect(try read("picture", [Node("set", ["id": "7"])]).0 == .people([.picture(of: Self.person, id: "7")]))
        #expect(
            try read("picture", from: group, [Node("delete", ["jid": .jid(group)])]).0
                == .people([.picture(of: group, id: nil)]))
        #expect(try read("picture", [Node("request")]).0 == .other(type: "picture"))
        #expect(try read("status", [Node("set", [:], bytes: Array("Busy".utf8))]).0 == .people([.about(of: Self.person, "Busy")]))
        #expect(try read("account_sync", [Node("blocklist", ["dhash": "1"])]).0 == .people([.blocklistChanged]))
        let category = Node("category", ["name": "readreceipts", "value": "none"])
        #expect(
            try read("account_sync", [Node("privacy", [:], [category])]).0
                == .people([.privacy(["readreceipts": "none"])]))
        let items = [Node("item", ["action": "block", "jid": .jid(Self.other)]), Node("item", ["action": "unblock", "jid": .jid(Self.person)])]
        #expect(
            try read("account_sync", [Node("blocklist", [:], items)]).0
                == .people([.blocked(Self.other, true), .blocked(Self.person, false)]))
        #expect(try read("account_sync", [Node("blocklist", [:], items + [Node("item")])]).0 == .people([.blocklistChanged]))
        #expect(try read("account_sync", [Node("privacy")]).0 == .other(type: "account_sync"))
        #expect(try read("server_sync", [Node("collection", ["name": "regular"])]).0 == .appStateChanged(["regular"]))
    }

    @Test("A changed number comes with the LID it belongs to")
    func number() throws {
        let lid = JID("100000000000001", .lid)
        let modify = Node(
            "modify", ["old": .jid(Self.person), "new": .jid(Self.other), "old_lid": .jid(lid), "new_lid": .jid(lid)])
        let (content, mappings) = try read("contacts", [modify])
        #expect(content == .people([.numberChanged(from: Self.person, to: Self.other)]))
        #expect(mappings == [AddressMapping(Self.other, lid)])
    }

    @Test("A business is known by the name in its certificate")
    func business() throws {
        var details = WAVerifiedNameCertificate.Details()
        details.verifiedName = "Bakery"
        var certificate = WAVerifiedNameCertificate()
        certificate.details = Data(details.encoded())
        #expect(
            try read("business", [Node("verified_name", [:], bytes: certificate.encoded())]).0
                == .people([.businessName(of: Self.person, "Bakery")]))
        #expect(try read("business", [Node("verified_name", [:], bytes: [0xFF])]).0 == .other(type: "business"))
    }

    @Test("Requests about people have the reference's shape")
    func requests() throws {
        let picture = ProfilePictureRequest(of: Self.person.with(device: 2), isPreview: true, privacyToken: [1]).node(id: "1")
        #expect(picture["target"] == Self.person.description && picture["to"] == "s.whatsapp.net")
        #expect(picture.children == [Node("picture", ["type": "preview", "query": "url"], [Node("tctoken", bytes: [1])])])
        let request = ProfilePictureRequest(of: Self.person, isPreview: false)
        #expect(
            try request.parse(Node("iq", [:], [Node("picture", ["id": "7", "url": "https://x", "direct_path": "/v"])]))
                == ProfilePicture(id: "7", url: "https://x", directPath: "/v"))
        #expect(try request.parse(Node("iq", [:], [Node("picture", ["status": "204"])])) == nil)
        #expect(SetProfilePictureRequest(jpeg: nil).node(id: "1").children.isEmpty)
        #expect(SetProfilePictureRequest(group: JID("1", .group), jpeg: [1]).node(id: "1")["target"] == "1@g.us")

        let lid = JID("100000000000001", .lid)
        #expect(
            BlockRequest(person: lid, phone: Self.person, blocks: true).node(id: "1").children
                == [Node("item", ["action": "block", "jid": .jid(lid), "pn_jid": .jid(Self.person)])])
        #expect(
            BlockRequest(person: lid, phone: Self.person, blocks: false).node(id: "1").children
                == [Node("item", ["action": "unblock", "jid": .jid(lid)])])
        let about = AboutRequest(of: Self.person)
        func answer(_ status: Node) -> Node {
            Node("iq", [:], [Node("usync", [:], [Node("list", [:], [Node("user", ["jid": .jid(Self.person)], [status])])])])
        }
        #expect(try about.parse(answer(Node("status", [:], bytes: Array("Busy".utf8)))) == "Busy")
        #expect(try about.parse(answer(Node("status", ["code": "401"]))) == nil)
        #expect(try about.parse(answer(Node("status", [:], [Node("error", ["code": "500"])]))) == nil)
        #expect(SetAboutRequest("Hi").node(id: "1").child("status")?.text == "Hi")
    }
}
