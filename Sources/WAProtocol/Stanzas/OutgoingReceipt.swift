package import WABinary

/// A receipt that we send.
///
/// ```
/// <receipt id="first id" to [type] [participant] [recipient] [t]>[<list><item id="further id"/>…</list>]</receipt>
/// ```
/// Source: protocol reference 5.8.
package struct OutgoingReceipt: Equatable, Sendable {
    package enum Kind: String, Sendable {
        /// Delivered, and we are shown online; the wire has no type for it.
        case delivery = ""
        /// Delivered, and we are not shown online.
        case inactive
        /// A copy of what another device of ours sent has arrived.
        case sender
        case peerMessage = "peer_msg"
        case historySync = "hist_sync"
        case read
        /// Read, told to our own devices only: read receipts are switched off.
        case readSelf = "read-self"
        case played
        case playedSelf = "played-self"
    }

    /// At least one.
    package let ids: [String]
    package let to: AttributeValue
    package let kind: Kind
    package var participant: AttributeValue?
    package var recipient: AttributeValue?
    package var timestampSeconds: Int64?

    package init(ids: [String], to: AttributeValue, kind: Kind) {
        precondition(!ids.isEmpty, "A receipt names at least one message")
        self.ids = ids
        self.to = to
        self.kind = kind
    }

    /// A person read messages of one author in a chat; `author` matters in groups only.
    package static func read(
        _ ids: [String], in chat: JID, by author: JID? = nil, atSeconds: Int64, privately: Bool = false
    ) -> OutgoingReceipt {
        seen(ids, privately ? .readSelf : .read, in: chat, by: author, atSeconds: atSeconds)
    }

    /// A person read or played messages of one author in a chat; `author` matters in groups and of status posts.
    package static func seen(
        _ ids: [String], _ kind: Kind, in chat: JID, by author: JID?, atSeconds: Int64
    ) -> OutgoingReceipt {
        var receipt = OutgoingReceipt(ids: ids, to: .jid(chat), kind: kind)
        if !chat.isPerson { receipt.participant = author.map(AttributeValue.jid) }
        receipt.timestampSeconds = atSeconds
        return receipt
    }

    package var node: Node {
        var attributes: Attributes = ["id": .text(ids[0])]
        if kind != .delivery { attributes["type"] = .text(kind.rawValue) }
        attributes["to"] = to
        attributes["participant"] = participant
        attributes["recipient"] = recipient
        attributes["t"] = timestampSeconds.map { .integer($0) }
        guard ids.count > 1 else { return Node("receipt", attributes) }
        let items = ids.dropFirst().map { Node("item", ["id": .text($0)]) }
        return Node("receipt", attributes, [Node("list", [:], items)])
    }
}
