import Gateway
import Hummingbird
import StrictJSON
import Testing

@testable import GatewayAPI

struct GuardTests {
    private static let send = "/api/sessions/my-session/messages/send-text"

    @Test("Each refusal of a key has the contract's status and text")
    func refusals() async throws {
        try await withRoutes { caller, fixture in
            let revoked = try await fixture.addKey(.operator) { $0.isActive = false }
            let expired = try await fixture.addKey(.operator) { $0.expiresAtMilliseconds = 1 }
            let viewer = try await fixture.addKey(.viewer)
            let bound = try await fixture.addKey(.operator) { $0.allowedIPs = ["198.51.100.7"] }
            let scoped = try await fixture.addKey(.operator) { $0.allowedSessions = ["some-other-id"] }
            for (key, status, message) in [
                (nil, 401, "API key is required"), ("", 401, "API key is required"), ("wrong", 401, "Invalid API key"),
                (revoked, 401, "API key is revoked"), (expired, 401, "API key has expired"),
                (bound, 401, "Client IP could not be determined"),
                (scoped, 401, "API key not authorized for this session"),
                (viewer, 403, "Insufficient permissions. Required: operator"),
            ] {
                let answer = try await caller.with(key: key).post(Self.send, #"{"chatId":"1@c.us","text":"x"}"#)
                #expect(answer.status == status)
                #expect(answer.message == [message])
                #expect(answer["statusCode"] == .number(.integer(Int64(status))))
                #expect(answer["error"] == .string(status == 401 ? "Unauthorized" : "Forbidden"))
            }
        }
    }

    @Test("A bad body with a bad key is a 401, but a malformed or oversized one is refused before the key")
    func order() async throws {
        try await withRoutes(APIConfiguration(maximumBodyByteCount: 100)) { caller, fixture in
            let viewer = try await fixture.addKey(.viewer)
            let nobody = caller.with(key: nil)
            #expect(try await nobody.post(Self.send, "{}").message == ["API key is required"])
            #expect(try await nobody.post(Self.send, "{").message == ["Unexpected end of JSON input"])
            let large = try await nobody.post(Self.send, String(repeating: " ", count: 101))
            #expect(large.status == 413)
            #expect(large.names == ["statusCode", "message", "code", "requestId", "docUrl"])
            #expect(large.message == ["request entity too large"])
            #expect(try await caller.with(key: viewer).post(Self.send, "{}").status == 403)
            #expect(try await caller.post(Self.send, "{}").message.count == 5)
        }
    }

    @Test("X-API-Key wins over Bearer, each is enough, and a query never is")
    func headers() async throws {
        try await withRoutes { caller, fixture in
            let key = fixture.adminKey
            func status(_ headers: HTTPFields) async throws -> Int {
                try await caller.with(key: nil).get("/api/sessions", headers).status
            }
            let bearer = try await status([.authorization: "Bearer \(key)"])
            let lowercased = try await status([.authorization: "bearer \(key)"])
            let goodFirst = try await status([.apiKey: key, .authorization: "Bearer wrong"])
            let wrongFirst = try await status([.apiKey: "wrong", .authorization: "Bearer \(key)"])
            let otherScheme = try await status([.authorization: "Basic abc"])
            #expect([bearer, lowercased, goodFirst, wrongFirst, otherScheme] == [200, 200, 200, 401, 401])
            #expect(try await caller.with(key: nil).get("/api/sessions?apiKey=\(key)").status == 401)
        }
    }

    @Test("A scoped key reaches its session by id and by name, sees no other, and makes none")
    func scopes() async throws {
        try await withRoutes { caller, fixture in
            let mine = try await fixture.gateway.createSession(name: "mine")
            let other = try await fixture.gateway.createSession(name: "other")
            let key = try await fixture.addKey(.operator) { $0.allowedSessions = [mine.id] }
            let scoped = caller.with(key: key)
            #expect(try await scoped.get("/api/sessions/\(mine.id)").status == 200)
            #expect(try await scoped.get("/api/sessions/mine").status == 200)
            for path in [other.id, "other", "unknown"] {
                let answer = try await scoped.get("/api/sessions/\(path)")
                #expect(answer.status == 401)
                #expect(answer.message == ["API key not authorized for this session"])
            }
            #expect(try await scoped.get("/api/sessions").elements.count == 1)
            let creation = try await scoped.post("/api/sessions", #"{"name":"third"}"#)
            #expect(creation.status == 403)
            #expect(creation.message == ["Session-scoped API keys are not permitted on this route"])
        }
    }

    @Test("A key bound to addresses is refused elsewhere, and a trusted proxy is believed")
    func addresses() async throws {
        try await withAPI(APIConfiguration(trustedProxies: ["127.0.0.1"])) { port, fixture in
            let key = try await fixture.addKey(.viewer) { $0.allowedIPs = ["198.51.100.0/24"] }
            let answers = try await withConnection(to: port) { connection in
                let get = "GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \(key)\r\n"
                try connection.send(get + "X-Forwarded-For: 198.51.100.9\r\nConnection: close\r\n\r\n")
                return try connection.receiveAll()
            }
            #expect(answers.hasPrefix("HTTP/1.1 200 OK"))
            let refused = try await withConnection(to: port) { connection in
                try connection.send(
                    "GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\n\r\n")
                return try connection.receive(answers: 1)
            }
            #expect(refused.hasPrefix("HTTP/1.1 401 Unauthorized"))
            #expect(refused.contains(#""message":"IP address not allowed""#))
        }
    }

    @Test("After many wrong keys the address has to wait, but no key that is right")
    func wrongKeys() async throws {
        try await withRoutes { caller, fixture in
            let fresh = try await fixture.addKey(.viewer)
            let guesser = caller.with(key: "guess")
            var answers: [Answer] = []
            while answers.last?.status != 429, answers.count < 1000 {
                answers.append(try await guesser.get("/api/sessions"))
            }
            #expect(answers.count > 60)
            #expect(answers.dropLast().allSatisfy { $0.status == 401 })
            let refused = try #require(answers.last)
            #expect(refused.names == ["statusCode", "message", "code", "retryAfterSeconds", "requestId", "docUrl"])
            #expect(refused.message == ["ThrottlerException: Too Many Requests"])
            #expect(refused.headers[.retryAfter] == "1")
            #expect(try await caller.get("/api/sessions").status == 200)
            #expect(try await caller.with(key: fresh).get("/api/sessions").status == 200)
        }
    }
}
