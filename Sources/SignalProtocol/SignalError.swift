/// Why a Signal message, bundle or record was refused.
///
/// Everything but `duplicateMessage` means that the text is lost unless the sender is asked for it again. A change of
/// the peer's identity is no error: the session that comes out tells it (`Session.remoteIdentity`).
package enum SignalError: Error, Equatable, Sendable {
    /// The bytes are not a message of the claimed kind: truncated, a field missing, a ciphertext of the wrong length.
    case invalidMessage
    /// The version nibble is not 3, the only version WhatsApp uses.
    case unsupportedVersion(UInt8)
    /// A public key is malformed or of small order.
    case invalidKey
    /// No state of the session opens the message: it was changed on its way, or encrypted for a session we lost.
    case badMAC
    /// The signature of a signed prekey or of a sender-key message is wrong.
    case invalidSignature
    /// The message was opened before: acknowledge it, show nothing, ask for nothing.
    case duplicateMessage
    /// The counter is further ahead than `SignalLimits.forwardJump`; a new session or sender key heals it.
    case messageTooFarAhead
    /// There is no session with this device, or a stored one holds no state.
    case noSession
    /// A prekey message uses a one-time prekey that we do not have (any more).
    case missingPreKey(UInt32)
    /// A prekey message uses a signed prekey that we do not have.
    case missingSignedPreKey(UInt32)
    /// A group message uses a sender key that was never distributed to us; the payload is its id.
    case noSenderKey(UInt32)
    /// A group message is older than the sender key we were given, so it was never readable for us.
    case olderThanSenderKey
    /// The record holds no sender key of our own to encrypt with.
    case noSigningKey
    /// A chain has used its last counter, 2^32 − 1; a new session or sender key is due.
    case chainExhausted
    /// Stored bytes do not decode.
    case corruptRecord
}
