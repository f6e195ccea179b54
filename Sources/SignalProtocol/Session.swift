import FoundationEssentials
package import WACrypto
import WAProto

/// All we know of one peer device: the current ratchet, and older ones in case its messages still use them.
///
/// A value: decode the record, encrypt or decrypt, encode the record, store it, and only then let the ciphertext out or
/// acknowledge the message. When a method throws, the value is as it was.
///
/// States multiply when both sides start a session at once, or when one lost its own. The peer's next message shows
/// which one it uses: that becomes the current one, so both ends settle on the same.
package struct Session: Sendable {
    private(set) var current: SessionState
    /// Encoded, newest first: they are nearly never needed, and copying bytes costs less than decoding them.
    private(set) var archived: [Data]

    init(current: SessionState, archived: [Data] = []) {
        self.current = current
        self.archived = archived
    }

    /// The peer's identity key in the current state. Compare it with the stored one after a prekey message to notice
    /// that the peer's identity changed.
    package var remoteIdentity: PublicKey { current.remoteIdentity }
    package var remoteRegistrationID: UInt32 { current.remoteRegistrationID }
    /// Whether the peer has not answered yet, so that our messages go out as prekey messages.
    package var hasPendingPreKey: Bool { current.pendingPreKey != nil }
    /// The key that names the current state; it changes when the peer starts a new session.
    package var baseKey: PublicKey { current.baseKey }
    package var archivedStateCount: Int { archived.count }

    /// Starts a session from a device's bundle.
    ///
    /// Throws `invalidSignature` unless the identity key of the bundle signed its prekey, and `invalidKey` for keys of
    /// small order. Draws two key pairs from `rng`: the base key, then the first ratchet key.
    package static func initiated(
        with bundle: PreKeyBundle, by local: LocalIdentity, using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> Session {
        Session(current: try X3DH.initiate(with: bundle, by: local, using: &rng))
    }

    /// The same with the system's randomness.
    package static func initiated(
        with bundle: PreKeyBundle, by local: LocalIdentity
    ) throws(SignalError) -> Session {
        var rng = SystemRandomNumberGenerator()
        return try initiated(with: bundle, by: local, using: &rng)
    }

    /// Makes another session's current state ours and archives what was current.
    ///
    /// For a session started again with a peer that has one, so that messages already on their way stay readable.
    /// When the identity is another one, nothing of the old one is kept.
    package mutating func replaceCurrent(with other: Session) {
        if other.remoteIdentity == remoteIdentity { archive(current) } else { archived = [] }
        current = other.current
    }

    /// Encrypts a padded plaintext. Store the session before the result leaves, or a key might be used twice.
    package mutating func encrypt(
        _ padded: [UInt8], by local: LocalIdentity
    ) throws(SignalError) -> Ciphertext {
        try current.encrypt(padded, by: local)
    }

    /// Decrypts a message to its padded plaintext. Draws a key pair from `rng` when it turns the ratchet.
    package mutating func decrypt(
        _ message: SignalMessage, by local: LocalIdentity, using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> [UInt8] {
        var refusal: SignalError
        do {
            return try current.decrypt(message, by: local, using: &rng)
        } catch {
            refusal = error
        }
        // A state that knows the ratchet key speaks for the message: what it says counts, and states that would have
        // to turn their ratchet need not be tried.
        var isKnown = current.knows(message.ratchetKey)
        for index in archived.indices {
            guard var state = try? Self.decoded(archived[index]) else { continue }
            let knows = state.knows(message.ratchetKey)
            guard knows || !isKnown else { continue }
            do {
                let plaintext = try state.decrypt(message, by: local, using: &rng)
                promote(state, from: index)
                return plaintext
            } catch {
                if knows, !isKnown { refusal = error }
                isKnown = isKnown || knows
            }
        }
        throw refusal
    }

    /// The same with the system's randomness.
    package mutating func decrypt(
        _ message: SignalMessage, by local: LocalIdentity
    ) throws(SignalError) -> [UInt8] {
        var rng = SystemRandomNumberGenerator()
        return try decrypt(message, by: local, using: &rng)
    }
}

// MARK: - Prekey messages

extension Session {
    /// Decrypts a prekey message, and makes the session that it sets up.
    ///
    /// A state of `existing` with the same base key is used as it is, and no prekey is needed. Otherwise a new state
    /// becomes current and those of `existing` are archived; of a peer that comes with another identity key none are
    /// kept. Delete the one-time prekey `usedPreKeyID` in the transaction that stores the session.
    ///
    /// - Parameters:
    ///   - signedPreKey: ours with the message's `signedPreKeyID`, nil if there is none.
    ///   - preKey: ours with the message's `preKeyID`, nil if there is none.
    package static func decrypting(
        _ message: PreKeySignalMessage, existing: Session?, by local: LocalIdentity,
        signedPreKey: KeyPair?, preKey: KeyPair?, using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> (plaintext: [UInt8], session: Session, usedPreKeyID: UInt32?) {
        if var session = existing, let plaintext = try session.decryptRepeated(message, by: local, using: &rng) {
            return (plaintext, session, nil)
        }
        guard let signedPreKey else { throw .missingSignedPreKey(message.signedPreKeyID) }
        if let id = message.preKeyID, preKey == nil { throw .missingPreKey(id) }
        var state = try X3DH.respond(
            to: message, by: local, signedPreKey: signedPreKey, preKey: message.preKeyID == nil ? nil : preKey)
        let plaintext = try state.decrypt(message.message, by: local, using: &rng)

        var session = existing ?? Session(current: state)
        if existing != nil { session.replaceCurrent(with: Session(current: state)) }
        return (plaintext, session, message.preKeyID)
    }

    /// The same with the system's randomness.
    package static func decrypting(
        _ message: PreKeySignalMessage, existing: Session?, by local: LocalIdentity,
        signedPreKey: KeyPair?, preKey: KeyPair?
    ) throws(SignalError) -> (plaintext: [UInt8], session: Session, usedPreKeyID: UInt32?) {
        var rng = SystemRandomNumberGenerator()
        return try decrypting(
            message, existing: existing, by: local, signedPreKey: signedPreKey, preKey: preKey, using: &rng)
    }

    /// Decrypts with the state that this message's base key made; nil when there is none.
    private mutating func decryptRepeated(
        _ message: PreKeySignalMessage, by local: LocalIdentity, using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> [UInt8]? {
        if current.baseKey == message.baseKey {
            guard current.remoteIdentity == message.identityKey else { throw .invalidMessage }
            return try current.decrypt(message.message, by: local, using: &rng)
        }
        for index in archived.indices {
            guard var state = try? Self.decoded(archived[index]), state.baseKey == message.baseKey else { continue }
            guard state.remoteIdentity == message.identityKey else { throw .invalidMessage }
            let plaintext = try state.decrypt(message.message, by: local, using: &rng)
            promote(state, from: index)
            return plaintext
        }
        return nil
    }
}

// MARK: - Records

extension Session {
    /// Reads a stored session; throws `noSession` for an empty record and `corruptRecord` for a damaged one.
    package init(decoding bytes: [UInt8]) throws(SignalError) {
        guard let record = try? WASessionRecord(decoding: bytes) else { throw .corruptRecord }
        guard record.hasCurrent else { throw .noSession }
        self.init(current: try SessionState(record.current), archived: record.archived)
    }

    /// The bytes to store.
    package func encoded() -> [UInt8] {
        var record = WASessionRecord()
        record.current = current.record
        record.archived = archived
        return record.encoded()
    }

    private static func decoded(_ archived: Data) throws(SignalError) -> SessionState {
        guard let record = try? WASessionStateRecord(decoding: [UInt8](archived)) else { throw .corruptRecord }
        return try SessionState(record)
    }

    private mutating func promote(_ state: SessionState, from index: Int) {
        archived.remove(at: index)
        archive(current)
        current = state
    }

    /// Puts a state in front of the archive and drops the oldest beyond its limits.
    private mutating func archive(_ state: SessionState) {
        archived.insert(Data(state.record.encoded()), at: 0)
        var byteCount = 0
        let kept = archived.prefix(SignalLimits.archivedStates).prefix {
            byteCount += $0.count
            return byteCount <= SignalLimits.archivedByteCount
        }
        archived = Array(kept)
    }
}
