/// How long to wait before the next connection attempt: Fibonacci seconds with jitter, as WhatsApp Web does.
///
/// 1, 1, 2, 3, 5, 8 … units, at most 300 s (OpenWA's newest ceiling; WhatsApp Web stops at 900 s), ±10 %.
/// Reset after a successful login (protocol reference 1.8).
package struct ReconnectBackoff: Sendable, Equatable {
    package private(set) var attempts = 0
    /// What the sequence counts: a second, in tests less.
    private let unit: Duration
    private var previous = 0
    private var current = 1
    private static let ceiling = 300
    private static let longestWait = Duration.seconds(300)

    package init(unit: Duration = .seconds(1)) { self.unit = unit }

    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        attempts += 1
        let percent = current * 100
        (previous, current) = (current, min(previous + current, Self.ceiling))
        let jitter = Int.random(in: -percent / 10...percent / 10, using: &generator)
        return min(unit * (percent + jitter) / 100, Self.longestWait * (percent + jitter) / percent)
    }

    /// About how long the wait after the so manieth failure is, before jitter.
    package static func nominalMilliseconds(beforeAttempt attempt: Int) -> Int64 {
        var (previous, current) = (0, 1)
        for _ in 1..<max(attempt, 1) where current < ceiling {
            (previous, current) = (current, min(previous + current, ceiling))
        }
        return Int64(current) * 1000
    }

    package mutating func reset() { self = ReconnectBackoff(unit: unit) }
}
