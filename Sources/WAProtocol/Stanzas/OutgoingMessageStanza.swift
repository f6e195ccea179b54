import SignalProtocol
package import WABinary

/// A message to a person, encrypted for each device of both sides.
///
/// ```
/// <message id="3EB0…" type to="<account>" [peer_recipient_pn] [edit]>
///   <participants><to jid="<device>"><enc/></to>…</participants>
///   [<device-identity/>]                                       beside any pkmsg
///   [<meta/>] [<tctoken/> | <cstoken/>]
/// </message>
/// ```
/// Building it is pure: the same values give the same bytes. Source: protocol reference 5.2.
package struct OutgoingMessageStanza: Equatable, Sendable {
    package let id: String
    /// The account, by LID when it is known.
    package let to: JID
    /// The phone number of a recipient addressed by LID.
    package let peerRecipientPhone: JID?
    package let traits: StanzaTraits
    /// For all devices of the recipient and all of ours but this one.
    package let participants: [EncryptedPayload]
    /// Our ADVSignedDeviceIdentity with the account's key.
    package let deviceIdentity: [UInt8]
    /// `<tctoken>` or `<cstoken>`: lets us write to people who do not know us.
    package let privacyToken: Node?

    package init(
        id: String, to: JID, peerRecipientPhone: JID? = nil, traits: StanzaTraits, participants: [EncryptedPayload],
        deviceIdentity: [UInt8], privacyToken: Node? = nil
    ) {
        self.id = id
        self.to = to
        self.peerRecipientPhone = peerRecipientPhone
        self.traits = traits
        self.participants = participants
        self.deviceIdentity = deviceIdentity
        self.privacyToken = privacyToken
    }

    package var node: Node {
        var attributes: Attributes = ["id": .text(id), "type": .text(traits.kind.rawValue), "to": .jid(to)]
        attributes["peer_recipient_pn"] = peerRecipientPhone.map { .jid($0.account) }
        attributes["edit"] = traits.edit.map { .text($0) }
        let recipients = participants.map { payload in
            Node("to", ["jid": .jid(payload.device)], [payload.node(for: traits)])
        }
        var children = [Node("participants", [:], recipients)]
        if participants.contains(where: { $0.kind == .preKeyMessage }) {
            children.append(Node("device-identity", bytes: deviceIdentity))
        }
        return Node("message", attributes, children + traits.extras + (privacyToken.map { [$0] } ?? []))
    }
}

/// The `type` of a message stanza, which the server sees.
package enum MessageKind: String, Sendable {
    case text, media, reaction, poll, event
}
