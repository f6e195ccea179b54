/// The privacy tokens of one account: whom it gave one, and which were seen on what its devices sent. Reference 5.17.
///
/// A token's bytes follow from giver, holder and time, so only times are kept.
struct TokenLedger {
    /// Times in seconds, latest last, by the number of whoever was given one.
    private(set) var given: [String: [Int64]] = [:]
    /// Messages of clients to this account need a token.
    var isRequired = false
    /// The account's phone gives whoever it writes to a token, once in seven days.
    var issuesByItself = false
    private(set) var seen: [SeenToken] = []

    private static let keptTimes = 4
    private static let keptSeen = 500

    mutating func give(to number: String, atSeconds time: Int64) {
        given[number, default: []].append(time)
        given[number] = given[number]?.suffix(Self.keptTimes)
    }

    mutating func saw(_ token: SeenToken) {
        seen.append(token)
        if seen.count > Self.keptSeen { seen.removeFirst(Self.keptSeen / 2) }
    }

    // MARK: - Time

    private static let bucketSeconds: Int64 = 604_800
    private static let bucketCount: Int64 = 4

    static func bucket(ofSeconds time: Int64) -> Int64 { time / bucketSeconds }

    /// Four buckets of seven days, the present one included.
    static func isGood(givenAtSeconds time: Int64, nowSeconds now: Int64) -> Bool {
        time >= (bucket(ofSeconds: now) - (bucketCount - 1)) * bucketSeconds
    }
}

/// A token on a stanza of an account.
package struct SeenToken: Sendable, Equatable {
    package enum Kind: String, Sendable { case tctoken, cstoken }

    package let to: String
    /// The stanza's tag, or the namespace of a request.
    package let stanza: String
    package let id: String
    package let kind: Kind
    package let isValid: Bool
    package let atMilliseconds: Int64
}

/// A token that somebody gave, or was given.
package struct GivenToken: Sendable, Equatable {
    package let number: String
    package let timestampSeconds: Int64
    package let token: [UInt8]
    package let isGood: Bool
}
