import Testing

@testable import GatewayAPI

struct WrongKeyLimitTests {
    private let limit = WrongKeyLimit()
    private let address = "203.0.113.9"

    private func exhaust(_ address: String, at milliseconds: Int64) {
        for _ in 0..<Int(WrongKeyLimit.burst) { limit.wrongKey(from: address, nowMilliseconds: milliseconds) }
    }

    @Test("After a burst of wrong keys no key of the address is looked at, and time heals")
    func burst() {
        for _ in 0..<Int(WrongKeyLimit.burst) {
            #expect(limit.secondsToWait(address, key: "guess", nowMilliseconds: 0) == nil)
            limit.wrongKey(from: address, nowMilliseconds: 0)
        }
        #expect(limit.secondsToWait(address, key: "guess", nowMilliseconds: 0) == 1)
        #expect(limit.secondsToWait(address, key: "right but new", nowMilliseconds: 500) == 1)
        #expect(limit.secondsToWait(address, key: "guess", nowMilliseconds: 1000) == nil)
    }

    @Test("A key that was accepted before stays welcome while its neighbour guesses")
    func welcome() {
        limit.goodKey("ours", from: address, nowMilliseconds: 0)
        exhaust(address, at: 0)
        #expect(limit.secondsToWait(address, key: "ours", nowMilliseconds: 0) == nil)
        #expect(limit.secondsToWait(address, key: "guess", nowMilliseconds: 0) == 1)
    }

    @Test("Addresses are counted apart, and all of an IPv6 network together")
    func places() {
        exhaust(address, at: 0)
        #expect(limit.secondsToWait("203.0.113.10", key: "guess", nowMilliseconds: 0) == nil)
        exhaust("2001:db8::1", at: 0)
        #expect(limit.secondsToWait("2001:db8::ffff:2", key: "guess", nowMilliseconds: 0) == 1)
        #expect(limit.secondsToWait("2001:db8:0:1::1", key: "guess", nowMilliseconds: 0) == nil)
    }

    @Test("More addresses than the limit do not make it grow, and forget quiet ones first")
    func bounded() {
        exhaust(address, at: 0)
        for number in 0..<WrongKeyLimit.maximumAddresses + 10 {
            limit.goodKey("k", from: "host-\(number)", nowMilliseconds: 1)
        }
        #expect(limit.secondsToWait(address, key: "guess", nowMilliseconds: 1) == 1)
    }
}
