import Testing

@testable import GatewayAPI

struct WrongKeyLimitTests {
    private let limit = WrongKeyLimit()
    private let address = "203.0.113.9"

    private func exhaust(_ address: String, at milliseconds: Int64) {
        for _ in 0..<Int(WrongKeyLimit.burst) { limit.wrongKey(from: address, nowMilliseconds: milliseconds) }
    }

    private func wait(_ address: String, _ keyID: String? = nil, isGuessable: Bool = true, at now: Int64 = 0) -> Int? {
        limit.secondsToWait(address, keyID: keyID, isGuessable: isGuessable, nowMilliseconds: now)
    }

    @Test("After a burst of wrong keys no guess of the address is answered, and time heals")
    func burst() {
        for _ in 0..<Int(WrongKeyLimit.burst) {
            #expect(wait(address) == nil)
            limit.wrongKey(from: address, nowMilliseconds: 0)
        }
        #expect(wait(address) == 1)
        #expect(wait(address, isGuessable: false) == 1)
        // Told apart from a wrong one, it would be found by going on.
        #expect(wait(address, "right but new", at: 500) == 1)
        #expect(wait(address, at: 1000) == nil)
    }

    @Test("A chosen key that was accepted before stays welcome while its neighbour guesses")
    func welcome() {
        for number in 0..<40 { limit.goodKey("ours-\(number)", from: address, nowMilliseconds: 0) }
        exhaust(address, at: 0)
        #expect(wait(address, "ours-0") == nil)
        #expect(wait(address, "ours-39") == nil)
        #expect(wait(address) == 1)
    }

    @Test("A key that was drawn passes whatever its neighbours do, seen before or not")
    func drawn() {
        exhaust(address, at: 0)
        #expect(wait(address, "k", isGuessable: false) == nil)
    }

    @Test("Only keys as we draw them are no guess", arguments: [
        ("owa_k1_" + String(repeating: "0a", count: 32), false), ("owa_k1_" + String(repeating: "0A", count: 32), true),
        ("owa_k1_" + String(repeating: "0a", count: 31), true), ("owb_k1_" + String(repeating: "0a", count: 32), true),
        ("s3cret", true), ("", true),
    ])
    func forms(key: String, isGuessable: Bool) {
        #expect(WrongKeyLimit.isGuessable(key) == isGuessable)
    }

    @Test("Addresses are counted apart, and all of an IPv6 network together")
    func places() {
        exhaust(address, at: 0)
        #expect(wait("203.0.113.10") == nil)
        exhaust("2001:db8::1", at: 0)
        #expect(wait("2001:db8::ffff:2") == 1)
        #expect(wait("2001:db8:0:1::1") == nil)
    }

    @Test("More addresses than the limit do not make it grow, and forget quiet ones first")
    func bounded() {
        exhaust(address, at: 0)
        for number in 0..<WrongKeyLimit.maximumAddresses + 10 {
            limit.goodKey("k", from: "host-\(number)", nowMilliseconds: 1)
        }
        #expect(wait(address, at: 1) == 1)
    }
}
