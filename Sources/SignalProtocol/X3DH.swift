import WACrypto

/// The first key agreement of a session, in both roles. Spec: The X3DH Key Agreement Protocol, section 3.3.
/// ```
/// secret = FF × 32 || DH(IKa, SPKb) || DH(EKa, IKb) || DH(EKa, SPKb) [ || DH(EKa, OPKb) ]
/// ```
enum X3DH {
    /// The initiator's side. Draws two key pairs from `rng`: the base key, then the first ratchet key.
    static func initiate(
        with bundle: PreKeyBundle, by local: LocalIdentity, using rng: inout some RandomNumberGenerator
    ) throws(SignalError) -> SessionState {
        guard bundle.identityKey.isValidSignature(bundle.signedPreKeySignature, for: bundle.signedPreKey.typed)
        else { throw .invalidSignature }
        let base = KeyPair(using: &rng)
        let ratchet = KeyPair(using: &rng)
        var pairs = [
            (local.keyPair, bundle.signedPreKey), (base, bundle.identityKey), (base, bundle.signedPreKey),
        ]
        if let preKey = bundle.preKey { pairs.append((base, preKey)) }
        let (root, theirChain) = try agreed(pairs)
        let (turned, sending) = try root.turned(ours: ratchet, theirs: bundle.signedPreKey)
        return SessionState(
            remoteIdentity: bundle.identityKey, remoteRegistrationID: bundle.registrationID, baseKey: base.publicKey,
            root: turned, ratchetKeyPair: ratchet, sending: sending, previousCounter: 0,
            receiving: [RemoteChain(ratchetKey: bundle.signedPreKey, chain: ReceivingChain(theirChain))],
            pendingPreKey: PendingPreKey(
                preKeyID: bundle.preKey == nil ? nil : bundle.preKeyID, signedPreKeyID: bundle.signedPreKeyID))
    }

    /// The responder's side. Our signed prekey is our first ratchet key; opening the first message turns it.
    static func respond(
        to message: PreKeySignalMessage, by local: LocalIdentity, signedPreKey: KeyPair, preKey: KeyPair?
    ) throws(SignalError) -> SessionState {
        var pairs = [
            (signedPreKey, message.identityKey), (local.keyPair, message.baseKey), (signedPreKey, message.baseKey),
        ]
        if let preKey { pairs.append((preKey, message.baseKey)) }
        let (root, sending) = try agreed(pairs)
        return SessionState(
            remoteIdentity: message.identityKey, remoteRegistrationID: message.registrationID,
            baseKey: message.baseKey, root: root, ratchetKeyPair: signedPreKey, sending: sending, previousCounter: 0,
            receiving: [], pendingPreKey: nil)
    }

    /// The secret that both sides arrive at: 128 bytes, or 160 with a one-time prekey.
    static func secret(
        of pairs: [(ours: KeyPair, theirs: PublicKey)]
    ) throws(SignalError) -> [UInt8] {
        var secret = [UInt8](repeating: 0xFF, count: 32)
        for (ours, theirs) in pairs {
            guard let shared = try? ours.sharedSecret(with: theirs) else { throw .invalidKey }
            secret += shared
        }
        return secret
    }

    private static func agreed(
        _ pairs: [(ours: KeyPair, theirs: PublicKey)]
    ) throws(SignalError) -> (root: RootKey, chain: ChainKey) {
        RootKey.derived(from: try secret(of: pairs), salt: [], info: "WhisperText")
    }
}
