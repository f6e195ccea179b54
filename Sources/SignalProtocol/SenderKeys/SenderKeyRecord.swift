import FoundationEssentials
import WACrypto
import WAProto

/// The sender keys of one device in one group: our own, or those a member gave us. Newest first.
///
/// A value like `Session`: decode, use, encode, store; unchanged when a method throws.
package struct SenderKeyRecord: Sendable {
    private(set) var states: [SenderKeyState]

    /// A record without keys, for the first distribution of a member.
    package init() {
        states = []
    }

    /// A new key of our own. Draws from `rng` the id (31 bits), the chain key and the signing key, in this order.
    package static func created(using rng: inout some RandomNumberGenerator) -> SenderKeyRecord {
        let id = UInt32(truncatingIfNeeded: rng.next()) & 0x7FFF_FFFF
        let chainKey = SecureRandom.bytes(32, using: &rng)
        return SenderKeyRecord(ownKeyID: id, chainKey: chainKey, signingKey: KeyPair(using: &rng))
    }

    /// A new key of our own, from the system's randomness.
    ///
    /// To shut somebody out who had the old one, replace the whole record by a new one and distribute it again.
    package static func created() -> SenderKeyRecord {
        var rng = SystemRandomNumberGenerator()
        return created(using: &rng)
    }

    init(states: [SenderKeyState]) {
        self.states = states
    }

    init(ownKeyID id: UInt32, chainKey: [UInt8], signingKey: KeyPair) {
        states = [
            SenderKeyState(
                id: id, signingKey: signingKey.publicKey, signingKeyPair: signingKey, firstIteration: 0,
                chain: ReceivingChain(ChainKey(key: chainKey, index: 0)))
        ]
    }

    /// The id of the newest key, nil when there is none.
    package var keyID: UInt32? { states.first?.id }

    /// What lets a member read our messages from now on. Throws `noSigningKey` when the key is not ours.
    package func distribution() throws(SignalError) -> SenderKeyDistribution {
        guard let state = states.first, state.signingKeyPair != nil else { throw .noSigningKey }
        return SenderKeyDistribution(id: state.id, chain: state.chain.chain, signingKey: state.signingKey)
    }

    /// Encrypts a padded plaintext for the whole group. Store the record before the result leaves.
    package mutating func encrypt(
        _ padded: [UInt8], using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> [UInt8] {
        guard !states.isEmpty else { throw .noSigningKey }
        return try states[0].encrypt(padded, using: &rng)
    }

    /// The same with the system's randomness.
    package mutating func encrypt(_ padded: [UInt8]) throws(SignalError) -> [UInt8] {
        var rng = SystemRandomNumberGenerator()
        return try encrypt(padded, using: &rng)
    }

    /// Takes a key that a member gave us.
    ///
    /// The same key again (id and signing key) keeps its present place; the same id with another signing key
    /// replaces it.
    package mutating func process(_ distribution: SenderKeyDistribution) {
        guard let index = states.firstIndex(where: { $0.id == distribution.id }) else {
            states.insert(SenderKeyState(distribution), at: 0)
            if states.count > SignalLimits.senderKeyStates { states.removeLast() }
            return
        }
        var state = states.remove(at: index)
        if state.signingKey == distribution.signingKey {
            state.update(with: distribution)
        } else {
            state = SenderKeyState(distribution)
        }
        states.insert(state, at: 0)
    }

    /// Decrypts a message to its padded plaintext. Throws `noSenderKey` when its key was never given to us.
    package mutating func decrypt(_ message: SenderKeyMessage) throws(SignalError) -> [UInt8] {
        guard let index = states.firstIndex(where: { $0.id == message.id }) else { throw .noSenderKey(message.id) }
        return try states[index].decrypt(message)
    }
}
