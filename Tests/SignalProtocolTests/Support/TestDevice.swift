import SignalProtocol
import TestSupport
import WACrypto

/// One end of a conversation: its identity, its prekeys, and its session with one peer, stored after every step.
struct TestDevice {
    let local: LocalIdentity
    let signedPreKey: KeyPair
    private(set) var preKeys: [UInt32: KeyPair] = [:]
    /// The stored record.
    private(set) var record: [UInt8]?

    init(using rng: inout SeededRandom, preKeyCount: UInt32 = 3) {
        local = LocalIdentity(keyPair: KeyPair(using: &rng), registrationID: UInt32.random(in: 1...16_380, using: &rng))
        signedPreKey = KeyPair(using: &rng)
        for id in 0..<preKeyCount {
            preKeys[id + 1] = KeyPair(using: &rng)
        }
    }

    var session: Session? {
        get throws { try record.map { try Session(decoding: $0) } }
    }

    func bundle(preKeyID: UInt32? = 1) -> PreKeyBundle {
        PreKeyBundle(
            registrationID: local.registrationID, identityKey: local.keyPair.publicKey,
            signedPreKeyID: 1, signedPreKey: signedPreKey.publicKey,
            signedPreKeySignature: local.keyPair.sign(signedPreKey.publicKey.typed),
            preKeyID: preKeyID, preKey: preKeyID.flatMap { preKeys[$0]?.publicKey })
    }

    /// Starts a session, in front of the one that may be there.
    mutating func initiate(with bundle: PreKeyBundle, using rng: inout SeededRandom) throws {
        let new = try Session.initiated(with: bundle, by: local, using: &rng)
        var session = try self.session ?? new
        if record != nil { session.replaceCurrent(with: new) }
        record = session.encoded()
    }

    mutating func encrypt(_ plaintext: [UInt8]) throws -> Ciphertext {
        guard var session = try session else { throw SignalError.noSession }
        defer { record = session.encoded() }
        return try session.encrypt(plaintext, by: local)
    }

    /// Decrypts either kind. The stored record changes only when that succeeds.
    mutating func decrypt(_ ciphertext: Ciphertext, using rng: inout SeededRandom) throws -> [UInt8] {
        switch ciphertext.kind {
        case .message:
            guard var session = try session else { throw SignalError.noSession }
            let plaintext = try session.decrypt(
                try SignalMessage(parsing: ciphertext.bytes), by: local, using: &rng)
            record = session.encoded()
            return plaintext
        case .preKeyMessage:
            let message = try PreKeySignalMessage(parsing: ciphertext.bytes)
            let (plaintext, session, usedPreKeyID) = try Session.decrypting(
                message, existing: try session, by: local,
                signedPreKey: message.signedPreKeyID == 1 ? signedPreKey : nil,
                preKey: message.preKeyID.flatMap { preKeys[$0] }, using: &rng)
            if let usedPreKeyID { preKeys[usedPreKeyID] = nil }
            record = session.encoded()
            return plaintext
        }
    }

    mutating func replaceSession(with session: Session) {
        record = session.encoded()
    }

    mutating func forgetSession() {
        record = nil
    }
}

/// Two devices that have talked: the first initiated, the second has answered.
func conversation(using rng: inout SeededRandom) throws -> (TestDevice, TestDevice) {
    var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
    try alice.initiate(with: bob.bundle(), using: &rng)
    _ = try bob.decrypt(try alice.encrypt([1]), using: &rng)
    _ = try alice.decrypt(try bob.encrypt([2]), using: &rng)
    return (alice, bob)
}
