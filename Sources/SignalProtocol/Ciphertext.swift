/// An encrypted message for one device, ready for an `enc` node.
package struct Ciphertext: Equatable, Sendable {
    /// The `type` attribute of the `enc` node.
    package enum Kind: String, Sendable {
        /// For a device that has answered in this session.
        case message = "msg"
        /// Carries what the device needs to set the session up.
        case preKeyMessage = "pkmsg"
    }

    package let kind: Kind
    package let bytes: [UInt8]

    package init(kind: Kind, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}
