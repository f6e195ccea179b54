import Foundation
import Gateway
import Hummingbird
import StrictJSON
import Testing

@testable import GatewayAPI

struct AuthRoutesTests {
    private static let keys = "/api/auth/api-keys"

    @Test("A key is made, works at once, is listed, changed, revoked and deleted")
    func life() async throws {
        try await withRoutes { caller, _ in
            let created = try await caller.post(Self.keys, #"{"name":"warehouse bot"}"#)
            #expect(created.status == 201)
            #expect(
                created.names == ["id", "name", "keyPrefix", "role", "isActive", "usageCount", "createdAt", "apiKey"])
            #expect(created["role"] == .string("operator"))
            let id = try #require(created["id"]?.string)
            let rawKey = try #require(created["apiKey"]?.string)
            #expect(rawKey.wholeMatch(of: /owa_k1_[0-9a-f]{64}/) != nil)
            #expect(created["keyPrefix"] == .string(String(rawKey.prefix(12))))

            let bot = caller.with(key: rawKey)
            #expect(try await bot.get("/api/sessions").status == 200)
            let found = try await caller.get("\(Self.keys)/\(id)")
            #expect(found.status == 200)
            #expect(found["apiKey"] == nil)
            #expect(found["usageCount"] == .number(.integer(1)))
            #expect(found["lastUsedAt"] != nil)

            let changed = try await caller.call(
                .put, "\(Self.keys)/\(id)",
                body: #"{"name":"reader","role":"viewer","expiresAt":"2099-03-01","allowedIps":["10.0.0.0/8"]}"#)
            #expect(changed.status == 200)
            #expect(changed["name"] == .string("reader"))
            #expect(changed["role"] == .string("viewer"))
            #expect(changed["expiresAt"] == .string("2099-03-01T00:00:00.000Z"))
            #expect(changed["allowedIps"] == .array([.string("10.0.0.0/8")]))
            #expect(try await bot.get("/api/sessions").message == ["Client IP could not be determined"])
            let cleared = try await caller.call(
                .put, "\(Self.keys)/\(id)", body: #"{"expiresAt":null,"allowedIps":[]}"#)
            #expect(cleared["expiresAt"] == nil && cleared["allowedIps"] == nil)
            #expect(cleared["name"] == .string("reader"))
            #expect(
                try await bot.post("/api/sessions", #"{"name":"abc"}"#).message == [
                    "Insufficient permissions. Required: operator"
                ])

            let list = try await caller.get(Self.keys)
            #expect(list.elements.count == 2)
            let revoked = try await caller.post("\(Self.keys)/\(id)/revoke")
            #expect(revoked.status == 200)
            #expect(revoked["isActive"] == .boolean(false))
            #expect(try await bot.get("/api/sessions").message == ["API key is revoked"])
            #expect(try await caller.post("\(Self.keys)/\(id)/revoke").status == 200)

            let deleted = try await caller.call(.delete, "\(Self.keys)/\(id)")
            #expect(deleted.status == 204 && deleted.text.isEmpty)
            #expect(try await bot.get("/api/sessions").message == ["Invalid API key"])
        }
    }

    @Test("An unknown key is a 404 on every route about one", arguments: ["GET", "PUT", "DELETE", "POST"])
    func unknown(method: String) async throws {
        try await withRoutes { caller, _ in
            let path = "\(Self.keys)/nope" + (method == "POST" ? "/revoke" : "")
            let answer = try await caller.call(HTTPRequest.Method(method)!, path, body: method == "PUT" ? "{}" : nil)
            #expect(answer.status == 404)
            #expect(answer.message == ["API key with id 'nope' not found"])
            #expect(answer["code"] == .string("API_KEY_NOT_FOUND"))
        }
    }

    @Test(
        "Bad fields are told in the contract's words",
        arguments: [
            (
                "{}",
                [
                    "name must be shorter than or equal to 100 characters",
                    "name must be longer than or equal to 3 characters", "name must be a string",
                ]
            ),
            (#"{"name":"abc","role":"root"}"#, ["role must be one of the following values: admin, operator, viewer"]),
            (
                #"{"name":"abc","allowedIps":["10.0.0.0/33"]}"#,
                ["each allowedIps entry must be a valid IPv4 address or IPv4 CIDR range (e.g. 10.0.0.0/8)"]
            ),
            (
                #"{"name":"abc","allowedIps":["::1"]}"#,
                ["each allowedIps entry must be a valid IPv4 address or IPv4 CIDR range (e.g. 10.0.0.0/8)"]
            ),
            (
                #"{"name":"abc","allowedSessions":["a,b"]}"#,
                [
                    "each allowedSessions entry must be a non-empty session id with no surrounding whitespace and no comma"
                ]
            ),
            (#"{"name":"abc","allowedSessions":["a","a"]}"#, ["All allowedSessions's elements must be unique"]),
            (#"{"name":"abc","expiresAt":"soon"}"#, ["expiresAt must be a valid ISO 8601 date string"]),
            (#"{"name":"abc","isActive":true}"#, ["property isActive should not exist"]),
            (#"{"name":"abc","allowedChats":[]}"#, ["property allowedChats should not exist"]),
        ])
    func badFields(body: String, texts: [String]) async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.post(Self.keys, body)
            #expect(answer.status == 400)
            #expect(answer.message == texts)
            #expect(try await caller.get(Self.keys).elements.count == 1, "a refused key is not made")
        }
    }

    @Test("Only an admin's key that is bound to no sessions manages keys; whoever has a key may validate it")
    func roles() async throws {
        try await withRoutes { caller, fixture in
            let session = try await fixture.gateway.createSession(name: "depot-1")
            let operatorKey = try await fixture.addKey(.operator)
            let boundAdmin = try await fixture.addKey(.admin) { $0.allowedSessions = [session.id] }
            for (method, path) in [
                ("GET", ""), ("GET", "/x"), ("POST", ""), ("PUT", "/x"), ("POST", "/x/revoke"), ("DELETE", "/x"),
            ] {
                let low = try await caller.with(key: operatorKey).call(.init(method)!, Self.keys + path)
                #expect(low.status == 403)
                #expect(low.message == ["Insufficient permissions. Required: admin"])
                let bound = try await caller.with(key: boundAdmin).call(.init(method)!, Self.keys + path)
                #expect(bound.status == 403)
                #expect(bound.message == ["Session-scoped API keys are not permitted on this route"])
            }
            let valid = try await caller.with(key: operatorKey).post("/api/auth/validate")
            #expect(valid.status == 200)
            #expect(valid["valid"] == .boolean(true))
            #expect(valid["role"] == .string("operator"))
            #expect(valid["scoped"] == .boolean(false))
            #expect(try await caller.with(key: boundAdmin).post("/api/auth/validate")["scoped"] == .boolean(true))
            #expect(try await caller.with(key: "nope").post("/api/auth/validate").message == ["Invalid API key"])
        }
    }

    @Test("The last admin key cannot be deleted, revoked, demoted, bound or given an end, until there is another")
    func lastAdmin() async throws {
        try await withRoutes { caller, fixture in
            guard case .array(let keys)? = try await caller.get(Self.keys).json, case .object(let key)? = keys.first,
                let id = key["id"]?.string
            else {
                Issue.record("the first key is not listed")
                return
            }
            func attempts(_ caller: TestCaller) async throws -> [Answer] {
                let path = "\(Self.keys)/\(id)"
                return [
                    try await caller.call(.put, path, body: #"{"role":"operator"}"#),
                    try await caller.call(.put, path, body: #"{"expiresAt":"2099-01-01"}"#),
                    try await caller.call(.put, path, body: #"{"allowedSessions":["x"]}"#),
                    try await caller.post("\(path)/revoke"),
                    try await caller.call(.delete, path),
                ]
            }
            _ = try await fixture.addKey(.operator)
            _ = try await fixture.addKey(.admin) { $0.isActive = false }
            _ = try await fixture.addKey(.admin) { $0.expiresAtMilliseconds = 1 }
            for answer in try await attempts(caller) {
                #expect(answer.status == 409)
                #expect(answer.message == ["Cannot remove the last active admin key"])
            }
            #expect(try await caller.call(.put, "\(Self.keys)/\(id)", body: #"{"name":"root key"}"#).status == 200)

            let other = try await fixture.addKey(.admin)
            #expect(try await attempts(caller.with(key: other)).map(\.status) == [200, 200, 200, 200, 204])
        }
    }

    @Test("Sessions may be named when a key is made; a name without a session opens nothing, also not later")
    func scopes() async throws {
        try await withRoutes { caller, fixture in
            let session = try await fixture.gateway.createSession(name: "depot-1")
            let created = try await caller.post(
                Self.keys, #"{"name":"bound","allowedSessions":["depot-1","depot-2","\#(session.id)"]}"#)
            #expect(created["allowedSessions"] == .array([.string(session.id), .string("depot-2")]))
            let bound = caller.with(key: created["apiKey"]?.string)
            #expect(try await bound.get("/api/sessions/depot-1").status == 200)
            _ = try await fixture.gateway.createSession(name: "depot-2")
            #expect(try await bound.get("/api/sessions/depot-2").status == 401)
            #expect(try await bound.get("/api/sessions").elements.count == 1)

            try await fixture.gateway.deleteSession("depot-1")
            #expect(try await bound.get("/api/sessions").elements.isEmpty, "a key whose session is gone reaches none")
        }
    }

    @Test("The first key's file goes with the key, and with no other")
    func keyFile() async throws {
        for action in ["revoke", "delete"] {
            try await withRoutes { caller, fixture in
                let other = try await caller.post(Self.keys, #"{"name":"second","role":"admin"}"#)
                let second = caller.with(key: other["apiKey"]?.string)
                let third = try await caller.post(Self.keys, #"{"name":"third"}"#)
                _ = try await caller.call(.delete, "\(Self.keys)/\(third["id"]?.string ?? "")")
                #expect(FileManager.default.fileExists(atPath: fixture.keyFile))

                let first = try #require(fixture.gateway.authenticate(key: fixture.adminKey))
                let answer =
                    action == "revoke"
                    ? try await second.post("\(Self.keys)/\(first.id)/revoke")
                    : try await second.call(.delete, "\(Self.keys)/\(first.id)")
                #expect(answer.status == (action == "revoke" ? 200 : 204))
                #expect(!FileManager.default.fileExists(atPath: fixture.keyFile))
            }
        }
    }
}
