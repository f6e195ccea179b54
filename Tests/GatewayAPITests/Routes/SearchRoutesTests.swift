import Gateway
import StrictJSON
import Testing

@testable import GatewayAPI

struct SearchRoutesTests {
    @Test("A search answers its envelope, reads its parameters strictly, and clamps a high limit")
    func parameters() async throws {
        try await withRoutes { caller, _ in
            let empty = try await caller.get("/api/search?q=hello&limit=5000&offset=100000")
            #expect(empty.status == 200)
            #expect(empty.names == ["hits", "total", "tookMs", "provider"])
            #expect(empty["hits"] == .array([]))
            #expect(empty["total"] == .number(.integer(0)))
            #expect(empty["provider"] == .string("builtin-fts"))
            for query in [
                "", "q=", "q=%20%09", "q=a&limit=0", "q=a&limit=x", "q=a&offset=-1", "q=a&offset=100001",
                "q=a&direction=up", "q=a&dateFrom=yesterday", "q=a&dateTo=1.5", "q=a&chatId=nonsense!",
                "q=" + String(repeating: "a", count: 1_001),
            ] {
                let refused = try await caller.get("/api/search?" + query)
                #expect(refused.status == 400, "\(query)")
            }
            #expect(try await caller.get("/api/search?q=a&chatId=nonsense!")["code"] == .string("INVALID_CHAT_ID"))
            let refused = try await caller.get("/api/search?fro=1&limit=0&q=%20&caf%C3%A9&fro=2&direction=up")
            #expect(refused["code"] == .string("INVALID_PARAMETER"))
            #expect(
                refused.message == [
                    "property fro should not exist", "property café should not exist", "q should not be empty",
                    "direction must be one of the following values: incoming, outgoing", "limit must not be less than 1",
                ])
            let alone = try await caller.get("/api/search?q=a&foo")
            #expect(alone["message"] == .array([.string("property foo should not exist")]))
        }
    }

    @Test(
        "A search needs an operator's key, which reaches its sessions only; where it is switched off there is no route")
    func access() async throws {
        try await withRoutes { caller, fixture in
            let viewer = try await fixture.addKey(.viewer)
            #expect(try await caller.with(key: viewer).get("/api/search?q=a").status == 403)
            let scoped = try await fixture.addKey(.operator) { $0.allowedSessions = ["mine"] }
            #expect(try await caller.with(key: scoped).get("/api/search?q=a").status == 200)
            #expect(try await caller.with(key: scoped).get("/api/search?q=a&sessionId=mine").status == 200)
            #expect(try await caller.with(key: scoped).get("/api/search?q=a&sessionId=other").status == 401)
        }
        var configuration = APIConfiguration()
        configuration.servesSearch = false
        try await withRoutes(configuration) { caller, _ in
            let answer = try await caller.get("/api/search?q=a")
            #expect(answer.status == 404)
        }
    }
}
