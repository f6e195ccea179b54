#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IPv4 or IPv6 address as a number; `::ffff:a.b.c.d` is the IPv4 address inside.
struct IPAddress: Hashable, Sendable {
    /// The address in its low bits: 32 of IPv4, 128 of IPv6.
    let bits: UInt128
    let isIPv6: Bool

    var bitCount: Int { isIPv6 ? 128 : 32 }

    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            var bytes = in6_addr()
            guard String(text).withCString({ inet_pton(AF_INET6, $0, &bytes) }) == 1 else { return nil }
            let bits = withUnsafeBytes(of: &bytes) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
            isIPv6 = bits >> 32 != 0xFFFF
            self.bits = isIPv6 ? bits : bits & 0xFFFF_FFFF
        } else {
            var bytes = in_addr()
            guard String(text).withCString({ inet_pton(AF_INET, $0, &bytes) }) == 1 else { return nil }
            bits = withUnsafeBytes(of: &bytes) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
            isIPv6 = false
        }
    }
}

extension IPAddress {
    /// What counts as one caller: an IPv4 address, or the /64 that an IPv6 customer has as a whole.
    static func block(of address: String?) -> String {
        guard let address else { return "unknown" }
        guard address.utf8.contains(UInt8(ascii: ":")), let parsed = IPAddress(address), parsed.isIPv6 else {
            return address
        }
        return String(UInt64(truncatingIfNeeded: parsed.bits >> 64), radix: 16)
    }
}

/// An address, or a range of them in CIDR form: `10.0.0.0/8`, `2001:db8::/32`, `198.51.100.7`.
struct AddressRange: Sendable {
    private let first: IPAddress
    private let prefixLength: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let first = IPAddress(parts[0]) else { return nil }
        let length = parts.count == 2 ? Int(parts[1]) : first.bitCount
        guard let length, (0...first.bitCount).contains(length) else { return nil }
        self.first = first
        prefixLength = length
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.isIPv6 == first.isIPv6 else { return false }
        let ignored = first.bitCount - prefixLength
        return ignored == 128 || address.bits >> ignored == first.bits >> ignored
    }
}
