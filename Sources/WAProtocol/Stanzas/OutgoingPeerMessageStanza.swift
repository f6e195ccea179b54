import SignalProtocol
package import WABinary

/// A message to our own phone, encrypted for it alone.
///
/// ```
/// <message id to="<own phone number, no device>" type="text" category="peer" push_priority [privacy_sensitive="1"]>
///   <meta appdata="default"/><enc/>[<device-identity/>]
/// </message>
/// ```
/// Never with a privacy token: the server refuses it with 479. Source: protocol reference 5.3.
package struct OutgoingPeerMessageStanza: Sendable {
    package let node: Node

    /// `own`: our account by phone number. `deviceIdentity`: ours, which goes beside a first message.
    package init(
        id: String, own: JID, _ message: PeerMessage, payload: EncryptedPayload, deviceIdentity: [UInt8]
    ) {
        var attributes: Attributes = [
            "id": .text(id), "to": .jid(own.account), "type": "text", "category": "peer",
            "push_priority": .text(message.priority),
        ]
        if message.isPrivacySensitive { attributes["privacy_sensitive"] = "1" }
        var children = [Node("meta", ["appdata": "default"]), payload.node(for: StanzaTraits())]
        if payload.kind == .preKeyMessage { children.append(Node("device-identity", bytes: deviceIdentity)) }
        node = Node("message", attributes, children)
    }
}
