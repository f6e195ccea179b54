package import WACrypto

/// The keys of a device that let anybody start a session with it, as the server hands them out.
package struct PreKeyBundle: Sendable {
    package var registrationID: UInt32
    package var identityKey: PublicKey
    package var signedPreKeyID: UInt32
    package var signedPreKey: PublicKey
    /// 64 bytes, by the identity key over the 33-byte form of the signed prekey.
    package var signedPreKeySignature: [UInt8]
    /// The one-time prekey is missing when the server has run out of them. Both parts are there, or neither.
    package var preKeyID: UInt32?
    package var preKey: PublicKey?

    package init(
        registrationID: UInt32, identityKey: PublicKey, signedPreKeyID: UInt32, signedPreKey: PublicKey,
        signedPreKeySignature: [UInt8], preKeyID: UInt32? = nil, preKey: PublicKey? = nil
    ) {
        self.registrationID = registrationID
        self.identityKey = identityKey
        self.signedPreKeyID = signedPreKeyID
        self.signedPreKey = signedPreKey
        self.signedPreKeySignature = signedPreKeySignature
        self.preKeyID = preKeyID
        self.preKey = preKey
    }
}
