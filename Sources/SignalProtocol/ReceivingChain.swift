/// A chain that may be read out of order: where it stands, and the keys of messages it was moved past.
///
/// Reading is split in two, so that nothing changes before the message has proved itself: `step(to:)` finds the seed,
/// `take(_:)` records that the message was opened.
struct ReceivingChain: Equatable, Sendable {
    private(set) var chain: ChainKey
    private(set) var skipped: SkippedKeys

    init(_ chain: ChainKey, skipped: SkippedKeys = SkippedKeys()) {
        self.chain = chain
        self.skipped = skipped
    }

    /// The way to one message's seed.
    struct Step {
        let counter: UInt32
        let seed: [UInt8]
        /// Where the chain stands afterwards; nil when the seed was a skipped one.
        fileprivate let chain: ChainKey?
        /// The chain keys of the messages in between.
        fileprivate let passed: [[UInt8]]
    }

    /// Finds the seed of a message.
    ///
    /// Throws `duplicateMessage` for a counter behind the chain without a kept seed, and `messageTooFarAhead` beyond
    /// the forward limit.
    func step(to counter: UInt32) throws(SignalError) -> Step {
        guard counter >= chain.index else {
            guard let seed = skipped.seed(for: counter) else { throw .duplicateMessage }
            return Step(counter: counter, seed: seed, chain: nil, passed: [])
        }
        guard counter - chain.index <= SignalLimits.forwardJump else { throw .messageTooFarAhead }
        var chain = chain
        var passed: [[UInt8]] = []
        while chain.index < counter {
            passed.append(chain.key)
            try chain.advance()
        }
        let seed = chain.messageSeed
        try chain.advance()
        return Step(counter: counter, seed: seed, chain: chain, passed: passed)
    }

    /// Records that the message of a step was opened: its seed is gone, those of the messages in between are kept.
    mutating func take(_ step: Step) {
        guard let chain = step.chain else { return skipped.remove(step.counter) }
        skipped.append(chainKeys: step.passed, from: self.chain.index)
        self.chain = chain
    }

    /// Starts again at a later place; the keys kept so far stay readable.
    mutating func move(to chain: ChainKey) {
        self.chain = chain
    }
}
