/// How long to wait before the next connection attempt: Fibonacci seconds with jitter, as WhatsApp Web does.
///
/// 1, 1, 2, 3, 5, 8 … seconds, at most 300 s (OpenWA's newest ceiling; WhatsApp Web stops at 900 s), ±10 %.
/// Reset after a successful login (protocol reference 1.8).
package struct ReconnectBackoff: Sendable, Equatable {
    package private(set) var attempts = 0
    private var previousSeconds = 0
    private var currentSeconds = 1
    private static let ceilingSeconds = 300

    package init() {}

    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        attempts += 1
        let seconds = currentSeconds
        (previousSeconds, currentSeconds) = (currentSeconds, min(previousSeconds + currentSeconds, Self.ceilingSeconds))
        let milliseconds = seconds * 1000
        return .milliseconds(milliseconds + Int.random(in: -milliseconds / 10...milliseconds / 10, using: &generator))
    }

    package mutating func reset() { self = ReconnectBackoff() }
}
