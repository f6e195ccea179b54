import Testing

@testable import GatewayAPI

struct ClientAddressesTests {
    @Test(
        "A range contains its addresses and no others",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("198.51.100.7", "198.51.100.7", true),
            ("198.51.100.7", "198.51.100.8", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:1::5", true), ("2001:db8::/32", "2001:db9::", false), ("::/0", "::1", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ])
    func ranges(range: String, address: String, isInside: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "What is no range is none",
        arguments: [
            "", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/8/9", "host", "::1/129", "10.0.0.0/", "01.2.3.4.5",
        ])
    func notRanges(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("Without trusted proxies the socket's other end is the caller, whatever a header says")
    func direct() {
        let addresses = ClientAddresses(trustedProxies: [])
        #expect(addresses.client(peer: "203.0.113.9", forwardedFor: "10.0.0.1") == "203.0.113.9")
        #expect(addresses.client(peer: "::ffff:203.0.113.9", forwardedFor: nil) == "203.0.113.9")
        #expect(addresses.client(peer: nil, forwardedFor: "10.0.0.1") == nil)
    }

    @Test(
        "Behind trusted proxies the first hop from the right that is none of them is the caller",
        arguments: [
            ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"), ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"), ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
            ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
        ])
    func proxies(peer: String, header: String, expected: String) {
        let addresses = ClientAddresses(trustedProxies: ["10.0.0.0/8", "nonsense"])
        #expect(addresses.client(peer: peer, forwardedFor: header) == expected)
    }
}
