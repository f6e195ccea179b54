import Synchronization

/// The id by which caller and log name one request.
///
/// A caller may bring its own in `X-Request-ID`; ours are the process's random start and a counter: unique and cheap.
final class RequestIDSource: Sendable {
    private let start: String
    private let counter = Atomic<UInt64>(0)

    init(using generator: inout some RandomNumberGenerator) {
        let random = UInt64.random(in: .min ... .max, using: &generator)
        start = Self.hexadecimal(random, digits: 12)
    }

    convenience init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    /// The caller's id when it is short and plain, else a new one.
    func id(offered: String?) -> String {
        if let offered, Self.isAcceptable(offered) { return offered }
        let number = counter.add(1, ordering: .relaxed).newValue
        return "\(start)-\(Self.hexadecimal(number, digits: 8))"
    }

    /// 1 to 128 visible ASCII characters without quotes or backslashes: nothing that could disturb a log.
    private static func isAcceptable(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    private static func hexadecimal(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return text.utf8.count >= digits
            ? String(text.suffix(digits)) : String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
