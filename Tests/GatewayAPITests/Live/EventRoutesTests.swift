import Foundation
import Hummingbird
import Logging
import Storage
import StrictJSON
import Testing

@testable import Gateway
@testable import GatewayAPI

@Suite("The event log over HTTP")
struct EventRoutesTests {
    private func events(_ answer: Answer) -> [JSONObject] {
        guard case .array(let list) = answer["events"] else { return [] }
        return list.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    @Test("A reader goes from cursor to cursor and sees each event once, in order")
    func paging() async throws {
        try await withRoutes { caller, fixture in
            for index in 0..<5 { try await fixture.record("s\(index)", .messageReceived) }
            let first = try await caller.get("/api/events?after=0&limit=3")
            #expect(first.names == ["events", "cursor", "hasMore"])
            #expect(events(first).compactMap { $0["sessionId"]?.string } == ["s0", "s1", "s2"])
            #expect(first["hasMore"] == .boolean(true))
            let event = try #require(events(first).first)
            #expect(
                event.members.map(\.name)
                    == ["cursor", "id", "event", "timestamp", "sessionId", "idempotencyKey", "data"])
            #expect(event["event"] == .string("message.received"))
            #expect(event["id"]?.string?.hasPrefix("evt_") == true)
            let cursor = try #require(first["cursor"]?.string)
            let rest = try await caller.get("/api/events?after=\(cursor)&wait=5")
            #expect(events(rest).compactMap { $0["sessionId"]?.string } == ["s3", "s4"])
            // Without a cursor it begins with what comes next.
            let latest = try await caller.get("/api/events")
            #expect(events(latest).isEmpty)
            #expect(latest["cursor"] == rest["cursor"])
        }
    }

    @Test("A reader that waits is answered at the commit, and only for what it asked for")
    func waiting() async throws {
        try await withRoutes { caller, fixture in
            async let answer = caller.get("/api/events?after=0&wait=60&events=message.sent,session.status")
            try await fixture.record("s", .messageReceived)
            try await fixture.record("s", .sessionStatus)
            #expect(events(try await answer).compactMap { $0["event"]?.string } == ["session.status"])
            // Receipts of single participants must be named.
            try await fixture.record("s", .messageReceipt)
            #expect(events(try await caller.get("/api/events?after=0&events=*")).count == 2)
            #expect(events(try await caller.get("/api/events?after=0&events=message.receipt")).count == 1)
        }
    }

    @Test("A wait that brings nothing ends with a cursor that is further on")
    func nothing() async throws {
        try await withRoutes { caller, fixture in
            try await fixture.record("s", .messageReceived, count: 3)
            let answer = try await caller.get("/api/events?after=0&wait=1&events=call.received")
            #expect(answer.status == 200)
            #expect(events(answer).isEmpty)
            #expect(answer["cursor"] == .string("3"))
        }
    }

    @Test("A cursor whose events are gone, or that is not of this log, is told apart")
    func expired() async throws {
        try await withRoutes { caller, fixture in
            try await fixture.record("s", .messageReceived, count: 3)
            try await fixture.gateway.events.prune(before: .max)
            try await fixture.record("s", .messageSent)
            for cursor in ["1", "99"] {
                for path in ["events", "events/stream"] {
                    let answer = try await caller.get("/api/\(path)?after=\(cursor)")
                    #expect(answer.status == 410)
                    #expect(answer["code"] == .string("EVENT_CURSOR_EXPIRED"))
                    #expect(answer["error"] == .string("Gone"))
                }
            }
            #expect(events(try await caller.get("/api/events?after=earliest")).count == 1)
            #expect(events(try await caller.get("/api/events?after=3")).count == 1)
        }
    }

    @Test("Parameters that mean nothing are refused, each by name")
    func parameters() async throws {
        try await withRoutes { caller, _ in
            for (query, name) in [
                ("after=x", "after"), ("after=-1", "after"), ("wait=61", "wait"), ("wait=x", "wait"),
                ("limit=0", "limit"),
                ("limit=1001", "limit"), ("events=message.received,nonsense", "events"),
            ] {
                let refused = try await caller.get("/api/events?" + query)
                #expect(refused.status == 400)
                #expect(refused.message.first?.hasPrefix(name) == true)
            }
            #expect(try await caller.get("/api/events?sessionId=unknown").status == 404)
        }
    }

