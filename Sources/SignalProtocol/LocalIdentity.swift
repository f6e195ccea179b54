package import WACrypto

/// What one of our devices is known by to everybody it talks to.
package struct LocalIdentity: Sendable {
    package let keyPair: KeyPair
    /// Chosen at random when the device was made; it travels in bundles and prekey messages.
    package let registrationID: UInt32

    package init(keyPair: KeyPair, registrationID: UInt32) {
        self.keyPair = keyPair
        self.registrationID = registrationID
    }
}
