package import SignalProtocol
package import WABinary

/// A message encrypted for one device.
///
/// ```
/// <enc v="2" type="pkmsg|msg" [mediatype] [decrypt-fail="hide"] [count]>ciphertext</enc>
/// ```
package struct EncryptedPayload: Equatable, Sendable {
    package let device: JID
    package let kind: Ciphertext.Kind
    package let bytes: [UInt8]

    package init(device: JID, kind: Ciphertext.Kind, bytes: [UInt8]) {
        self.device = device
        self.kind = kind
        self.bytes = bytes
    }

    /// The `enc` element. A count is written only when sending again.
    func node(for traits: StanzaTraits, count: Int? = nil) -> Node {
        var attributes: Attributes = ["v": "2", "type": .text(kind.rawValue)]
        if let count { attributes["count"] = .integer(count) }
        if let mediaType = traits.mediaType { attributes["mediatype"] = .text(mediaType) }
        if traits.isHiddenOnFailure { attributes["decrypt-fail"] = "hide" }
        return Node("enc", attributes, bytes: bytes)
    }
}
