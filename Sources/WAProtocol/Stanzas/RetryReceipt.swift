package import SignalProtocol
package import WABinary

/// A device could not read a message of ours and asks for it again.
///
/// ```
/// <receipt from id type="retry" [participant] [recipient] [category="peer"]>
///   <retry count="1" id t v="1" [error]/>
///   <registration>4 B</registration>
///   [<keys><type/><identity/>[<key/>]<skey/>[<device-identity/>]</keys>]
///   [<list><item id/>…</list>]
/// </receipt>
/// ```
/// Source: protocol reference 5.9.
package struct RetryReceipt: Equatable, Sendable {
    package let id: String
    package let from: JID
    /// The device that asks: the participant in groups. Hosted servers are folded, the device is kept.
    package let requester: JID
    /// The person without device, or the group.
    package let chat: JID
    /// The asked message, then further ones.
    package let messageIDs: [String]
    /// 1 for the first request.
    package let count: Int
    /// The time of the message as its author's stanza gave it, to be written back in the answer.
    package let timestampSeconds: Int64?
    package let reason: RetryReason?
    package let registrationID: UInt32?
    /// The keys to start afresh with; nil when there are none, or they are malformed.
    package let bundle: PreKeyBundle?
    package let deviceIdentity: [UInt8]?
    package let addressMappings: [AddressMapping]
    package let node: Node

    package init?(_ node: Node) {
        guard node.tag == "receipt", node["type"] == "retry", let id = node["id"], let from = node.jid("from") else {
            return nil
        }
        self.id = id
        self.from = from
        self.node = node
        requester = (node.jid("participant") ?? from).foldingHosted
        chat = from.isPerson ? from.foldingHosted.account : from
        let retry = node.child("retry")
        let listed = node.child("list")?.children("item").prefix(ReceiptStanza.maximumItems)
        let items = listed?.compactMap { $0["id"] } ?? []
        messageIDs = ([retry?["id"] ?? id] + items).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        count = retry?.integer("count").flatMap { Int(exactly: $0) } ?? 1
        timestampSeconds = retry?.seconds("t")
        reason = retry?.integer("error").flatMap { Int(exactly: $0) }.flatMap(RetryReason.init)
        registrationID = try? PreKeyNodes.number("registration", in: node)
        let keys = node.child("keys")
        bundle = keys.flatMap { try? PreKeyNodes.bundle(in: $0, registrationIn: node) }
        deviceIdentity = keys?.child("device-identity")?.bytes
        addressMappings = AddressMapping.learned(from: node)
    }

    package var acknowledgement: Node {
        AckStanza.node(tag: "receipt", id: id, to: .jid(from), copying: node)
    }

    package static func == (left: RetryReceipt, right: RetryReceipt) -> Bool { left.node == right.node }
}
