import Gateway
import StrictJSON
import Testing

@testable import GatewayAPI

@Suite("Frames in /events")
struct FrameTests {
    private func frame(_ json: String) throws -> ClientFrame {
        try ClientFrame(try JSONReader.read(Array(json.utf8)))
    }

    @Test("of clients are understood; names that are no event are skipped beside some that are")
    func understood() throws {
        let one = try frame(
            #"{"type":"subscribe","sessionId":"*","events":["nonsense","message.received",7,"message.received","*"]}"#)
        guard case .subscribe("*", let events) = one.kind else { throw ClientFrame.Problem.notUnderstood }
        #expect(events.texts == ["message.received", "*"])
        #expect(try frame(#"{"type":"unsubscribe","sessionId":"a-1"}"#).kind == .unsubscribe(session: "a-1"))
        #expect(try frame(#"{"type":"ping"}"#).kind == .ping)
    }

    @Test(
        "that cannot be understood are refused by the rule they break",
        arguments: [
            (#"{"type":"subscribe","events":["*"]}"#, ClientFrame.Problem.invalidSession),
            (#"{"type":"subscribe","sessionId":"a b","events":["*"]}"#, .invalidSession),
            (#"{"type":"subscribe","sessionId":"","events":["*"]}"#, .invalidSession),
            (#"{"type":"subscribe","sessionId":7,"events":["*"]}"#, .invalidSession),
            (#"{"type":"unsubscribe"}"#, .invalidSession),
            (#"{"type":"subscribe","sessionId":"*"}"#, .invalidEvents),
            (#"{"type":"subscribe","sessionId":"*","events":[]}"#, .invalidEvents),
            (#"{"type":"subscribe","sessionId":"*","events":"*"}"#, .invalidEvents),
            (
                #"{"type":"subscribe","sessionId":"*","events":["message.failed","session.reconnect_loop"]}"#,
                .invalidEvents
            ),
            (#"{"type":"shout"}"#, .notUnderstood), (#"{}"#, .notUnderstood), (#""ping""#, .notUnderstood),
            ("null", .notUnderstood),
        ])
    func refused(json: String, problem: ClientFrame.Problem) {
        #expect(throws: problem) { try frame(json) }
    }

    @Test(
        "Answers echo a request's id as it was given, text or number",
        arguments: [
            (#""r1""#, #""requestId":"r1","#), ("7", #""requestId":7,"#), ("-1.5", #""requestId":-1.5,"#), ("null", ""),
            ("[1]", ""), ("true", ""), ("1e999", ""), ("\"" + String(repeating: "x", count: 257) + "\"", ""),
        ])
    func requestIDs(given: String, member: String) throws {
        let value = try JSONReader.read(Array(#"{"type":"ping","requestId":\#(given)}"#.utf8))
        let json = ServerFrame.pong.json(requestID: ClientFrame.requestID(of: value), atMilliseconds: 0)
        #expect(String(decoding: json, as: UTF8.self) == #"{"type":"pong",\#(member)"timestamp":"1970-01-01T00:00:00.000Z"}"#)
    }

    @Test("A subscription tells an event once, by pair or by star, and some only by name")
    func rooms() throws {
        var rooms = Subscription()
        func join(_ session: String, _ names: Subscription.Event...) -> Bool {
            var events = Subscription.Events()
            for name in names { events.insert(name) }
            return rooms.join(session, events)
        }
        #expect(join("a", .one(.messageReceived), .one(.messageReceipt)))
        #expect(join("*", .all))
        #expect(rooms.count == 3)
        #expect(rooms.contains(session: "b", .messageSent))
        #expect(!rooms.contains(session: "b", .messageReceipt))
        #expect(rooms.contains(session: "a", .messageReceipt))
        #expect(!rooms.contains(session: "a", .messageFailed))
        rooms.leave("*")
        #expect(rooms.contains(session: "a", .messageReceived))
        #expect(!rooms.contains(session: "b", .messageReceived))
        for index in 0..<4_094 { #expect(join("s\(index)", .all)) }
        #expect(!join("one-too-many", .all))
        #expect(join("s0", .all))
    }

    @Test("of the server have the contract's members in its order")
    func written() {
        func text(_ frame: ServerFrame, _ id: String? = nil) -> String {
            String(decoding: frame.json(requestID: id.map(JSONValue.string), atMilliseconds: 0), as: UTF8.self)
        }
        let time = #""timestamp":"1970-01-01T00:00:00.000Z""#
        #expect(
            text(.subscribed(session: "a", events: ["*"]), "r1")
                == #"{"type":"subscribed","sessionId":"a","events":["*"],"requestId":"r1",\#(time)}"#)
        #expect(text(.unsubscribed(session: "*")) == #"{"type":"unsubscribed","sessionId":"*",\#(time)}"#)
        #expect(text(.pong, "r2") == #"{"type":"pong","requestId":"r2",\#(time)}"#)
        #expect(
            text(.error(.invalidEvents, "no")) == #"{"type":"error","code":"INVALID_EVENTS","message":"no",\#(time)}"#)
    }

    @Test("Limits: frames by key with a burst, handshakes by address with refunds, sockets by key")
    func limits() {
        let limits = SocketLimits(SocketConfiguration())
        for _ in 0..<120 { #expect(limits.frame(keyID: "k", nowMilliseconds: 0)) }
        #expect(!limits.frame(keyID: "k", nowMilliseconds: 0))
        #expect(limits.frame(keyID: "other", nowMilliseconds: 0))
        for _ in 0..<60 { #expect(limits.frame(keyID: "k", nowMilliseconds: 1_000)) }
        #expect(!limits.frame(keyID: "k", nowMilliseconds: 1_000))

        for _ in 0..<30 {
            #expect(limits.handshake(from: "192.0.2.1", nowMilliseconds: 0))
            limits.refundHandshake(from: "192.0.2.1")
        }
        for _ in 0..<10 { #expect(limits.handshake(from: "192.0.2.1", nowMilliseconds: 0)) }
        #expect(!limits.handshake(from: "192.0.2.1", nowMilliseconds: 59_999))
        #expect(limits.handshake(from: "192.0.2.2", nowMilliseconds: 0))
        #expect(limits.handshake(from: "192.0.2.1", nowMilliseconds: 60_000))

        for _ in 0..<16 { #expect(limits.socketOpened(keyID: "k")) }
        #expect(!limits.socketOpened(keyID: "k"))
        limits.socketClosed(keyID: "k")
        #expect(limits.socketOpened(keyID: "k"))
    }
}
