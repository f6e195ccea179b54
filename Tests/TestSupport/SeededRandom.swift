import Testing

/// Randomness that a number determines, for tests that must be repeatable (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}

/// Runs a test's body with a generator of a fresh seed, and prints the seed.
///
/// To repeat a failure, pass the printed seed: `withSeed(0x1234) { … }`.
package func withSeed<Result>(
    _ seed: UInt64 = .random(in: .min ... .max), _ body: (inout SeededRandom) throws -> Result
) rethrows -> Result {
    print("\(Test.current?.name ?? "test"): seed 0x\(String(seed, radix: 16))")
    var random = SeededRandom(seed: seed)
    return try body(&random)
}
