import Testing
import WABinary

@Suite("Nodes")
struct NodeTests {
    private let node = Node(
        "receipt", ["id": "3EB0", "t": "1752021890", "from": .jid(JID("15551234567", .user, device: 2)), "to": "g.us"],
        [Node("item", ["id": "1"]), Node("list"), Node("item", ["id": "2"], bytes: [0x31, 0x32])])

    @Test("Attributes are found by name, in text, number or JID form")
    func attributes() {
        #expect(node["id"] == "3EB0")
        #expect(node.integer("t") == 1_752_021_890)
        #expect(node.integer("id") == nil)
        #expect(node.jid("from") == JID("15551234567", .user, device: 2))
        #expect(node["from"] == "15551234567:2@s.whatsapp.net")
        #expect(node.jid("to") == .groupServer)
        #expect(node["absent"] == nil && node.jid("absent") == nil && node.integer("absent") == nil)
    }

    @Test("Children are found by tag, and data is read as bytes or text")
    func children() {
        #expect(node.child("item")?["id"] == "1")
        #expect(node.children("item").count == 2)
        #expect(node.child("absent") == nil)
        #expect(node.children("item")[1].text == "12")
        #expect(Node("a", text: "12").bytes == [0x31, 0x32])
        #expect(node.bytes == nil && node.text == nil && Node("a").bytes == nil)
    }

    @Test("Order of attributes does not count, names and values do")
    func equality() {
        #expect(Node("a", ["x": "1", "y": "2"]) == Node("a", ["y": "2", "x": "1"]))
        #expect(Node("a", ["x": "1", "y": "2"]) != Node("a", ["x": "1", "z": "2"]))
        #expect(Node("a", ["x": "1", "x": "1"]) != Node("a", ["x": "1", "y": "1"]))
        #expect(Node("a", ["x": "g.us"]) != Node("a", ["x": .jid(.groupServer)]))
        #expect(Node("a") != Node("a", [:], []))
    }

    @Test("Setting an attribute replaces, appends or removes")
    func mutation() {
        var attributes: Attributes = ["x": "1"]
        attributes["y"] = .integer(2)
        attributes["x"] = .boolean(true)
        attributes["absent"] = nil
        #expect(attributes.map(\.name) == ["x", "y"])
        #expect(attributes["x"] == "true")
        attributes["x"] = nil
        #expect(attributes == ["y": "2"])
    }

    @Test("The picture for logs shows no data, no names and no full number")
    func description() {
        let message = Node(
            "message", ["notify": "Alice", "from": .jid(JID("15551234567", .user)), "type": "text"],
            [Node("enc", ["v": "2"], bytes: [1, 2, 3]), Node("body", text: "secret"), Node("empty", [:], [])])
        let picture = message.description
        #expect(!picture.contains("Alice") && !picture.contains("15551234567") && !picture.contains("secret"))
        #expect(picture.contains("<!-- 3 bytes -->") && picture.contains("…4567@s.whatsapp.net"))
        #expect(message.debugDescription.contains("010203") && message.debugDescription.contains("15551234567"))
    }
}
