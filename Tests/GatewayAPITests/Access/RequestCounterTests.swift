import Testing

@testable import GatewayAPI

struct RequestCounterTests {
    private let place = RequestCounter.Place(route: "GET sessions", caller: "203.0.113.9")

    private func counter(_ windows: (String, Int64, Int)...) -> RequestCounter {
        RequestCounter(windows.map { RequestWindow(name: $0.0, milliseconds: $0.1, limit: $0.2) })
    }

    @Test("A window lets its limit pass, then refuses for a whole window from that moment")
    func window() {
        let counter = counter(("short", 1_000, 3))
        for remaining in [2, 1, 0] {
            let verdict = counter.request(at: place, nowMilliseconds: 0)
            #expect(verdict.refusal == nil)
            #expect(verdict.passed.map(\.remaining) == [remaining])
        }
        #expect(counter.request(at: place, nowMilliseconds: 900).refusal == .init(window: "short", seconds: 1))
        #expect(counter.request(at: place, nowMilliseconds: 1_899).refusal != nil, "blocked until 1,900")
        #expect(counter.request(at: place, nowMilliseconds: 1_900).passed.map(\.remaining) == [2])
    }

    @Test("A window that was not overrun begins anew with the first request after its end")
    func renewal() {
        let counter = counter(("short", 1_000, 2))
        #expect(counter.request(at: place, nowMilliseconds: 0).passed.map(\.resetSeconds) == [1])
        #expect(counter.request(at: place, nowMilliseconds: 999).passed.map(\.remaining) == [0])
        #expect(counter.request(at: place, nowMilliseconds: 1_000).passed.map(\.remaining) == [1])
    }

    @Test("Windows are judged in order, and one that refuses keeps the later ones from counting")
    func order() {
        let counter = counter(("short", 1_000, 1), ("medium", 60_000, 2), ("long", 3_600_000, 2))
        _ = counter.request(at: place, nowMilliseconds: 0)
        for _ in 0..<5 {
            let refused = counter.request(at: place, nowMilliseconds: 10)
            #expect(refused.refusal?.window == "short" && refused.passed.isEmpty)
        }
        #expect(counter.request(at: place, nowMilliseconds: 2_000).passed.map(\.remaining) == [0, 0, 0])
        let refused = counter.request(at: place, nowMilliseconds: 4_000)
        #expect(refused.refusal == .init(window: "medium", seconds: 60))
        #expect(refused.passed.map(\.window.name) == ["short"])
    }

    @Test("Routes and callers are counted apart")
    func places() {
        let counter = counter(("short", 1_000, 1))
        for place in [place, .init(route: "GET sessions", caller: "b"), .init(route: "POST sessions", caller: "b")] {
            #expect(counter.request(at: place, nowMilliseconds: 0).refusal == nil)
            #expect(counter.request(at: place, nowMilliseconds: 0).refusal != nil)
        }
    }

    @Test("More places than the limit do not make it grow, and quiet ones are forgotten first")
    func bounded() {
        let counter = counter(("short", 1_000, 1))
        for number in 0..<RequestCounter.maximumPlaces - 1 {
            _ = counter.request(at: .init(route: "r", caller: "\(number)"), nowMilliseconds: 0)
        }
        for _ in 0..<2 { _ = counter.request(at: place, nowMilliseconds: 500) }
        _ = counter.request(at: .init(route: "r", caller: "another"), nowMilliseconds: 1_000)
        #expect(counter.request(at: place, nowMilliseconds: 1_000).refusal != nil)
    }
}
