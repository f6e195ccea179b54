import Synchronization

/// Counts requests by route and caller, and says which window has no room left.
///
/// A window begins with its first request. The first request above the limit is refused, and so is everything after it for
/// a whole window from that moment. Windows are judged in order; one that refuses keeps the later ones from counting.
final class RequestCounter: Sendable {
    /// Whose requests are counted together.
    struct Place: Hashable, Sendable {
        /// Method and pattern.
        let route: String
        /// An address, or a key's id.
        let caller: String
    }

    /// Where a caller stands in a window that let a request pass.
    struct Standing: Equatable, Sendable {
        let window: RequestWindow
        let remaining: Int
        /// Seconds until the window begins anew.
        let resetSeconds: Int
    }

    struct Verdict: Equatable, Sendable {
        var passed: [Standing] = []
        /// The window that refused, and the seconds until it lets pass again.
        var refusal: Refusal?

        struct Refusal: Equatable, Sendable {
            let window: String
            let seconds: Int
        }
    }

    private struct Count {
        var requests = 0
        var endsAtMilliseconds: Int64 = 0
        var blockedUntilMilliseconds: Int64 = 0

        func isOver(_ nowMilliseconds: Int64) -> Bool {
            max(endsAtMilliseconds, blockedUntilMilliseconds) <= nowMilliseconds
        }
    }

    /// Places remembered at the same time; about 15 MB when all are taken.
    static let maximumPlaces = 50_000

    private let windows: [RequestWindow]
    private let counts = Mutex<[Place: [Count]]>([:])

    init(_ windows: [RequestWindow]) {
        self.windows = windows
    }

    /// Counts one request.
    func request(at place: Place, nowMilliseconds now: Int64) -> Verdict {
        counts.withLock { counts in
            if counts[place] == nil, counts.count >= Self.maximumPlaces { Self.forgetQuiet(&counts, now) }
            var own = counts[place] ?? Array(repeating: Count(), count: windows.count)
            defer { counts[place] = own }
            var verdict = Verdict()
            for (index, window) in windows.enumerated() {
                if let milliseconds = Self.count(&own[index], window, now) {
                    verdict.refusal = .init(window: window.name, seconds: Self.seconds(milliseconds))
                    return verdict
                }
                verdict.passed.append(
                    Standing(
                        window: window, remaining: window.limit - own[index].requests,
                        resetSeconds: Self.seconds(own[index].endsAtMilliseconds - now)))
            }
            return verdict
        }
    }

    /// - Returns: how long the window refuses, or nil when the request passes.
    private static func count(_ count: inout Count, _ window: RequestWindow, _ now: Int64) -> Int64? {
        if count.blockedUntilMilliseconds > now { return count.blockedUntilMilliseconds - now }
        if count.isOver(now) { count = Count(endsAtMilliseconds: now + window.milliseconds) }
        count.requests += 1
        guard count.requests > window.limit else { return nil }
        count.blockedUntilMilliseconds = now + window.milliseconds
        return window.milliseconds
    }

    /// Places whose windows are all over are forgotten; when none is, all are: better to count anew than to grow.
    private static func forgetQuiet(_ counts: inout [Place: [Count]], _ now: Int64) {
        counts = counts.filter { !$0.value.allSatisfy { $0.isOver(now) } }
        if counts.count >= maximumPlaces { counts.removeAll() }
    }

    private static func seconds(_ milliseconds: Int64) -> Int { Int((milliseconds + 999) / 1_000) }
}
