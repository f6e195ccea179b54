import Testing

/// Randomness that is a list of given bytes, such as the private keys of a vector, used up in order.
struct FixedRandom: RandomNumberGenerator {
    private var bytes: ArraySlice<UInt8>

    init(_ parts: [[UInt8]]) {
        bytes = parts.flatMap { $0 }[...]
    }

    var isUsedUp: Bool { bytes.isEmpty }

    mutating func next() -> UInt64 {
        guard bytes.count >= 8 else {
            Issue.record("more randomness was drawn than the vector has")
            return 0
        }
        let word = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        bytes = bytes.dropFirst(8)
        return word
    }
}
