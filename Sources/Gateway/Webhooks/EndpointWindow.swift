/// How many attempts an endpoint gets at a time: more with each success, fewer with each failure, as a pure value.
///
/// A healthy endpoint reaches its limit within moments; one that is down, or slow, holds few places and holds up nobody
/// else. One that fails at once is asked at most twenty times a second.
struct EndpointWindow: Sendable, Equatable {
    private(set) var running = 0
    private(set) var width: Int
    /// How many attempts in a row failed.
    private(set) var failures = 0
    private var lastStart: Int64 = .min
    private let maximum: Int

    private static let initialWidth = 2
    private static let failuresBeforeSpacing = 5
    private static let spacingMilliseconds: Int64 = 50

    init(maximum: Int) {
        self.maximum = maximum
        width = min(Self.initialWidth, maximum)
    }

    /// Whether it has not shown to be alive: it may not take the places of those who have.
    var isSuspect: Bool { failures > 0 || width <= Self.initialWidth }

    /// When the next attempt may start, if a place is free.
    func mayStart(atMilliseconds now: Int64) -> Bool { running < width && now >= earliestStart }

    /// Not before then, although a place is free.
    var earliestStart: Int64 {
        failures < Self.failuresBeforeSpacing ? .min : lastStart + Self.spacingMilliseconds
    }

    mutating func started(atMilliseconds now: Int64) {
        running += 1
        lastStart = now
    }

    mutating func succeeded() {
        running -= 1
        failures = 0
        width = min(width + 1, maximum)
    }

    /// - Parameter isSlow: It took its time to fail.
    mutating func failed(isSlow: Bool) {
        running -= 1
        failures += 1
        width = isSlow ? max(1, width / 2) : max(min(Self.initialWidth, maximum), width - 1)
    }

    /// The attempt came to nothing for reasons of ours.
    mutating func released() { running -= 1 }
}
