import FoundationEssentials
package import WACrypto
import WAProto

/// A message that also sets its session up, in an `enc` node of type "pkmsg".
/// ```
/// 0x33 | protobuf { prekey id?, base key, identity key, a whole SignalMessage, registration id, signed prekey id }
/// ```
/// It has no MAC of its own: whoever changes it changes the keys of the message inside.
package struct PreKeySignalMessage: Equatable, Sendable {
    package let bytes: [UInt8]
    package let registrationID: UInt32
    /// Which of the receiver's one-time prekeys was used, if any.
    package let preKeyID: UInt32?
    package let signedPreKeyID: UInt32
    package let baseKey: PublicKey
    /// Who claims to have sent this. Proven only once the message inside has been decrypted.
    package let identityKey: PublicKey
    package let message: SignalMessage

    /// Takes apart a received message. Nothing is authenticated yet.
    package init(parsing bytes: [UInt8]) throws(SignalError) {
        let body = try WireVersion.stripped(from: bytes)
        guard let wire = try? WASignalWirePreKeyMessage(decoding: body), wire.hasSignedPreKeyID
        else { throw .invalidMessage }
        guard let baseKey = try? PublicKey(typed: [UInt8](wire.baseKey)),
            let identityKey = try? PublicKey(typed: [UInt8](wire.identityKey))
        else { throw .invalidKey }
        self.bytes = bytes
        registrationID = wire.registrationID
        preKeyID = wire.hasPreKeyID ? wire.preKeyID : nil
        signedPreKeyID = wire.signedPreKeyID
        self.baseKey = baseKey
        self.identityKey = identityKey
        message = try SignalMessage(parsing: [UInt8](wire.message))
    }

    /// Wraps a message for a device that has not answered yet.
    init(_ message: SignalMessage, pending: PendingPreKey, baseKey: PublicKey, from local: LocalIdentity) {
        var wire = WASignalWirePreKeyMessage()
        if let preKeyID = pending.preKeyID { wire.preKeyID = preKeyID }
        wire.baseKey = Data(baseKey.typed)
        wire.identityKey = Data(local.keyPair.publicKey.typed)
        wire.message = Data(message.bytes)
        wire.registrationID = local.registrationID
        wire.signedPreKeyID = pending.signedPreKeyID
        bytes = [WireVersion.byte] + wire.encoded()
        registrationID = local.registrationID
        preKeyID = pending.preKeyID
        signedPreKeyID = pending.signedPreKeyID
        self.baseKey = baseKey
        identityKey = local.keyPair.publicKey
        self.message = message
    }
}
