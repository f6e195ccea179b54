import WACrypto

/// One double ratchet with a peer device. Spec: The Double Ratchet Algorithm, section 3.
///
/// Each side has a ratchet key pair. A message names the sender's public ratchet key and its place in that key's chain.
/// The first message under a new key turns the ratchet: the root key is mixed once with our old pair (their new chain)
/// and once with a fresh pair (our new chain).
struct SessionState: Sendable {
    var remoteIdentity: PublicKey
    var remoteRegistrationID: UInt32
    /// The initiator's base key; two prekey messages with the same one belong to the same session.
    var baseKey: PublicKey
    var root: RootKey
    var ratchetKeyPair: KeyPair
    var sending: ChainKey
    /// The last index of our sending chain before this one, 0 when nothing was sent on it.
    var previousCounter: UInt32
    /// Oldest first.
    var receiving: [RemoteChain]
    /// Set until the peer has answered.
    var pendingPreKey: PendingPreKey?

    /// Encrypts the next message of the sending chain.
    mutating func encrypt(_ padded: [UInt8], by local: LocalIdentity) throws(SignalError) -> Ciphertext {
        let keys = MessageKeys(seed: sending.messageSeed)
        let counter = sending.index
        try sending.advance()
        guard let ciphertext = try? AESCBC.encrypt(padded, key: keys.cipherKey, iv: keys.iv) else {
            preconditionFailure("AES-256-CBC takes every plaintext under a 32-byte key and a 16-byte iv")
        }
        let message = SignalMessage(
            ratchetKey: ratchetKeyPair.publicKey, counter: counter, previousCounter: previousCounter,
            ciphertext: ciphertext, macKey: keys.macKey, from: local.keyPair.publicKey, to: remoteIdentity)
        guard let pendingPreKey else { return Ciphertext(kind: .message, bytes: message.bytes) }
        let wrapped = PreKeySignalMessage(message, pending: pendingPreKey, baseKey: baseKey, from: local)
        return Ciphertext(kind: .preKeyMessage, bytes: wrapped.bytes)
    }

    /// Decrypts a message in any order. Nothing has changed when it throws.
    mutating func decrypt(
        _ message: SignalMessage, by local: LocalIdentity, using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> [UInt8] {
        if let index = receiving.firstIndex(where: { $0.ratchetKey == message.ratchetKey }) {
            let step = try receiving[index].chain.step(to: message.counter)
            let plaintext = try open(message, seed: step.seed, for: local)
            receiving[index].chain.take(step)
            pendingPreKey = nil
            return plaintext
        }

        let (theirRoot, theirChain) = try root.turned(ours: ratchetKeyPair, theirs: message.ratchetKey)
        var chain = ReceivingChain(theirChain)
        let step = try chain.step(to: message.counter)
        let plaintext = try open(message, seed: step.seed, for: local)
        chain.take(step)
        let next = KeyPair(using: &rng)
        let (ourRoot, ourChain) = try theirRoot.turned(ours: next, theirs: message.ratchetKey)
        receiving.append(RemoteChain(ratchetKey: message.ratchetKey, chain: chain))
        if receiving.count > SignalLimits.receivingChains { receiving.removeFirst() }
        previousCounter = sending.index == 0 ? 0 : sending.index - 1
        (root, ratchetKeyPair, sending) = (ourRoot, next, ourChain)
        pendingPreKey = nil
        return plaintext
    }

    /// Tells whether a message belongs to a chain that this state already knows.
    func knows(_ ratchetKey: PublicKey) -> Bool {
        receiving.contains { $0.ratchetKey == ratchetKey }
    }

    private func open(
        _ message: SignalMessage, seed: [UInt8], for local: LocalIdentity
    ) throws(SignalError) -> [UInt8] {
        let keys = MessageKeys(seed: seed)
        guard message.isAuthentic(macKey: keys.macKey, from: remoteIdentity, to: local.keyPair.publicKey)
        else { throw .badMAC }
        guard let plaintext = try? AESCBC.decrypt(message.ciphertext, key: keys.cipherKey, iv: keys.iv)
        else { throw .invalidMessage }
        return plaintext
    }
}

/// The chain of one ratchet key of the peer.
struct RemoteChain: Equatable, Sendable {
    let ratchetKey: PublicKey
    var chain: ReceivingChain
}

/// What our messages must repeat until the peer has answered once.
struct PendingPreKey: Equatable, Sendable {
    /// The peer's one-time prekey that we used, if the server had one.
    let preKeyID: UInt32?
    let signedPreKeyID: UInt32
}
