/// Reads an IPv4 address the way browsers and C libraries do, so that nothing that one of them would connect to slips
/// through as a name: `127.1`, `0x7f.0.0.1`, `017700000001`, `2130706433`. WHATWG URL, "IPv4 parser".
enum LooseAddress {
    enum Reading: Equatable {
        case address(UInt32)
        /// Ends in a number, but is no address: never a host name either.
        case malformed
        /// A host name.
        case name
    }

    static func read(_ host: Substring) -> Reading {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = parts.last, isNumber(last) else { return .name }
        guard (1...4).contains(parts.count) else { return .malformed }
        var numbers: [UInt64] = []
        for part in parts {
            guard let number = number(part) else { return .malformed }
            numbers.append(number)
        }
        // The last number fills all the bytes that are left.
        guard numbers.dropLast().allSatisfy({ $0 <= 255 }) else { return .malformed }
        let lastBits = 8 * UInt64(5 - numbers.count)
        guard numbers[numbers.count - 1] < 1 << lastBits else { return .malformed }
        var bits: UInt64 = 0
        for number in numbers.dropLast() { bits = bits << 8 | number }
        return .address(UInt32(bits << lastBits | numbers[numbers.count - 1]))
    }

    /// All digits, or `0x` and hex digits, even too many of them.
    private static func isNumber(_ part: Substring) -> Bool {
        guard !part.isEmpty else { return false }
        if part.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) { return true }
        guard part.hasPrefix("0x") else { return false }
        return part.dropFirst(2).utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 }
    }

    private static func number(_ part: Substring) -> UInt64? {
        if part.hasPrefix("0x") { return part.utf8.count == 2 ? 0 : UInt64(part.dropFirst(2), radix: 16) }
        if part.utf8.count > 1, part.first == "0" { return UInt64(part, radix: 8) }
        return UInt64(part)
    }
}
