import Hummingbird
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

    @Test("A body that does not fit now is refused with a time to come back, and the budget is given back")
    func refusal() async throws {
        let configuration = APIConfiguration(maximumBodyByteCount: 1000, bodyBudgetByteCount: 100)
        try await withRoutes(configuration) { caller, _ in
            let body = #"{"name":"depot-1"}"# + String(repeating: " ", count: 100)
            let answer = try await caller.post("/api/sessions", body)
            #expect(answer.status == 503)
            #expect(answer.headers[.retryAfter] == "1")
            for name in ["one", "two", "three", "four", "five", "six"] {
                #expect(try await caller.post("/api/sessions", "{\"name\":\"\(name)\"}").status == 201)
            }
        }
    }
}
