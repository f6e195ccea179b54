import Synchronization

/// Limits how many wrong keys one address may try (architecture decision 17).
///
/// Each address has a bucket of attempts that refills with time. While it is empty, keys from that address are not looked
/// at, right or wrong, so guessing on is useless. Keys that were accepted from the address shortly before stay welcome:
/// one broken caller must not shut out its neighbours behind the same address.
final class WrongKeyLimit: Sendable {
    private struct Bucket {
        var attempts: Double
        var atMilliseconds: Int64
        /// Hashes of keys accepted from this address.
        var welcome: [Int] = []
    }

    /// Wrong keys in one go. A caller that retries with an old key for a minute must not notice.
    static let burst = 60.0
    /// Seconds until one more attempt.
    static let refillSeconds = 1.0
    /// Addresses remembered at the same time; about 10 MB when all are taken.
    static let maximumAddresses = 20_000
    /// Accepted keys remembered for each address.
    private static let maximumWelcome = 16

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Nil when a key from this address may be looked at, else the seconds to wait.
    func secondsToWait(_ address: String?, key: String, nowMilliseconds: Int64) -> Int? {
        let place = IPAddress.block(of: address)
        return buckets.withLock { buckets in
            guard var bucket = buckets[place] else { return nil }
            Self.refill(&bucket, nowMilliseconds)
            guard bucket.attempts < 1, !bucket.welcome.contains(key.hashValue) else { return nil }
            return max(1, Int(((1 - bucket.attempts) * Self.refillSeconds).rounded(.up)))
        }
    }

    /// Notes that this address showed a key nobody was given.
    func wrongKey(from address: String?, nowMilliseconds: Int64) {
        change(address, nowMilliseconds) { $0.attempts = max(0, $0.attempts - 1) }
    }

    /// Notes that this address showed a good key.
    func goodKey(_ key: String, from address: String?, nowMilliseconds: Int64) {
        let hash = key.hashValue
        let place = IPAddress.block(of: address)
        let isKnown = buckets.withLock { $0[place]?.welcome.contains(hash) ?? false }
        guard !isKnown else { return }
        change(address, nowMilliseconds) { bucket in
            if bucket.welcome.count == Self.maximumWelcome { bucket.welcome.removeFirst() }
            bucket.welcome.append(hash)
        }
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
