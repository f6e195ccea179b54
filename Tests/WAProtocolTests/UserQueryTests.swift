import TestSupport
import Testing
import WABinary
import WAProtocol

@Suite("Questions about users")
struct UserQueryTests {
    @Test("Device lists are asked for as whatsmeow does, byte for byte")
    func deviceListRequest() throws {
        let node = DeviceListRequest(people: [JID("15551234567", .user), JID("100000012345678", .lid, device: 3)])
            .node(id: "73.149-18")
        // binary-nodes.json, "usync devices query", with the iq's id as the query's and without the contact.
        let bytes = [UInt8](
            hex: "f80a1908ff8573b149a18f1679042911fa0003f801f80c79fc03736964ff8573b149a18f6a6d619b8f2d7d13f802"
                + "f8026df802f8030f5445f80176f80271f802f8030e0cfaff8615551234567f03f8030e0cfaff88100000012345678f76")
        #expect(NodeEncoder.encode(node) == bytes)
    }

    @Test("Device lists are read with LIDs, hosted devices and the filter by key index")
    func deviceListReply() throws {
        let reply = usyncReply([
            Node(
                "user", ["jid": .jid(JID("15551234567", .user))],
                [
                    Node(
                        "devices", [:],
                        [
                            Node(
                                "device-list", ["hash": "2:x"],
                                [
                                    Node("device", ["id": "0"]), Node("device", ["id": "12", "key-index": "3"]),
                                    Node("device", ["id": "13"]),
                                    Node("device", ["id": "99", "key-index": "1", "is_hosted": "true"]),
                                    Node("device", ["id": "70000", "key-index": "1"]), Node("device"),
                                ]),
                            Node("key-index-list", ["ts": "1"]),
                        ]),
                    Node("lid", ["val": .jid(JID("1000", .lid))]),
                ]),
            Node(
                "user", ["jid": .jid(JID("15557654321", .user))],
                [
                    Node("devices", [:], [Node("error", ["code": "404", "text": "item-not-found"])])
                ]),
            Node("user"),
        ])
        let lists = try DeviceListRequest(people: []).parse(reply)
        #expect(lists.count == 1)
        #expect(lists[0].person == JID("15551234567", .user) && lists[0].lid == JID("1000", .lid))
        #expect(lists[0].devices.map(\.id) == [0, 12, 99])
        #expect(lists[0].jids[2] == JID("15551234567", .hosted, device: 99))
        #expect(throws: WAProtocolError.self) { try DeviceListRequest(people: []).parse(Node("iq")) }
    }

    @Test("Numbers are asked for as +digits in bytes")
    func contactRequest() {
        let request = ContactCheckRequest(numbers: ["+1 (555) 123-4567"])
        #expect(request.numbers == ["15551234567"])
        let usync = request.node(id: "1").child("usync")
        #expect(usync?["context"] == "interactive" && usync?["mode"] == "query")
        #expect(usync?.child("query")?.children.map(\.tag) == ["contact", "lid"])
        #expect(
            usync?.child("list")?.child("user")?.child("contact")
                == Node("contact", bytes: Array("+15551234567".utf8)))
    }

    @Test("Answers tell who is on WhatsApp, in either addressing")
    func contactReply() throws {
        func contact(_ type: String, _ number: String) -> Node {
            Node("contact", ["type": .text(type)], bytes: Array(number.utf8))
        }
        let answers = try ContactCheckRequest(numbers: []).parse(
            usyncReply([
                Node(
                    "user", ["jid": .jid(JID("15551234567", .user))],
                    [
                        contact("in", "+15551234567"), Node("lid", ["val": .jid(JID("1000", .lid))]),
                    ]),
                Node(
                    "user", ["jid": .jid(JID("2000", .lid)), "pn_jid": .jid(JID("15557654321", .user))],
                    [
                        contact("in", "15557654321@c.us")
                    ]),
                Node("user", ["jid": .jid(JID("3000", .lid))], [contact("in", "+15550000003")]),
                Node("user", ["jid": .jid(JID("15550000004", .user))], [contact("out", "+15550000004")]),
                Node("user", [:], [contact("invalid", "+15550000005")]),
                Node("user", ["jid": .jid(JID("15550000006", .user))]),
                Node("user"),
            ]))
        #expect(
            answers.map(\.number) == [
                "15551234567", "15557654321", "15550000003", "15550000004", "15550000005", "15550000006",
            ])
        #expect(answers.map(\.isOnWhatsApp) == [true, true, true, false, false, false])
        #expect(answers.prefix(3).map(\.lid) == [JID("1000", .lid), JID("2000", .lid), JID("3000", .lid)])
        #expect(answers.prefix(3).map(\.phone?.user) == ["15551234567", "15557654321", "15550000003"])
        #expect(answers[3].phone == nil && answers[3].lid == nil)
    }

    @Test("LIDs of numbers are looked up")
    func lidLookup() throws {
        let request = LIDLookupRequest(phones: [JID("15551234567", .user)])
        #expect(request.node(id: "1").child("usync")?.child("query")?.children.map(\.tag) == ["lid"])
        let mappings = try request.parse(
            usyncReply([
                Node("user", ["jid": .jid(JID("15551234567", .user))], [Node("lid", ["val": .jid(JID("1000", .lid))])]),
                Node("user", ["jid": .jid(JID("15557654321", .user))], [Node("lid")]),
            ]))
        #expect(mappings == [AddressMapping(JID("15551234567", .user), JID("1000", .lid))])
    }

    private func usyncReply(_ users: [Node]) -> Node {
        Node("iq", ["type": "result"], [Node("usync", [:], [Node("result"), Node("list", [:], users)])])
    }
}
