import WACrypto

/// The key of a sending or receiving chain; each message takes one step. Sender keys step the same way.
struct ChainKey: Equatable, Sendable {
    /// 32 bytes.
    private(set) var key: [UInt8]
    /// The counter of the message whose key comes next.
    private(set) var index: UInt32

    init(key: [UInt8], index: UInt32) {
        self.key = key
        self.index = index
    }

    /// The 32-byte seed of the keys of message `index`. It tells nothing about other messages.
    var messageSeed: [UInt8] { Self.messageSeed(of: key) }

    /// The seed that belongs to a chain key which is already left behind.
    static func messageSeed(of key: [UInt8]) -> [UInt8] {
        HMAC.sha256(key: key, [0x01])
    }

    /// Steps to the next message; throws `chainExhausted` at the last counter.
    mutating func advance() throws(SignalError) {
        guard index < .max else { throw .chainExhausted }
        key = HMAC.sha256(key: key, [0x02])
        index += 1
    }
}
