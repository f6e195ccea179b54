#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IPv4 or IPv6 address as a number.
package enum NetworkAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt128)

    /// The standard text forms only: four decimal parts, or colons. No zone id, no brackets.
    package init?(_ text: some StringProtocol) {
        guard (2...45).contains(text.utf8.count) else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            var bytes = in6_addr()
            guard String(text).withCString({ inet_pton(AF_INET6, $0, &bytes) }) == 1 else { return nil }
            self = .v6(withUnsafeBytes(of: &bytes) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } })
        } else {
            var bytes = in_addr()
            guard String(text).withCString({ inet_pton(AF_INET, $0, &bytes) }) == 1 else { return nil }
            self = .v4(withUnsafeBytes(of: &bytes) { $0.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } })
        }
    }

    /// The canonical text: `192.0.2.1`, `2001:db8::1`.
    package var text: String {
        switch self {
        case .v4(let bits):
            return (0..<4).map { String((bits >> (24 - 8 * $0)) & 0xFF) }.joined(separator: ".")
        case .v6(let bits):
            var address = in6_addr()
            withUnsafeMutableBytes(of: &address) { bytes in
                for index in 0..<16 { bytes[index] = UInt8(truncatingIfNeeded: bits >> (120 - 8 * index)) }
            }
            var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count))
            return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

extension NetworkAddress {
    /// Whether no request on a caller's behalf may go there.
    ///
    /// Everything that is not plain public unicast: private, loopback, link-local, shared, reserved, multicast and
    /// documentation ranges; IPv6 outside 2000::/3; and IPv6 forms that carry an IPv4 address which is itself blocked.
    /// Contract section 8, with the ranges OpenWA leaves open.
    package var isBlocked: Bool {
        switch self {
        case .v4(let bits):
            return Self.blockedV4.contains { bits >> (32 - $0.length) == $0.prefix >> (32 - $0.length) }
        case .v6(let bits):
            if let inner = Self.embeddedV4(in: bits) { return NetworkAddress.v4(inner).isBlocked }
            guard bits >> 125 == 0b001 else { return true }
            return Self.blockedV6.contains { bits >> (128 - $0.length) == $0.prefix >> (128 - $0.length) }
        }
    }

    private static let blockedV4: [(prefix: UInt32, length: UInt32)] = [
        (0x0000_0000, 8),  // "this" network
        (0x0A00_0000, 8),  // private
        (0x6440_0000, 10),  // shared by carriers
        (0x7F00_0000, 8),  // loopback
        (0xA9FE_0000, 16),  // link-local, cloud metadata
        (0xAC10_0000, 12),  // private
        (0xC000_0000, 24),  // protocol assignments
        (0xC000_0200, 24),  // documentation
        (0xC058_6300, 24),  // 6to4 relays
        (0xC0A8_0000, 16),  // private
        (0xC612_0000, 15),  // benchmarks
        (0xC633_6400, 24),  // documentation
        (0xCB00_7100, 24),  // documentation
        (0xE000_0000, 4),  // multicast
        (0xF000_0000, 4),  // reserved, broadcast
    ]

    /// Inside 2000::/3.
    private static let blockedV6: [(prefix: UInt128, length: UInt128)] = [
        (0x2001_0000 << 96, 23),  // protocol assignments: Teredo 2001::/32, benchmarks, ORCHID
        (0x2001_0db8 << 96, 32),  // documentation
        (0x3fff_0000 << 96, 20),  // documentation (RFC 9637)
    ]

    /// The IPv4 address that a gateway would reach through an IPv6 form. Forms that carry none give nil.
    ///
    /// `::ffff:a.b.c.d`, `::ffff:0:a.b.c.d`, `::a.b.c.d`, NAT64 `64:ff9b::/96` and `64:ff9b:1::/96`, 6to4 `2002:…::/16`.
    private static func embeddedV4(in bits: UInt128) -> UInt32? {
        let low = UInt32(truncatingIfNeeded: bits)
        switch bits >> 32 {
        case 0xFFFF, 0xFFFF_0000, 0x0064_FF9B << 64, 0x0064_FF9B_0001 << 48: return low
        case 0 where low > 1: return low
        default: break
        }
        return bits >> 112 == 0x2002 ? UInt32(truncatingIfNeeded: bits >> 80) : nil
    }
}
