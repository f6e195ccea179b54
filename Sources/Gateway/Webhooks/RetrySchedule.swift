/// When a failed delivery is tried again, as data.
///
/// ```
/// standard   attempt 1 ─5 s─ 2 ─10 s─ 3 … retryCount                                        (contract 11.3)
/// extended   … then ─5 min─ 30 min ─ 2 h ─ 5 h ─ 10 h ─ 14 h ─ 20 h ─ 24 h                    (Standard Webhooks 1.0)
/// ```
/// Each wait is up to a tenth longer, so that what failed together does not come back together; an endpoint's `Retry-After`
/// is heeded up to an hour.
struct RetrySchedule: Sendable, Equatable {
    let baseMilliseconds: Int64
    /// How many attempts the contract's part has.
    let attempts: Int
    let isExtended: Bool

    private static let continuation: [Int64] = [300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    private static let maximumRetryAfterSeconds: Int64 = 3_600

    init(_ webhook: WebhookRecord, baseMilliseconds: Int64) {
        self.baseMilliseconds = baseMilliseconds
        attempts = max(1, webhook.retryCount)
        isExtended = webhook.schedule == .extended
    }

    /// The wait after so many failed attempts; nil when that was the last.
    func wait(
        after attempt: Int, retryAfterSeconds: Int64?, using random: inout some RandomNumberGenerator
    ) -> Int64? {
        guard let planned = planned(after: attempt) else { return nil }
        let asked = min(max(retryAfterSeconds ?? 0, 0), Self.maximumRetryAfterSeconds) * 1000
        let wait = max(planned, asked)
        return wait + Int64.random(in: 0...max(wait / 10, 1), using: &random)
    }

    private func planned(after attempt: Int) -> Int64? {
        if attempt < attempts { return baseMilliseconds << (attempt - 1) }
        let place = attempt - attempts
        guard isExtended, Self.continuation.indices.contains(place) else { return nil }
        return Self.continuation[place] * 1000
    }
}
