package import WABinary

/// Something about a call; we acknowledge and report it, and may decline.
///
/// ```
/// <call from id t [notify] [offline]>
///   <offer call-id call-creator [caller_pn] [group-jid]>[<audio/>|<video/>]…</offer>
///   | <offer_notice call-id call-creator media="audio|video" type="group"/> | <accept/> | <reject/> | <terminate [reason]/> | …
/// </call>
/// ```
/// Source: protocol reference 5.11.
package struct CallStanza: Equatable, Sendable {
    package let id: String
    package let from: JID
    package let timestampSeconds: Int64
    /// `offer`, `accept`, `preaccept`, `transport`, `relaylatency`, `terminate`, `reject`, …; empty without a child.
    package let action: String
    package let callID: String?
    package let creator: JID?
    package let group: JID?
    package let isVideo: Bool
    /// Why it ended: `timeout`, `accepted_elsewhere`, `rejected_elsewhere`, …
    package let reason: String?
    package let isOffline: Bool
    package let addressMappings: [AddressMapping]
    package let node: Node

    init?(_ node: Node) {
        guard node.tag == "call", let id = node["id"], let from = node.jid("from") else { return nil }
        self.id = id
        self.from = from
        self.node = node
        let child = node.children.first
        timestampSeconds = node.seconds("t") ?? 0
        action = child?.tag ?? ""
        callID = child?["call-id"]
        creator = child?.jid("call-creator")
        group = child?.jid("group-jid")
        isVideo = child?.child("video") != nil || child?["media"] == "video"
        reason = child?["reason"]
        isOffline = node["offline"] != nil
        addressMappings = [
            AddressMapping(child?.jid("call-creator"), child?.jid("caller_pn"))
        ].compactMap(\.self)
    }

    package var acknowledgement: Node {
        AckStanza.node(tag: "call", id: id, to: .jid(from), copying: node)
    }

    /// Tells the caller that this device rings; nil for everything but an offer.
    ///
    /// ```
    /// <receipt to="<from>" id from="<own device>"><offer call-id call-creator/></receipt>
    /// ```
    /// Source: WhatsApp Web's `WAWebHandleVoipCall` (Docs/protocol-sources.md).
    package func ringing(own: JID) -> Node? {
        guard action == "offer", let callID, let creator else { return nil }
        return Node(
            "receipt", ["to": .jid(from), "id": .text(id), "from": .jid(own)],
            [Node("offer", ["call-id": .text(callID), "call-creator": .jid(creator)])])
    }
}

/// Declines a call that rings.
///
/// ```
/// <call from="<own>" to="<caller>" id><reject call-id call-creator count="0"/></call>
/// ```
/// Source: protocol reference 5.11.
package struct RejectCallStanza: Sendable {
    package let node: Node

    /// `creator` is whoever called, as the offer named them; `own` our account in the same addressing.
    package init(callID: String, creator: JID, own: JID, id: String) {
        node = Node(
            "call", ["from": .jid(own.account), "to": .jid(creator.account), "id": .text(id)],
            [Node("reject", ["call-id": .text(callID), "call-creator": .jid(creator), "count": "0"])])
    }
}
