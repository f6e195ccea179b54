package import WABinary

/// A message as it arrives, before anything is decrypted.
///
/// ```
/// <message from id t type [participant] [recipient] [notify] [category="peer"] [offline] [edit] [addressing_mode]
///          [sender_lid|sender_pn] [participant_lid|participant_pn] [peer_recipient_lid|peer_recipient_pn]>
///   <enc/>… [<device-identity/>] [<unavailable type/>] [<plaintext/>] [<meta/>]
/// </message>
/// ```
/// Whose chat it belongs to, from whom (protocol reference 5.6):
///
/// | from              | chat                           | sender        |
/// |-------------------|--------------------------------|---------------|
/// | group, broadcast  | from                           | participant   |
/// | newsletter        | from                           | from          |
/// | ourselves         | recipient, else ourselves      | from          |
/// | another person    | from without device            | from          |
///
/// In chat and sender hosted servers are folded into the person; the sender keeps its device.
package struct MessageStanza: Equatable, Sendable {
    package let id: String
    /// As it came: what acknowledgements and receipts are sent to.
    package let from: JID
    package let chat: JID
    package let sender: JID
    package let isFromMe: Bool
    /// The server's time of the message.
    package let timestampSeconds: Int64
    /// `text`, `media`, `reaction`, `poll`, `event`.
    package let type: String?
    /// The name the sender chose for itself.
    package let pushName: String?
    /// Waited in the server's queue while we were away.
    package let isOffline: Bool
    /// Between the devices of one account; not for people.
    package let isPeer: Bool
    /// 1 edit, 2 pin, 3 channel edit, 7 revoke by the sender, 8 revoke by an admin.
    package let edit: String?
    /// In order: what carries a sender key stands before what is encrypted with it.
    package let ciphertexts: [ReceivedCiphertext]
    /// A channel post: an unpadded, unencrypted message.
    package let plaintext: [UInt8]?
    /// The content is on the phone only; the type says why (`view_once`, …).
    package let unavailable: String?
    /// ADVSignedDeviceIdentity of the sending companion, beside a first message.
    package let deviceIdentity: [UInt8]?
    package let addressMappings: [AddressMapping]
    /// The whole stanza, for what is not read here.
    package let node: Node

    /// Nil when the id or the sender is missing. Without `own`, a stanza with a recipient counts as sent by ourselves.
    package init?(_ node: Node, own: OwnAddresses? = nil) {
        guard node.tag == "message", let id = node["id"], let from = node.jid("from") else { return nil }
        self.id = id
        self.from = from
        self.node = node
        let recipient = node.jid("recipient")
        if from.isGroup || from.isBroadcast {
            guard let participant = node.jid("participant") else { return nil }
            chat = from
            sender = participant.foldingHosted
            isFromMe = own?.contains(sender) ?? false
        } else if from.isNewsletter {
            (chat, sender, isFromMe) = (from, from, false)
        } else {
            sender = from.foldingHosted
            isFromMe = own?.contains(from) ?? (recipient != nil)
            chat = (isFromMe ? recipient ?? from : from).foldingHosted.account
        }
        timestampSeconds = node.seconds("t") ?? 0
        type = node["type"]
        pushName = node["notify"]
        isOffline = node["offline"] != nil
        isPeer = node["category"] == "peer"
        edit = node["edit"]
        ciphertexts = node.children("enc").compactMap(ReceivedCiphertext.init)
        plaintext = node.child("plaintext")?.bytes
        unavailable = node.child("unavailable").map { $0["type"] ?? "" }
        deviceIdentity = node.child("device-identity")?.bytes
        addressMappings = AddressMapping.learned(from: node)
    }

    /// Tells the server that we have the message, or refuse it for good.
    package func acknowledgement(error: NackCode? = nil) -> Node {
        AckStanza.node(tag: "message", id: id, to: .jid(from), copying: node, error: error)
    }

    /// What a message that was decrypted and kept is answered with; it takes the place of the acknowledgement.
    ///
    /// A receipt of type `peer_msg` to our own account for what the phone tells its companions, `sender` for what
    /// another device of ours sent, else a delivery receipt: plain when this device is shown online, else `inactive`.
    /// Channel posts are only acknowledged. Source: protocol reference 5.3, 5.8.
    package func receipts(ownPhone: JID?, isShownOnline: Bool = false) -> [Node] {
        if from.isNewsletter { return [acknowledgement()] }
        if isFromMe, isPeer {
            let account = ownPhone?.account ?? from.account
            return [OutgoingReceipt(ids: [id], to: .jid(account), kind: .peerMessage).node]
        }
        var receipt = OutgoingReceipt(
            ids: [id], to: .jid(from), kind: isFromMe ? .sender : isShownOnline ? .delivery : .inactive)
        receipt.participant = node.attributes["participant"]
        receipt.recipient = node.attributes["recipient"]
        return [receipt.node]
    }
}
