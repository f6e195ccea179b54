import Gateway
import Hummingbird
import StrictJSON
import Testing

@testable import GatewayAPI

struct SessionRoutesTests {
    @Test("A session is made, found by id and by name, listed and deleted")
    func life() async throws {
        try await withRoutes { caller, _ in
            let created = try await caller.post(
                "/api/sessions", #"{"name":"depot-1","config":{"autoRejectCalls":true}}"#)
            #expect(created.status == 201)
            #expect(
                created.names == [
                    "id", "name", "status", "phone", "pushName", "connectedAt", "lastActive", "createdAt", "updatedAt",
                    "lastError", "engineLoaded",
                ])
            #expect(created["name"] == .string("depot-1"))
            #expect(created["status"] == .string("created"))
            #expect(created["phone"] == .null)
            #expect(created["engineLoaded"] == .boolean(false))
            let id = try #require(created["id"]?.string)

            for path in [id, "depot-1", "depot%2D1"] {
                let found = try await caller.get("/api/sessions/\(path)")
                #expect(found.status == 200)
                #expect(found["id"] == .string(id))
            }
            _ = try await caller.post("/api/sessions", #"{"name":"depot-2"}"#)
            #expect(try await caller.get("/api/sessions").elements.count == 2)
            #expect(try await caller.get("/api/sessions?limit=1&offset=1").elements.count == 1)
            #expect(try await caller.get("/api/sessions?name=depot-2").elements.count == 1)
            for query in ["name=", "name=%20", "name", "name=depot-1&name=depot-2", "name=depot-1&name="] {
                let refused = try await caller.get("/api/sessions?" + query)
                #expect(refused.status == 400)
                #expect(refused.message == ["name must be a single non-empty value"])
            }

            let deleted = try await caller.call(.delete, "/api/sessions/depot-1")
            #expect(deleted.status == 204)
            #expect(deleted.text.isEmpty)
            let missing = try await caller.get("/api/sessions/\(id)")
            #expect(missing.status == 404)
            #expect(missing.message == ["Session with id '\(id)' not found"])
            #expect(missing["error"] == .string("Not Found"))
        }
    }

    @Test("A session's settings are made with it, read, changed one by one and taken back by null")
    func config() async throws {
        try await withRoutes { caller, fixture in
            _ = try await caller.post("/api/sessions", #"{"name":"depot-1","config":{"autoRejectCalls":true,"mine":[1]}}"#)
            let path = "/api/sessions/depot-1/config"
            #expect(
                try await caller.get(path).text
                    == #"{"autoRejectCalls":true,"maxReconnectAttempts":null,"reconnectBaseDelay":1000}"#)
            let changed = try await caller.call(
                .patch, path, body: #"{"maxReconnectAttempts":0,"reconnectBaseDelay":5000}"#)
            #expect(changed.status == 200)
            #expect(changed.text == #"{"autoRejectCalls":true,"maxReconnectAttempts":0,"reconnectBaseDelay":5000}"#)
            let takenBack = try await caller.call(
                .patch, path, body: #"{"maxReconnectAttempts":null,"autoRejectCalls":null}"#)
            #expect(takenBack.text == #"{"autoRejectCalls":false,"maxReconnectAttempts":null,"reconnectBaseDelay":5000}"#)
            #expect(try await caller.call(.patch, path, body: "{}").text == takenBack.text)
            let refusals = [
                #"{"autoRejectCalls":"true"}"#: "autoRejectCalls must be a boolean value",
                #"{"maxReconnectAttempts":21}"#: "maxReconnectAttempts must not be greater than 20",
                #"{"reconnectBaseDelay":999}"#: "reconnectBaseDelay must not be less than 1000",
                #"{"mine":1}"#: "property mine should not exist",
            ]
            for (body, text) in refusals {
                let refused = try await caller.call(.patch, path, body: body)
                #expect(refused.status == 400)
                #expect(refused.message == [text])
            }
            #expect(try await caller.get("/api/sessions/nope/config").status == 404)
            #expect(try await caller.call(.patch, "/api/sessions/nope/config", body: "{}").status == 404)
            let viewer = caller.with(key: try await fixture.addKey(.viewer))
            #expect(try await viewer.get(path).status == 200)
            #expect(try await viewer.call(.patch, path, body: "{}").status == 403)
            let odd = try await caller.post("/api/sessions", #"{"name":"depot-2","config":{"reconnectBaseDelay":1}}"#)
            #expect(odd.status == 400)
            #expect(odd["code"] == .string("INVALID_SESSION_CONFIG"))
            #expect(odd.message == ["config.reconnectBaseDelay must not be less than 1000"])
        }
    }

    @Test("A name is taken once, and must be one")
    func names() async throws {
        try await withRoutes { caller, _ in
            _ = try await caller.post("/api/sessions", #"{"name":"depot-1"}"#)
            let taken = try await caller.post("/api/sessions", #"{"name":"depot-1"}"#)
            #expect(taken.status == 409)
            #expect(taken.message == ["Session with name 'depot-1' already exists"])
            #expect(
                try await caller.post("/api/sessions", #"{"name":"a b"}"#).message == [
                    "Session name can only contain letters, numbers, and hyphens"
                ])
        }
    }

    @Test(
        "Unknown sessions are a 404 on every route about sessions",
        arguments: [
            ("GET", ""), ("POST", "/start"), ("POST", "/stop"), ("GET", "/qr"), ("DELETE", ""), ("POST", "/logout"),
        ])
    func unknown(method: String, path: String) async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.call(HTTPRequest.Method(method)!, "/api/sessions/nope\(path)")
            #expect(answer.status == 404)
            #expect(answer.message == ["Session with id 'nope' not found"])
        }
    }

    @Test("The code of a session that was never started cannot be had")
    func qrBeforeStart() async throws {
        try await withRoutes { caller, fixture in
            _ = try await fixture.gateway.createSession(name: "depot-1")
            let answer = try await caller.get("/api/sessions/depot-1/qr")
            #expect(answer.status == 400)
            #expect(answer.message == ["Session is not started. Call POST /sessions/:id/start first."])
        }
    }

    @Test("A session starts once, and its code and its sends wait for WhatsApp")
    func start() async throws {
        try await withRoutes { caller, fixture in
            let session = try await fixture.gateway.createSession(name: "depot-1")
            let started = try await caller.post("/api/sessions/depot-1/start")
            #expect(started.status == 200)
            #expect(started["id"] == .string(session.id))
            #expect(started["status"] == .string("initializing"))
            #expect(started["engineLoaded"] == .boolean(true))

            let again = try await caller.post("/api/sessions/depot-1/start")
            #expect(again.status == 400)
            #expect(again.message == ["Session is already starting"] || again.message == ["Session is already started"])
            let code = try await caller.get("/api/sessions/depot-1/qr")
            #expect(code.status == 400)
            #expect(code.message == ["QR code is not ready yet. Please wait..."])
            let send = try await caller.post(
                "/api/sessions/depot-1/messages/send-text", #"{"chatId":"6281234567890@c.us","text":"x"}"#)
            #expect(send.status == 409)
            #expect(send.message == ["Session is not connected. The WhatsApp client is not ready."])
            #expect(send["error"] == .string("Conflict"))

            let stopped = try await caller.post("/api/sessions/depot-1/stop")
            #expect(stopped.status == 200)
            #expect(stopped["engineLoaded"] == .boolean(false))
        }
    }

    @Test("Stopping what is not running is no error")
    func stop() async throws {
        try await withRoutes { caller, fixture in
            _ = try await fixture.gateway.createSession(name: "depot-1")
            #expect(try await caller.post("/api/sessions/depot-1/stop").status == 200)
        }
    }

    @Test("A pairing code needs a started session that waits to be linked, and a number of digits")
    func pairingCodeRefusals() async throws {
        try await withRoutes { caller, fixture in
            let body = #"{"phoneNumber":"628550000001"}"#
            let unknown = try await caller.post("/api/sessions/nope/pairing-code", body)
            #expect(unknown.status == 404 && unknown.message == ["Session with id 'nope' not found"])
            _ = try await fixture.gateway.createSession(name: "depot-1")
            let resting = try await caller.post("/api/sessions/depot-1/pairing-code", body)
            #expect(resting.status == 400)
            #expect(resting.message == ["Session is not started. Call POST /sessions/:id/start first."])
            for number in ["+628550000001", "12345", "6285500000011111", ""] {
                let answer = try await caller.post(
                    "/api/sessions/depot-1/pairing-code", #"{"phoneNumber":"\#(number)"}"#)
                #expect(answer.status == 400)
                #expect(answer.message == ["phoneNumber must match /^[0-9]{6,15}$/ regular expression"])
            }
            _ = try await caller.post("/api/sessions/depot-1/start")
            let early = try await caller.post("/api/sessions/depot-1/pairing-code", body)
            #expect(early.status == 409 && early["code"] == .string("SESSION_NOT_CONNECTED"))
        }
    }

    @Test("The answer with a code has the picture, the state and the text")
    func qrModel() throws {
        let code = QRCode(text: "2@abc,def", status: .qrReady)
        let model = QRCodeModel(dataURL: try #require(QRImage.dataURL(for: code.text)), code: code)
        let text = String(decoding: JSONWriter.bytes(of: model), as: UTF8.self)
        #expect(text.hasPrefix(#"{"qrCode":"data:image/png;base64,iVBOR"#))
        #expect(text.hasSuffix(#"","status":"qr_ready","qr":"2@abc,def"}"#))
    }
}
