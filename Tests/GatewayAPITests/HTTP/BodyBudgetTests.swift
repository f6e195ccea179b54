import Hummingbird
import NIOCore
import Testing

@testable import GatewayAPI

struct BodyBudgetTests {
    @Test("Bodies share a budget, and callers without a key a quarter of it")
    func sharing() {
        let budget = BodyBudget(byteCount: 1000)
        #expect(budget.reserve(250, hasKey: false))
        #expect(!budget.reserve(1, hasKey: false))
        #expect(budget.reserve(750, hasKey: true))
        #expect(!budget.reserve(1, hasKey: true))
        budget.release(800)
        #expect(budget.reserve(50, hasKey: false))
        #expect(budget.reserve(700, hasKey: true))
    }

    @Test("A length that is only declared takes nothing from the budget")
    func declared() async throws {
        let collector = BodyCollector(maximumByteCount: 1000, budget: BodyBudget(byteCount: 400))
        let (body, source) = RequestBody.makeStream()
        await source.yield(ByteBuffer(string: "{}"))
        source.finish()
        let head = HTTPRequest(
            method: .post, scheme: "http", authority: "localhost", path: "/", headerFields: [.contentLength: "1000"])
        var reserved = 0
        await #expect(throws: APIError.bodyIncomplete) {
            try await collector.collect(Request(head: head, body: body), hasKey: false, reservation: &reserved)
        }
        #expect(reserved == 2)
    }

    @Test("A body that does not fit now is refused with a time to come back, and the budget is given back")
    func refusal() async throws {
        let configuration = APIConfiguration(maximumBodyByteCount: 1000, bodyBudgetByteCount: 100)
        try await withRoutes(configuration) { caller, _ in
            let body = #"{"name":"depot-1"}"# + String(repeating: " ", count: 100)
            let answer = try await caller.post("/api/sessions", body)
            #expect(answer.status == 503)
            #expect(answer.headers[.retryAfter] == "1")
            let unknown = try await caller.with(key: "owa_unknown").post("/api/sessions", #"{"name":"seven-seven-seven"}"#)
            #expect(unknown.status == 503, "any header is no key")
            for name in ["one", "two", "three", "four", "five", "six"] {
                #expect(try await caller.post("/api/sessions", "{\"name\":\"\(name)\"}").status == 201)
            }
        }
    }
}
