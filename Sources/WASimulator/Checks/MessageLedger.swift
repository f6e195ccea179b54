import WACrypto

/// The message ids one device has sent: a repeated id is dropped, and must carry the same ciphertexts.
struct MessageLedger {
    struct Accepted {
        /// Of all ciphertexts and the devices they were for.
        let fingerprint: UInt64
        let acceptedSeconds: Int64
    }

    private var messages: [String: Accepted] = [:]
    private var order: [String] = []

    /// Repeats come within a reconnect or a restart, so the latest ids are enough.
    private static let rememberedCount = 50_000

    subscript(id: String) -> Accepted? { messages[id] }

    mutating func remember(_ id: String, _ message: Accepted) {
        if messages.updateValue(message, forKey: id) == nil { order.append(id) }
        if order.count > Self.rememberedCount + Self.rememberedCount / 4 {
            for forgotten in order.prefix(Self.rememberedCount / 4) { messages[forgotten] = nil }
            order.removeFirst(Self.rememberedCount / 4)
        }
    }
}

/// A short name for bytes, for comparing, not for security.
func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    Digest.sha256(bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
}
