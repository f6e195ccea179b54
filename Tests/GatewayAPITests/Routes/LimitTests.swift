import Gateway
import Hummingbird
import StrictJSON
import Testing

@testable import GatewayAPI

struct LimitTests {
    private func limited(_ limit: Int) -> APIConfiguration {
        // Days long, so that no test is as slow as its window.
        APIConfiguration(requestWindows: [
            RequestWindow(name: "short", milliseconds: 86_400_000, limit: limit),
            RequestWindow(name: "long", milliseconds: 86_400_000, limit: 100),
        ])
    }

    private func names(_ answer: Answer) -> Set<String> {
        Set(answer.headers.map { $0.name.canonicalName }.filter { $0.contains("ratelimit") || $0.contains("retry") })
    }

    @Test("Nothing is limited, and no header speaks of it, unless a limit is set")
    func off() async throws {
        try await withRoutes { caller, _ in
            for _ in 0..<30 {
                let answer = try await caller.get("/api/sessions")
                #expect(names(answer).isEmpty)
            }
        }
    }

    @Test("A limited route tells where the caller stands, refuses beyond it, and leaves other routes alone")
    func windows() async throws {
        try await withRoutes(limited(2)) { caller, _ in
            let first = try await caller.get("/api/sessions")
            #expect(first.status == 200)
            #expect(first.headers[.init("X-RateLimit-Limit-short")!] == "2")
            #expect(first.headers[.init("X-RateLimit-Remaining-short")!] == "1")
            #expect(first.headers[.init("X-RateLimit-Reset-short")!] == "86400")
            #expect(first.headers[.init("X-RateLimit-Remaining-long")!] == "99")
            #expect(try await caller.get("/api/sessions?name=x").status == 200, "the query is no part of the route")
            let refused = try await caller.get("/api/sessions")
            #expect(refused.status == 429)
            #expect(
                refused.names == ["statusCode", "message", "code", "retryAfterSeconds", "requestId", "docUrl"])
            #expect(refused.message == ["ThrottlerException: Too Many Requests"])
            #expect(refused["code"] == .string("RATE_LIMITED"))
            #expect(names(refused) == ["retry-after", "retry-after-short"])
            #expect(refused.headers[.retryAfter] == "86400")
            #expect(try await caller.get("/api/sessions/x").status == 404)
            for _ in 0..<5 {
                let answer = try await caller.get("/api/health")
                #expect(names(answer).isEmpty)
            }
        }
    }

    @Test("Requests with a bad key count as well, but not those whose body is no JSON")
    func order() async throws {
        try await withRoutes(limited(2)) { caller, _ in
            let path = "/api/sessions/x/messages/send-text"
            for _ in 0..<5 { #expect(try await caller.post(path, "{").status == 400) }
            let nobody = caller.with(key: nil)
            let unauthorized = try await nobody.post(path, "{}")
            #expect(unauthorized.status == 401)
            #expect(unauthorized.headers[.init("X-RateLimit-Remaining-short")!] == "1")
            #expect(try await nobody.post(path, "{}").status == 401)
            #expect(try await nobody.post(path, "{}").status == 429)
        }
    }

    @Test("A key has no more from many addresses than from one")
    func keys() async throws {
        var configuration = limited(2)
        configuration.trustedProxies = ["127.0.0.1"]
        try await withAPI(configuration) { port, fixture in
            let answers = try await withConnection(to: port) { connection in
                var answers: [String] = []
                for address in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
                    try connection.send(
                        "GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \(fixture.adminKey)\r\n"
                            + "X-Forwarded-For: \(address)\r\n\r\n")
                    var answer = ""
                    while !answer.hasSuffix("}") && !answer.hasSuffix("[]") { answer += try connection.receive() }
                    answers.append(answer)
                }
                return answers
            }
            #expect(answers.map { String($0.prefix(12)) } == ["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 429"])
            #expect(answers.last?.contains("Retry-After-short: 86400\r\n") == true)
        }
    }

    @Test("A page of another origin may read the limits' headers")
    func exposed() async throws {
        try await withRoutes { caller, _ in
            let exposed =
                try await caller.get("/api/health", [.origin: "https://app.example"])
                .headers[.accessControlExposeHeaders]?.split(separator: ",") ?? []
            for name in [
                "X-RateLimit-Limit-short", "X-RateLimit-Remaining-medium", "X-RateLimit-Reset-long", "Retry-After",
                "Retry-After-long", "Idempotent-Replayed",
            ] {
                #expect(exposed.contains(Substring(name)))
            }
        }
    }

    @Test("Where the operator wants it, a key outside its sessions or addresses gets a 403 with the same text")
    func scopeAsForbidden() async throws {
        try await withRoutes(APIConfiguration(answersScopeAsForbidden: true)) { caller, fixture in
            let scoped = try await fixture.addKey(.operator) { $0.allowedSessions = ["other"] }
            let bound = try await fixture.addKey(.operator) { $0.allowedIPs = ["198.51.100.7"] }
            for (key, text) in [
                (scoped, "API key not authorized for this session"), (bound, "Client IP could not be determined"),
            ] {
                let answer = try await caller.with(key: key).get("/api/sessions/x")
                #expect(answer.status == 403)
                #expect(answer.message == [text])
                #expect(answer["error"] == .string("Forbidden"))
            }
            #expect(try await caller.with(key: "nope").get("/api/sessions/x").status == 401)
        }
    }
}