    @Test("A key reads of its sessions only, and QR codes are for those who may send")
    func scope() async throws {
        try await withRoutes { caller, fixture in
            let mine = try await fixture.gateway.createSession(name: "mine").id
            let other = try await fixture.gateway.createSession(name: "other").id
            let cursor = fixture.gateway.events.latestCursor
            try await fixture.record(mine, .sessionQR)
            try await fixture.record(other, .messageReceived)
            try await fixture.record(mine, .messageReceived)
            let after = cursor == 0 ? "earliest" : "\(cursor)"
            let viewer = caller.with(key: try await fixture.addKey(.viewer) { $0.allowedSessions = [mine] })
            #expect(
                events(try await viewer.get("/api/events?after=\(after)")).compactMap { $0["event"]?.string } == [
                    "message.received"
                ])
            #expect(try await viewer.get("/api/events?sessionId=other").status == 401)
            #expect(events(try await caller.get("/api/events?after=\(after)&sessionId=mine")).count == 2)
        }
    }

    @Test("A stream tells where it begins, then each event with its cursor, and resumes behind the last one seen")
    func stream() async throws {
        try await withAPI { port, fixture in
            try await fixture.record("s", .messageReceived, count: 2)
            let recording = Task {
                try await fixture.record("s", .messageSent)
            }
            let text = try await withConnection(to: port) { [key = fixture.adminKey] connection in
                try connection.send(
                    "GET /api/events/stream HTTP/1.1\r\nHost: x\r\nX-API-Key: \(key)\r\nLast-Event-ID: 1\r\n\r\n")
                var text = ""
                while !text.contains("id: 3\ndata: ") || !text.hasSuffix("\n\n\r\n") {
                    let part = try connection.receive()
                    if part.isEmpty { break }
                    text += part
                }
                return text
            }
            try await recording.value
            #expect(text.contains("Content-Type: text/event-stream"))
            #expect(text.contains("retry: 2000\nid: 1\n: connected\n\n"))
            #expect(text.contains("id: 2\ndata: {\"cursor\":\"2\",\"id\":\"evt_"))
            #expect(text.contains("id: 3\ndata: {\"cursor\":\"3\""))
        }
    }

    @Test("So many requests may wait for events, and no more; a place is free when its request ends")
    func places() async throws {
        let slots = ListenerSlots(maximum: 2, maximumPerKey: 1)
        func caller(_ id: String) -> Caller {
            Caller(key: APIKeyRecord(id: id, name: id, keyPrefix: id, role: .viewer, createdAtMilliseconds: 0))
        }
        var first: ListenerSlots.Place? = try slots.take(for: caller("a"))
        #expect(throws: APIError.tooManyListeners) { try slots.take(for: caller("a")) }
        let second = try slots.take(for: caller("b"))
        #expect(throws: APIError.tooManyListeners) { try slots.take(for: caller("c")) }
        first = nil
        _ = try slots.take(for: caller("c"))
        _ = (first, second)
    }

    @Test("Streams and waiting requests do not keep a server from ending")
    func shutdown() async throws {
        var answers: [Task<String, any Error>] = []
        try await withAPI { port, fixture in
            for path in ["events?wait=60", "events/stream"] {
                let (began, begins) = AsyncStream.makeStream(of: Void.self)
                answers.append(
                    Task {
                        // Whatever ends it: nobody waits for its beginning any more.
                        defer { begins.finish() }
                        return try await withConnection(to: port) { [key = fixture.adminKey] connection in
                            try connection.send("GET /api/\(path) HTTP/1.1\r\nHost: x\r\nX-API-Key: \(key)\r\n\r\n")
                            // A stream says at once that it began.
                            var text = path.hasSuffix("stream") ? try connection.receive() : ""
                            begins.finish()
                            text += try connection.receiveUntilGone()
                            return text
                        }
                    })
                for await _ in began {}
            }
        }
        for answer in answers {
            let text = try await answer.value
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 200"))
        }
    }
}
