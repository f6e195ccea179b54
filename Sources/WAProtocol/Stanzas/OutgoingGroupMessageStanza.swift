import SignalProtocol
package import WABinary

/// A message to a group, encrypted once for all with our sender key.
///
/// ```
/// <message id type to="<group>" phash="2:…" [addressing_mode="lid"] [edit] [expiration]>
///   [<participants><to jid="<device>"><enc type="pkmsg|msg"/></to>…</participants>]   those who lack the sender key
///   [<device-identity/>]                                                             beside any pkmsg
///   <enc v="2" type="skmsg" [mediatype] [decrypt-fail="hide"]>sender key message</enc>
///   [<meta/>]
/// </message>
/// ```
/// Building it is pure: the same values give the same bytes. `addressing_mode` is written for LIDs only, as whatsmeow does.
/// Source: protocol reference 5.4.
package struct OutgoingGroupMessageStanza: Equatable, Sendable {
    package let id: String
    package let group: JID
    package let addressing: GroupAddressing
    package let traits: StanzaTraits
    /// Over all devices of all members, this one included.
    package let participantHash: String
    /// Our sender key, for the devices that do not have it yet.
    package let keyPayloads: [EncryptedPayload]
    /// Our ADVSignedDeviceIdentity with the account's key.
    package let deviceIdentity: [UInt8]
    /// The signed sender key message.
    package let ciphertext: [UInt8]
    /// Of a group whose messages disappear; 0 for others.
    package var expirationSeconds: Int64 = 0

    package init(
        id: String, group: JID, addressing: GroupAddressing, traits: StanzaTraits, participantHash: String,
        keyPayloads: [EncryptedPayload], deviceIdentity: [UInt8], ciphertext: [UInt8]
    ) {
        self.id = id
        self.group = group
        self.addressing = addressing
        self.traits = traits
        self.participantHash = participantHash
        self.keyPayloads = keyPayloads
        self.deviceIdentity = deviceIdentity
        self.ciphertext = ciphertext
    }

    package var node: Node {
        var attributes: Attributes = [
            "id": .text(id), "type": .text(traits.kind.rawValue), "to": .jid(group), "phash": .text(participantHash),
        ]
        if addressing == .lid { attributes["addressing_mode"] = .text(addressing.rawValue) }
        attributes["edit"] = traits.edit.map { .text($0) }
        if expirationSeconds > 0 { attributes["expiration"] = .integer(expirationSeconds) }
        var children: [Node] = []
        if !keyPayloads.isEmpty {
            let recipients = keyPayloads.map {
                Node("to", ["jid": .jid($0.device)], [$0.node(for: StanzaTraits())])
            }
            children.append(Node("participants", [:], recipients))
        }
        if keyPayloads.contains(where: { $0.kind == .preKeyMessage }) {
            children.append(Node("device-identity", bytes: deviceIdentity))
        }
        var enc: Attributes = ["v": "2", "type": "skmsg"]
        enc["mediatype"] = traits.mediaType.map { .text($0) }
        if traits.isHiddenOnFailure { enc["decrypt-fail"] = "hide" }
        children.append(Node("enc", enc, bytes: ciphertext))
        return Node("message", attributes, children + traits.extras)
    }
}
