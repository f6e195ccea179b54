import WACrypto

/// One sender key: a chain that the sender steps through, and the key that signs each message.
struct SenderKeyState: Sendable {
    let id: UInt32
    let signingKey: PublicKey
    /// Only in our own.
    let signingKeyPair: KeyPair?
    /// Where the chain began for us.
    private(set) var firstIteration: UInt32
    private(set) var chain: ReceivingChain

    init(
        id: UInt32, signingKey: PublicKey, signingKeyPair: KeyPair?, firstIteration: UInt32, chain: ReceivingChain
    ) {
        self.id = id
        self.signingKey = signingKey
        self.signingKeyPair = signingKeyPair
        self.firstIteration = firstIteration
        self.chain = chain
    }

    /// A sender's key as it was given to us.
    init(_ distribution: SenderKeyDistribution) {
        self.init(
            id: distribution.id, signingKey: distribution.signingKey, signingKeyPair: nil,
            firstIteration: distribution.iteration, chain: ReceivingChain(distribution.chain))
    }

    /// Takes a repeated distribution of this same key.
    ///
    /// Our own place wins, so that nothing becomes readable twice, unless the sender is further ahead than we could
    /// follow. The keys of skipped messages stay in any case.
    mutating func update(with distribution: SenderKeyDistribution) {
        let place = chain.chain.index
        guard distribution.iteration > place, distribution.iteration - place > SignalLimits.forwardJump else { return }
        chain.move(to: distribution.chain)
        firstIteration = distribution.iteration
    }

    /// Encrypts the next message of our own chain.
    mutating func encrypt(
        _ padded: [UInt8], using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> [UInt8] {
        guard let signingKeyPair else { throw .noSigningKey }
        let step = try chain.step(to: chain.chain.index)
        let keys = SenderMessageKeys(seed: step.seed)
        guard let ciphertext = try? AESCBC.encrypt(padded, key: keys.cipherKey, iv: keys.iv) else {
            preconditionFailure("AES-256-CBC takes every plaintext under a 32-byte key and a 16-byte iv")
        }
        chain.take(step)
        let randomness = SecureRandom.bytes(64, using: &rng)
        return SenderKeyMessage(
            id: id, iteration: step.counter, ciphertext: ciphertext, signedBy: signingKeyPair, randomness: randomness
        ).bytes
    }

    /// Decrypts a message in any order. Nothing has changed when it throws.
    mutating func decrypt(_ message: SenderKeyMessage) throws(SignalError) -> [UInt8] {
        guard message.isSigned(by: signingKey) else { throw .invalidSignature }
        let step: ReceivingChain.Step
        do {
            step = try chain.step(to: message.iteration)
        } catch {
            guard error == .duplicateMessage, message.iteration < firstIteration else { throw error }
            throw .olderThanSenderKey
        }
        let keys = SenderMessageKeys(seed: step.seed)
        guard let plaintext = try? AESCBC.decrypt(message.ciphertext, key: keys.cipherKey, iv: keys.iv)
        else { throw .invalidMessage }
        chain.take(step)
        return plaintext
    }
}

extension SenderKeyDistribution {
    fileprivate var chain: ChainKey { ChainKey(key: chainKey, index: iteration) }
}
