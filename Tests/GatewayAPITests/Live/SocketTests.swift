import Foundation
import Hummingbird
import Storage
import StrictJSON
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayAPI

@Suite("Socket.IO")
struct SocketTests {
    static let joined = #"40/events,{"sid":""#

    @Test("A client that polls joins, is answered twice, and hears what happens until it leaves")
    func polling() async throws {
        try await withAPI { port, fixture in
            let client = SocketClient(port: port)
            let sid = "&sid=" + (try await client.open())
            #expect(try await client.post(sid, "40/events,{\"apiKey\":\"\(fixture.adminKey)\"}") == "ok")
            #expect(try await client.poll(sid).hasPrefix(Self.joined))
            let subscribe =
                #"42/events,7["message",{"type":"subscribe","sessionId":"*","events":["*"],"requestId":"r1"}]"#
            #expect(try await client.post(sid, subscribe) == "ok")
            var answers = try await client.poll(sid)
            if !answers.contains("\u{1E}") { answers += "\u{1E}" + (try await client.poll(sid)) }
            let expected = #"{"type":"subscribed","sessionId":"*","events":["*"],"requestId":"r1","timestamp":""#
            #expect(answers.hasPrefix(#"42/events,["message",\#(expected)"#))
            #expect(answers.contains(#"43/events,7[\#(expected)"#))

            async let heard = client.poll(sid)
            try await fixture.record("s1", .messageReceived)
            #expect(
                try await heard.contains(
                    #""payload":{"event":"message.received","sessionId":"s1","data":{"sessionId":"s1","qr":"x"}}}]"#))

            async let last = client.poll(sid)
            #expect(try await client.post(sid, "41/events,") == "ok")
            #expect(try await last == "1")
            #expect(try await client.poll(sid) == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    @Test("A polling session moves to a WebSocket, also on a connection that was used before, and loses nothing")
    func upgrade() async throws {
        try await withAPI { port, fixture in
            let client = SocketClient(port: port)
            let id = try await client.open(headers: "X-API-Key: \(fixture.adminKey)\r\n")
            async let poll = client.poll("&sid=" + id)
            _ = try await client.post("&sid=" + id, "40/events,")
            #expect(try await poll.hasPrefix(Self.joined))
            let waiting = Task { try await client.poll("&sid=" + id) }
            let heard = try await withConnection(to: port) { connection in
                try connection.send("GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try connection.receive(answers: 1)
                var socket = RawWebSocket()
                let head = try socket.upgrade("&sid=" + id, on: connection)
                #expect(head.hasPrefix("HTTP/1.1 101"))
                #expect(head.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
                try socket.send("2probe", on: connection)
                #expect(try socket.text(on: connection) == "3probe")
                try socket.send("5", on: connection)
                try socket.send(#"42/events,["message",{"type":"ping","requestId":"r2"}]"#, on: connection)
                return try socket.text(on: connection)
            }
            // It is sent home by the probe, or came only when polling was over.
            let last = try await waiting.value
            #expect(["6", #"{"code":3,"message":"Bad request"}"#].contains(last))
            #expect(heard.hasPrefix(#"42/events,["message",{"type":"pong","requestId":"r2""#))
        }
    }

    @Test("A client with a WebSocket only joins; pings of either kind are answered, and what is no packet ends it")
    func webSocketOnly() async throws {
        try await withAPI { port, fixture in
            try await withConnection(to: port) { [key = fixture.adminKey] connection in
                var socket = RawWebSocket()
                #expect(try socket.upgrade("", on: connection).hasPrefix("HTTP/1.1 101"))
                let open = try socket.text(on: connection)
                #expect(
                    open.hasSuffix(#""upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#))
                try socket.send("40/events,{\"apiKey\":\"\(key)\"}", on: connection)
                #expect(try socket.text(on: connection).hasPrefix(Self.joined))
                try socket.send("still there?", opcode: 9, on: connection)
                let pong = try socket.next(on: connection)
                #expect(pong?.opcode == 10)
                #expect(pong?.text == "still there?")
                try socket.send("nonsense", on: connection)
                #expect(try socket.next(on: connection)?.opcode == 8)
                try socket.send("", opcode: 8, on: connection)
                #expect(try socket.next(on: connection) == nil)
            }
        }
    }

    @Test("A wrong key is told so and sent away; after ten failures the address has to wait, after successes not")
    func handshakes() async throws {
        try await withAPI { port, fixture in
            func attempt(_ key: String) async throws -> [String] {
                try await withConnection(to: port) { connection in
                    var socket = RawWebSocket()
                    _ = try socket.upgrade("", on: connection)
                    _ = try socket.text(on: connection)
                    try socket.send("40/events,{\"apiKey\":\"\(key)\"}", on: connection)
                    return try (0..<3).map { _ in try socket.text(on: connection) }
                }
            }
            for _ in 0..<10 {
                let texts = try await attempt("wrong")
                #expect(texts[0].hasPrefix(Self.joined))
                #expect(
                    texts[1].hasPrefix(
                        #"42/events,["message",{"type":"error","code":"UNAUTHORIZED","message":"Invalid API key""#))
                #expect(texts[2] == "41/events,")
            }
            #expect(try await attempt(fixture.adminKey)[1].contains(#""code":"RATE_LIMITED""#))
        }
        try await withAPI { port, fixture in
            for _ in 0..<12 {
                try await withConnection(to: port) { [key = fixture.adminKey] connection in
                    var socket = RawWebSocket()
                    _ = try socket.upgrade("", on: connection)
                    _ = try socket.text(on: connection)
                    try socket.send("40/events,{\"apiKey\":\"\(key)\"}", on: connection)
                    #expect(try socket.text(on: connection).hasPrefix(Self.joined))
                    try socket.send(#"42/events,["message",{"type":"ping"}]"#, on: connection)
                    #expect(try socket.text(on: connection).contains("pong"))
                }
            }
        }
    }

    @Test("A key hears and asks only of its sessions, viewers see no QR codes, and a changed key is sent away")
    func scope() async throws {
        try await withAPI { port, fixture in
            let viewer = try await fixture.addKey(.viewer) { $0.allowedSessions = ["mine"] }
            try await withSocket(port, key: viewer) { socket, connection in
                for (session, answer) in [
                    ("*", "FORBIDDEN_SESSION"), ("other", "FORBIDDEN_SESSION"), ("mine", "subscribed"),
                ] {
                    try socket.send(
                        #"42/events,["message",{"type":"subscribe","sessionId":"\#(session)","events":["*"]}]"#,
                        on: connection)
                    let text = try socket.text(on: connection)
                    #expect(text.contains(answer))
                }
            } then: {
                try await fixture.record("other", .messageReceived)
                try await fixture.record("mine", .sessionQR)
                try await fixture.record("mine", .sessionDisconnected)
            } read: { socket, connection in
                let text = try socket.text(on: connection)
                #expect(text.contains(#""event":"session.disconnected","sessionId":"mine","data":{"qr":"x"}"#))
            }
            try await withSocket(port, key: fixture.adminKey) { socket, connection in
                try socket.send(
                    #"42/events,["message",{"type":"subscribe","sessionId":"*","events":["session.qr"]}]"#,
                    on: connection)
                _ = try socket.text(on: connection)
            } then: {
                try await fixture.record("mine", .sessionQR)
            } read: { socket, connection in
                let text = try socket.text(on: connection)
                #expect(text.contains(#""data":{"qrCode":"x"}"#))
            }
        }
    }

    @Test("A key that is revoked is told so at the next sweep, or when it subscribes")
    func revoked() async throws {
        var configuration = APIConfiguration()
        configuration.sockets.sweepInterval = .milliseconds(20)
        configuration.sockets.tick = .milliseconds(10)
        try await withAPI(configuration) { port, fixture in
            let key = try await fixture.addKey(.operator)
            try await withSocket(port, key: key) { _, _ in
            } then: {
                let record = try #require(fixture.gateway.authenticate(key: key))
                _ = try await fixture.gateway.revokeAPIKey(record.id)
            } read: { socket, connection in
                let texts = [try socket.text(on: connection), try socket.text(on: connection)]
                #expect(texts[0].contains(#""code":"UNAUTHORIZED","message":"API key has been revoked""#))
                #expect(texts[1] == "41/events,")
                let end = try socket.next(on: connection)
                #expect(end?.opcode == 8)
            }
        }
    }

    @Test("Requests that fit no session, method or version are refused as servers of Engine.IO do")
    func refused() async throws {
        try await withRoutes { caller, _ in
            func text(_ query: String) async throws -> String { try await caller.get("/socket.io/?" + query).text }
            #expect(
                try await text("EIO=3&transport=polling") == #"{"code":5,"message":"Unsupported protocol version"}"#)
            #expect(try await text("EIO=4") == #"{"code":0,"message":"Transport unknown"}"#)
            #expect(try await text("EIO=4&transport=polling&sid=x") == #"{"code":1,"message":"Session ID unknown"}"#)
            #expect(try await text("EIO=4&transport=websocket") == #"{"code":3,"message":"Bad request"}"#)
            let post = try await caller.post("/socket.io/?EIO=4&transport=polling", "40")
            #expect(post.status == 400)
            #expect(post.text == #"{"code":2,"message":"Bad handshake method"}"#)
            #expect(try await caller.call(.head, "/socket.io/?EIO=4&transport=polling").status == 400)
            let preflight = try await caller.call(
                .options, "/socket.io/",
                headers: [.origin: "https://shop.example", .accessControlRequestHeaders: "x-mine"])
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("x-mine") == true)
        }
    }

    @Test("Open sockets and waiting polls do not keep a server from ending")
    func shutdown() async throws {
        let port = Mutex(0)
        let waiting = Mutex<Task<String, any Error>?>(nil)
        try await withAPI { served, fixture in
            port.withLock { $0 = served }
            let client = SocketClient(port: served)
            let sid = "&sid=" + (try await client.open())
            waiting.withLock { $0 = Task { try await client.poll(sid) } }
            try await withSocket(served, key: fixture.adminKey) { _, _ in
            } then: {
            } read: { _, _ in
            }
        }
        #expect(try await waiting.withLock { $0 }?.value == "1")
    }

    /// A joined WebSocket for two pieces of blocking work, with something between them.
    private func withSocket(
        _ port: Int, key: String,
        _ first: @escaping @Sendable (inout RawWebSocket, borrowing RawConnection) throws -> Void,
        then between: @escaping @Sendable () async throws -> Void,
        read second: @escaping @Sendable (inout RawWebSocket, borrowing RawConnection) throws -> Void
    ) async throws {
        let (done, isDone) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        @Sendable func connect() async throws {
            // Also when there is no connection.
            defer { isDone.finish() }
            try await withConnection(to: port) { connection in try converse(on: connection) }
        }
        @Sendable func converse(on connection: borrowing RawConnection) throws {
            var socket = RawWebSocket()
            _ = try socket.upgrade("", on: connection)
            _ = try socket.text(on: connection)
            try socket.send("40/events,{\"apiKey\":\"\(key)\"}", on: connection)
            #expect(try socket.text(on: connection).hasPrefix(Self.joined))
            try first(&socket, connection)
            isDone.yield()
            gate.wait()
            try second(&socket, connection)
        }
        async let work: Void = connect()
        for await _ in done { break }
        do {
            try await between()
        } catch {
            gate.signal()
            throw error
        }
        gate.signal()
        try await work
    }
}

extension GatewayFixture {
    /// Something that happened, with the members whose names differ on sockets.
    func record(_ session: String, _ name: EventName, count: Int = 1) async throws {
        let event = GatewayEvent(
            sessionID: session, name: name, occurredAtMilliseconds: gateway.nowMilliseconds, identity: "\(name)",
            data: JSONObject([
                .init(name: "sessionId", value: .string(session)), .init(name: "qr", value: .string("x")),
            ]))
        try await gateway.environment.database.write { [events = gateway.events] connection in
            try events.record(Array(repeating: event, count: count), on: connection)
        }
    }
}
