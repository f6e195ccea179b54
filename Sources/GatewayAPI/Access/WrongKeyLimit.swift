import Synchronization

/// Limits how many wrong keys one address may try (architecture decision 17).
///
/// Each address has a bucket of attempts that refills with time. While it is empty, a wrong key is told to wait instead of
/// that it is wrong, and so is a right one that somebody could have come to by guessing (`isGuessable`), unless it was
/// accepted from the address before. A key that we drew passes always: nobody comes to 256 random bits by guessing, and one
/// broken caller must not shut out its neighbours behind the same address.
final class WrongKeyLimit: Sendable {
    private struct Bucket {
        var attempts: Double
        var atMilliseconds: Int64
        /// Ids of guessable keys accepted from this address; an operator has chosen one or two.
        var welcome: Set<String> = []
    }

    /// Wrong keys in one go. A caller that retries with an old key for a minute must not notice.
    static let burst = 60.0
    /// Seconds until one more attempt.
    static let refillSeconds = 1.0
    /// Addresses remembered at the same time; about 10 MB when all are taken.
    static let maximumAddresses = 20_000

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Whether a key is of another form than those that we draw: an operator has chosen it (`API_MASTER_KEY`), perhaps badly.
    static func isGuessable(_ key: String) -> Bool {
        let start = "owa_k1_".utf8
        guard key.utf8.count == start.count + 64, key.utf8.starts(with: start) else { return true }
        return !key.utf8.dropFirst(start.count).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
            default: false
            }
        }
    }

    /// Nil when this address may be told what became of its key, else the seconds to wait.
    ///
    /// - Parameter keyID: The key that was shown; nil for a wrong one.
    func secondsToWait(_ address: String?, keyID: String?, isGuessable: Bool, nowMilliseconds: Int64) -> Int? {
        if keyID != nil, !isGuessable { return nil }
        let place = IPAddress.block(of: address)
        return buckets.withLock { buckets in
            guard var bucket = buckets[place] else { return nil }
            Self.refill(&bucket, nowMilliseconds)
            guard bucket.attempts < 1, !(keyID.map(bucket.welcome.contains) ?? false) else { return nil }
            return max(1, Int(((1 - bucket.attempts) * Self.refillSeconds).rounded(.up)))
        }
    }

    /// Notes that this address showed a key nobody was given.
    func wrongKey(from address: String?, nowMilliseconds: Int64) {
        change(address, nowMilliseconds) { $0.attempts = max(0, $0.attempts - 1) }
    }

    /// Notes that this address showed a good key that somebody could guess.
    func goodKey(_ keyID: String, from address: String?, nowMilliseconds: Int64) {
        let place = IPAddress.block(of: address)
        let isKnown = buckets.withLock { $0[place]?.welcome.contains(keyID) ?? false }
        guard !isKnown else { return }
        change(address, nowMilliseconds) { $0.welcome.insert(keyID) }
    }

    private func change(_ address: String?, _ nowMilliseconds: Int64, _ body: (inout Bucket) -> Void) {
        let place = IPAddress.block(of: address)
        buckets.withLock { buckets in
            if buckets[place] == nil, buckets.count >= Self.maximumAddresses {
                Self.forgetQuietAddresses(&buckets, nowMilliseconds)
            }
            var bucket = buckets[place] ?? Bucket(attempts: Self.burst, atMilliseconds: nowMilliseconds)
            Self.refill(&bucket, nowMilliseconds)
            body(&bucket)
            buckets[place] = bucket
        }
    }

    private static func refill(_ bucket: inout Bucket, _ nowMilliseconds: Int64) {
        let elapsed = Double(max(0, nowMilliseconds - bucket.atMilliseconds)) / 1000
        bucket.attempts = min(burst, bucket.attempts + elapsed / refillSeconds)
        bucket.atMilliseconds = nowMilliseconds
    }

    /// Full buckets are forgotten first; when none is full, all are: better to count anew than to grow.
    private static func forgetQuietAddresses(_ buckets: inout [String: Bucket], _ nowMilliseconds: Int64) {
        let refilled = Int64(burst * refillSeconds * 1000)
        buckets = buckets.filter {
            nowMilliseconds - $0.value.atMilliseconds < refilled && $0.value.attempts < burst - 1
        }
        if buckets.count >= maximumAddresses { buckets.removeAll() }
    }
}
