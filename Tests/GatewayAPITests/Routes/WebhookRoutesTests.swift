import HTTPTypes
import Storage
import StrictJSON
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayAPI

@Suite("Webhook routes")
struct WebhookRoutesTests {
    /// Lends an API with the session `depot`, whose webhooks may be on the loopback.
    private func withDepot(_ body: @Sendable (API, String) async throws -> Void) async throws {
        var configuration = GatewayConfiguration()
        configuration.allowedDestinations = ["127.0.0.1"]
        try await withRoutes(gateway: configuration) { caller, fixture in
            let session = try await fixture.gateway.createSession(name: "depot")
            try await body(API(caller: caller, gateway: fixture.gateway), session.id)
        }
    }

    /// The routes, and the gateway behind them.
    private struct API {
        let caller: TestCaller
        let gateway: MessagingGateway

        func get(_ path: String) async throws -> Answer { try await caller.get(path) }
        func post(_ path: String, _ body: String) async throws -> Answer {
            try await caller.post(path, body.isEmpty ? nil : body)
        }
        func put(_ path: String, _ body: String) async throws -> Answer {
            try await caller.call(.put, path, body: body)
        }
        func delete(_ path: String) async throws -> Answer { try await caller.call(.delete, path) }
    }

    @Test("A webhook is made, read, listed, changed and deleted, and shows neither secret nor headers")
    func life() async throws {
        try await withDepot { api, sessionID in
            let made = try await api.post(
                "/api/sessions/depot/webhooks",
                #"""
                {"url":"http://127.0.0.1:9/in","events":["message.received","message.ack"],"secret":"0123456789abcdef",
                 "headers":{"X-Team":"sales"},
                 "filters":{"conditions":[{"field":"body","operator":"contains","value":"order","caseSensitive":true}]}}
                """#)
            #expect(made.status == 201)
            let id = try #require(made["id"]?.string)
            #expect(
                made.names == [
                    "id", "sessionId", "url", "events", "filters", "active", "retryCount", "lastTriggeredAt", "createdAt",
                    "updatedAt", "ordering", "retrySchedule", "disableOnGone", "disableAfterDays", "disabledReason", "hasSecret",
                ])
            #expect(made["sessionId"]?.string == sessionID)
            #expect(made["retryCount"] == .number(.integer(3)))
            #expect(made["hasSecret"] == .boolean(true))
            #expect(made.text.contains(#""filters":{"conditions":[{"field":"body","operator":"contains","value":"order","caseSensitive":true}]}"#))
            #expect(!made.text.contains("0123456789abcdef"))
            #expect(!made.text.contains("sales"))

            let path = "/api/sessions/\(sessionID)/webhooks/\(id)"
            #expect(try await api.get(path).text == made.text)
            let changed = try await api.put(
                path, #"{"filters":null,"secret":"","active":false,"ordering":"chat","retrySchedule":"extended"}"#)
            #expect(changed.status == 200)
            #expect(changed["filters"] == .null)
            #expect(changed["hasSecret"] == .boolean(false))
            #expect(changed["active"] == .boolean(false))
            #expect(changed["ordering"]?.string == "chat")
            #expect(changed["events"] == .array([.string("message.received"), .string("message.ack")]))
            for list in ["/api/sessions/depot/webhooks", "/api/webhooks", "/api/webhooks?limit=junk"] {
                #expect(try await api.get(list).text == "[\(changed.text)]")
            }
            #expect(try await api.get("/api/webhooks?offset=1").text == "[]")
            #expect(try await api.get("/api/sessions/nobody/webhooks").text == "[]")
            #expect(try await api.delete(path).status == 204)
            let gone = try await api.get(path)
            #expect(gone.status == 404)
            #expect(gone["message"]?.string == "Webhook with id '\(id)' not found")
        }
    }

    @Test("A bad body is refused with the contract's words and changes nothing")
    func validation() async throws {
        try await withDepot { api, _ in
            let cases: [(String, String)] = [
                ("{}", "url must be a URL address"),
                (#"{"url":"ftp://example.com/"}"#, "url must be a URL address"),
                (#"{"url":"http://10.0.0.1/"}"#, "Destination address is not allowed"),
                (#"{"url":"http://user@127.0.0.1/"}"#, "Destination address is not allowed"),
                (#"{"url":"http://127.0.0.1/","events":[]}"#, "events must contain at least 1 elements"),
                (#"{"url":"http://127.0.0.1/","events":["message.invented"]}"#, "each value in events must be one of the following values: message.received, "),
                (#"{"url":"http://127.0.0.1/","secret":"short"}"#, "secret must be longer than or equal to 16 characters"),
                (#"{"url":"http://127.0.0.1/","retryCount":6}"#, "retryCount must not be greater than 5"),
                (#"{"url":"http://127.0.0.1/","headers":{"a b":"x"}}"#, "headers must be an object"),
                (#"{"url":"http://127.0.0.1/","headers":{"A":"x","a":"y"}}"#, "headers must be an object"),
                (#"{"url":"http://127.0.0.1/","headers":{"a":"x\r\ny: z"}}"#, "headers must be an object"),
                (#"{"url":"http://127.0.0.1/","headers":{"a":"café"}}"#, "headers must be an object"),
                (
                    #"{"url":"http://127.0.0.1/","secret":"whsec_c2VjcmV0LXNlY3JldC0xMg"}"#,
                    "secret must be whsec_ and strict base64 with its padding, or a text that does not begin with whsec_"
                ),
                (#"{"url":"http://127.0.0.1/","filters":{"conditions":[{"field":"shoe","operator":"is","value":true}]}}"#, "filters.conditions.0.field must be one of the following values: "),
                (#"{"url":"http://127.0.0.1/","filters":{"conditions":[{"field":"isGroup","operator":"is","value":"yes"}]}}"#, "filters.conditions.0: isGroup takes the operator is with true or false"),
                (#"{"url":"http://127.0.0.1/","colour":"red"}"#, "property colour should not exist"),
            ]
            for (body, text) in cases {
                let answer = try await api.post("/api/sessions/depot/webhooks", body)
                #expect(answer.status == 400, "\(body)")
                #expect(answer.text.contains(text), "\(body): \(answer.text)")
            }
            #expect(try await api.get("/api/webhooks").text == "[]")
            let unknown = try await api.post("/api/sessions/nobody/webhooks", #"{"url":"http://127.0.0.1/"}"#)
            #expect(unknown.status == 404)
            #expect(unknown["message"]?.string == "Session with id 'nobody' not found")

            let made = try await api.post("/api/sessions/depot/webhooks", #"{"url":"http://127.0.0.1/"}"#)
            let path = "/api/sessions/depot/webhooks/\(try #require(made["id"]?.string))"
            for body in [#"{"url":null}"#, #"{"secret":null}"#, #"{"secret":"whsec_c2VjcmV0LXNlY3JldC0xMg"}"#, #"{"active":null}"#, #"{"url":"http://10.0.0.1/"}"#] {
                #expect(try await api.put(path, body).status == 400, "\(body)")
            }
            #expect(try await api.get(path).text == made.text)
        }
    }

    @Test("A session has no more webhooks than it may have")
    func cap() async throws {
        try await withDepot { api, _ in
            for _ in 0..<16 {
                #expect(try await api.post("/api/sessions/depot/webhooks", #"{"url":"http://127.0.0.1/"}"#).status == 201)
            }
            let refused = try await api.post("/api/sessions/depot/webhooks", #"{"url":"http://127.0.0.1/"}"#)
            #expect(refused.status == 400)
            #expect(refused["code"]?.string == "TOO_MANY_WEBHOOKS")
        }
    }

    @Test("A test tells what the endpoint answered")
    func testing() async throws {
        try await WebhookCatcher.catching({ request, _ in .init(request.path == "/good" ? 204 : 500) }) { catcher in
            try await withDepot { api, _ in
                let expected = [
                    catcher.url("/good"): #"{"success":true,"statusCode":204}"#,
                    catcher.url("/bad"): #"{"success":false,"statusCode":500}"#,
                    "http://127.0.0.1:1/": #"{"success":false,"error":"The endpoint cannot be reached"}"#,
                ]
                for (url, answer) in expected {
                    let made = try await api.post("/api/sessions/depot/webhooks", #"{"url":"\#(url)"}"#)
                    let id = try #require(made["id"]?.string)
                    let tested = try await api.post("/api/sessions/depot/webhooks/\(id)/test", "")
                    #expect(tested.status == 200)
                    #expect(tested.text == answer)
                }
            }
        }
    }

    @Test("Failures are listed to admins, within the sessions their keys reach, and can be sent again")
    func failures() async throws {
        try await withDepot { api, sessionID in
            let made = try await api.post(
                "/api/sessions/depot/webhooks", #"{"url":"http://127.0.0.1:1/","events":["*"],"retryCount":1}"#)
            let id = try #require(made["id"]?.string)
            let event = GatewayEvent.sessionStatus(.ready, of: sessionID, atMilliseconds: 5)
            try await api.gateway.environment.database.write { [events = api.gateway.events] in
                try events.record([event], on: $0)
            }
            try await askPatiently("a delivery that failed") {
                try await !api.get("/api/webhooks/delivery-failures").elements.isEmpty
            }
            let failures = try await api.get("/api/webhooks/delivery-failures?sessionId=depot")
            let failure = try #require(failures.elements.first)
            guard case .object(let row) = failure else { return }
            #expect(
                row.members.map(\.name) == [
                    "id", "webhookId", "sessionId", "event", "url", "idempotencyKey", "deliveryId", "attempts",
                    "lastStatusCode", "lastError", "createdAt", "replayable",
                ])
            #expect(row["idempotencyKey"]?.string == "sess_\(sessionID)_ready_5_\(id)")
            #expect(row["lastError"]?.string == "The endpoint cannot be reached")
            #expect(row["replayable"] == .boolean(true))
            #expect(try await api.get("/api/webhooks/delivery-failures?sessionId=other").text == "[]")
            for query in ["offset=9223372036854775807", "sessionId=depot&offset=9223372036854775807&limit=0"] {
                #expect(try await api.get("/api/webhooks/delivery-failures?\(query)").text == "[]")
            }

            let list = try await api.get("/api/sessions/depot/webhooks/\(id)/deliveries?state=failed")
            guard case .object(let delivery)? = list.elements.first, let eventID = delivery["eventId"]?.string else {
                Issue.record("the delivery is not listed: \(list.text)")
                return
            }
            let one = try await api.get("/api/sessions/depot/webhooks/\(id)/deliveries/\(eventID)")
            #expect(one.text.contains(#""attemptLog":[{"attempt":1,"deliveryId":"dlv_"#))
            #expect(try await api.get("/api/sessions/depot/webhooks/\(id)/deliveries/evt_x").status == 404)
            #expect(try await api.get("/api/sessions/depot/webhooks/\(id)/deliveries?state=odd").status == 400)

            let redriven = try await api.post("/api/webhooks/delivery-failures/redrive", #"{"limit":5}"#)
            #expect(
                redriven.text
                    == #"{"redriven":0,"delivered":0,"enqueued":0,"failed":1,"skipped":0,"remaining":1}"#)
            let none = try await api.post("/api/webhooks/delivery-failures/redrive", #"{"sessionId":"other"}"#)
            #expect(none.text == #"{"redriven":0,"delivered":0,"enqueued":0,"failed":0,"skipped":0,"remaining":0}"#)
        }
    }
}
