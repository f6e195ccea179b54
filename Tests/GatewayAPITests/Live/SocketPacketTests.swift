import StrictJSON
import TestSupport
import Testing

@testable import GatewayAPI

@Suite("Packets of Socket.IO")
struct SocketPacketTests {
    private static func object(_ name: String, _ text: String) -> JSONValue {
        .object(JSONObject([.init(name: name, value: .string(text))]))
    }

    /// From the specification's text.
    static let vectors: [(String, SocketPacket)] = [
        ("0", .connect(namespace: "/", auth: nil)),
        (
            #"0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}"#,
            .connect(namespace: "/admin", auth: object("sid", "oSO0OpakMV_3jnilAAAA"))
        ),
        (#"4{"message":"Not authorized"}"#, .connectError(namespace: "/", data: object("message", "Not authorized"))),
        (#"2["foo"]"#, .event(namespace: "/", name: "foo", arguments: [], acknowledgement: nil)),
        (#"2/admin,["bar"]"#, .event(namespace: "/admin", name: "bar", arguments: [], acknowledgement: nil)),
        (#"212["foo"]"#, .event(namespace: "/", name: "foo", arguments: [], acknowledgement: 12)),
        (#"3/admin,13["bar"]"#, .acknowledgement(namespace: "/admin", id: 13, arguments: [.string("bar")])),
        ("1", .disconnect(namespace: "/")),
        ("1/admin,", .disconnect(namespace: "/admin")),
    ]

    @Test("are read and written as the specification shows them", arguments: vectors.indices)
    func packets(index: Int) throws {
        let (text, packet) = Self.vectors[index]
        #expect(try SocketPacket(Array(text.utf8)) == packet)
        #expect(String(decoding: packet.bytes, as: UTF8.self) == text)
    }

    @Test("with binary parts are told apart, and what they say is not read")
    func binary() throws {
        let text = #"52-/admin,7["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#
        #expect(
            try SocketPacket(Array(text.utf8)) == .binary(namespace: "/admin", attachmentCount: 2, acknowledgement: 7))
        #expect(throws: SocketError.invalidAttachmentCount) { try SocketPacket(Array("5999-[]".utf8)) }
        #expect(throws: SocketError.invalidAttachmentCount) { try SocketPacket(Array("5[]".utf8)) }
    }

    @Test(
        "that break the form are refused",
        arguments: [
            "", "7", "2", "2{}", "2[]", "2[1]", "2/x,", "3[]", "3/x,7{}", "0/x,7", "0{", "4",
            "21234567890123456[\"a\"]",
            "2[\"a\"]x", "0/" + String(repeating: "n", count: 300),
        ])
    func refused(text: String) {
        #expect(throws: SocketError.self) { try SocketPacket(Array(text.utf8)) }
    }

    @Test("Damaged packets are read or refused, and what is read means the same when it is written")
    func damaged() throws {
        let inputs =
            Self.vectors.map { Array($0.0.utf8) } + [
                Array(
                    #"2/events,7["message",{"type":"subscribe","sessionId":"*","events":["*"],"requestId":"r1"}]"#.utf8)
            ]
        try withMutations(of: inputs) { damaged, _ in
            guard let packet = try? SocketPacket(damaged) else { return }
            if case .binary = packet { return }
            if case .event(_, _, let arguments, _) = packet { _ = try? ClientFrame(arguments.first) }
            let again = try SocketPacket(packet.bytes)
            #expect(again == packet)
        }
    }
}

@Suite("A dialogue in Socket.IO")
struct SocketDialogueTests {
    private static let joinEvents = Array(#"0/events,{"apiKey":"k"}"#.utf8)

    private func received(_ text: String, _ dialogue: inout SocketDialogue) -> [SocketDialogue.Action] {
        dialogue.received(Array(text.utf8), socketID: "main")
    }

    @Test("lets into /events who is admitted, into / everybody, and nowhere else")
    func joining() {
        var dialogue = SocketDialogue()
        #expect(!dialogue.hasJoined)
        let auth = JSONValue.object(JSONObject([.init(name: "apiKey", value: .string("k"))]))
        #expect(dialogue.received(Self.joinEvents, socketID: "") == [.joinRequested(auth: auth)])
        let sid = JSONValue.object(JSONObject([.init(name: "sid", value: .string("s1"))]))
        #expect(dialogue.join(socketID: "s1") == [.send(.connect(namespace: "/events", auth: sid))])
        let main = JSONValue.object(JSONObject([.init(name: "sid", value: .string("main"))]))
        #expect(received("0", &dialogue) == [.send(.connect(namespace: "/", auth: main))])
        let error = JSONValue.object(JSONObject([.init(name: "message", value: .string("Invalid namespace"))]))
        #expect(received("0/admin,", &dialogue) == [.send(.connectError(namespace: "/admin", data: error))])
        #expect(received("0", &dialogue) == [.close])
    }

    @Test("passes on events, and refuses what comes before joining")
    func events() {
        var dialogue = SocketDialogue()
        #expect(received(#"2/events,["message"]"#, &dialogue) == [.close])
        _ = dialogue.received(Self.joinEvents, socketID: "")
        _ = dialogue.join(socketID: "s1")
        #expect(
            received(#"2/events,7["message",1]"#, &dialogue)
                == [.event(name: "message", arguments: [.number(.integer(1))], acknowledgement: 7)])
        #expect(received("3/events,1[]", &dialogue) == [])
        #expect(received("nonsense", &dialogue) == [.close])
    }

    @Test("answers an event with binary parts, and skips these")
    func binary() {
        var dialogue = SocketDialogue()
        _ = dialogue.received(Self.joinEvents, socketID: "")
        _ = dialogue.join(socketID: "s1")
        #expect(
            received(#"51-/events,3["message",{"_placeholder":true,"num":0}]"#, &dialogue) == [
                .binaryEvent(acknowledgement: 3)
            ])
        #expect(dialogue.receivedBinary() == [])
        #expect(dialogue.receivedBinary() == [.close])
    }

    @Test("ends when the last namespace is left, by either side")
    func leaving() {
        var dialogue = SocketDialogue()
        _ = dialogue.received(Self.joinEvents, socketID: "")
        _ = dialogue.join(socketID: "s1")
        #expect(dialogue.disconnect() == [.send(.disconnect(namespace: "/events")), .close])
        #expect(dialogue.disconnect() == [])
        _ = dialogue.received(Self.joinEvents, socketID: "")
        _ = dialogue.join(socketID: "s2")
        #expect(received("1/events,", &dialogue) == [.left, .close])
    }
}
