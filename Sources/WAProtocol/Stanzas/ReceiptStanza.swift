package import WABinary

/// Somebody's device, or one of ours, reports on messages.
///
/// ```
/// <receipt from id [type] [participant] [recipient] [t] [offline]>
///   [<list><item id/>…</list>]                                         further messages
///   [<participants key="message id"><user jid t/>…</participants>…]    in groups, many readers at once
/// </receipt>
/// ```
/// Retry receipts are ``RetryReceipt``. Source: protocol reference 5.8.
package struct ReceiptStanza: Equatable, Sendable {
    package enum DeliveryStatus: Equatable, Sendable {
        case delivered, read, played
    }

    /// One of many readers of a group message.
    package struct Reader: Equatable, Sendable {
        package let messageID: String
        package let jid: JID
        package let timestampSeconds: Int64?
    }

    /// Messages that one receipt is read for; clients put up to 256 into one.
    static let maximumItems = 256
    /// As many as a large group has members.
    private static let maximumReaders = 1_024

    package let id: String
    package let from: JID
    /// The person without device, or the group.
    package let chat: JID
    /// The reporting device.
    package let sender: JID
    /// The author of the messages, when they are not ours.
    package let recipient: JID?
    /// Absent for a plain delivery.
    package let type: String?
    package let messageIDs: [String]
    package let readers: [Reader]
    package let timestampSeconds: Int64?
    package let isOffline: Bool
    package let addressMappings: [AddressMapping]
    package let node: Node

    package init?(_ node: Node) {
        guard node.tag == "receipt", let id = node["id"], let from = node.jid("from") else { return nil }
        self.id = id
        self.from = from
        self.node = node
        chat = from.isPerson ? from.foldingHosted.account : from
        sender = (node.jid("participant") ?? from).foldingHosted
        recipient = node.jid("recipient")
        type = node["type"]
        let items = node.child("list")?.children("item").prefix(Self.maximumItems).compactMap { $0["id"] } ?? []
        let groups = node.children("participants").prefix(Self.maximumItems)
        readers = Array(
            groups.lazy.flatMap { group in
                let key = group["key"] ?? id
                return group.children("user").compactMap { user in
                    user.jid("jid").map { Reader(messageID: key, jid: $0, timestampSeconds: user.seconds("t")) }
                }
            }.prefix(Self.maximumReaders))
        messageIDs = groups.isEmpty ? [id] + items : groups.map { $0["key"] ?? id }
        timestampSeconds = node.seconds("t")
        isOffline = node["offline"] != nil
        addressMappings = AddressMapping.learned(from: node)
    }

    /// What the receipt means for the messages; nil for the types that devices of one account exchange.
    package var deliveryStatus: DeliveryStatus? {
        switch type {
        case nil, "", "delivery", "inactive": .delivered
        case "read", "read-self": .read
        case "played", "played-self": .played
        default: nil
        }
    }

    /// Told to our own devices only: another device of ours read it.
    package var isPrivate: Bool { type == "read-self" || type == "played-self" }

    package var acknowledgement: Node {
        AckStanza.node(tag: "receipt", id: id, to: .jid(from), copying: node)
    }
}
