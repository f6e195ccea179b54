/// How much state and work a peer, or somebody who only claims to be one, can cost us.
package enum SignalLimits {
    /// The furthest a counter may be ahead of its chain.
    ///
    /// The steps are made before the MAC can be checked, so anybody who saw one message of a chain can ask for them, at
    /// one HMAC each: 2,000 are some milliseconds, the 25,000 that official apps allow would be a lever. It is also
    /// exactly what the store for skipped keys holds, so no permitted jump throws a readable message away. The other
    /// two libraries on WhatsApp's network stop at 2,000 as well, and a real gap of that size heals through a retry.
    package static let forwardJump: UInt32 = 2_000
    /// Skipped message keys kept of one chain; the oldest make room. 36 bytes each.
    package static let skippedKeysPerChain = 2_000
    /// Receiving chains kept in one session state; the oldest makes room.
    package static let receivingChains = 5
    /// Archived states of one session; the oldest makes room.
    package static let archivedStates = 40
    /// All archived states of one session together; the oldest make room. An ordinary state takes about 400 bytes, so
    /// only a peer that leaves thousands of gaps gets here.
    package static let archivedByteCount = 256 * 1024
    /// Sender keys kept of one device in one group; the oldest makes room.
    package static let senderKeyStates = 5
}
