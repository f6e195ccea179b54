import CSodium

/// The one-time set-up of libsodium, which picks the fastest code for this processor.
enum Sodium {
    /// Must be called before any libsodium function whose choice of code matters, or that draws randomness.
    @inline(__always)
    static func prepare() {
        precondition(isReady, "libsodium could not be initialised")
    }

    private static let isReady = sodium_init() >= 0
}
