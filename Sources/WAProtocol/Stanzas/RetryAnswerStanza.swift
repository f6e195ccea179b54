import SignalProtocol
package import WABinary

/// A message sent again to the one device that asked for it, under its old id.
///
/// ```
/// <message id to="<receipt's from>" type [t] [participant] [recipient] [edit] [device_fanout="false"]>
///   <enc v="2" type="pkmsg|msg" count="1" [mediatype]>…</enc>[<device-identity/>][<meta/>]
/// </message>
/// ```
/// `device_fanout` is written for people and not for groups. Source: protocol reference 5.9.
package struct RetryAnswerStanza: Sendable {
    package let node: Node

    package init(
        id: String, retry: RetryReceipt, traits: StanzaTraits, payload: EncryptedPayload, deviceIdentity: [UInt8]
    ) {
        var attributes: Attributes = ["id": .text(id), "type": .text(traits.kind.rawValue), "to": .jid(retry.from)]
        attributes["t"] = retry.timestampSeconds.map { .integer($0) }
        attributes["participant"] = retry.node.attributes["participant"]
        attributes["recipient"] = retry.node.attributes["recipient"]
        attributes["edit"] = traits.edit.map { .text($0) }
        if retry.from.isPerson { attributes["device_fanout"] = "false" }
        var children = [payload.node(for: traits, count: retry.count)]
        if payload.kind == .preKeyMessage { children.append(Node("device-identity", bytes: deviceIdentity)) }
        children += traits.extras
        node = Node("message", attributes, children)
    }
}
