package import WABinary

/// Something about a call; we only acknowledge and report it.
///
/// ```
/// <call from id t [notify]><offer call-id call-creator [caller_pn] [group-jid]>[<audio/>|<video/>]…</offer></call>
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
    package let isOffline: Bool
    package let addressMappings: [AddressMapping]
    package let node: Node

    init?(_ node: Node) {
        guard node.tag == "call", let id = node["id"], let from = node.jid("from") else { return nil }
        self.id = id
        self.from = from
        self.node = node
        let child = node.children.first
        timestampSeconds = node.integer("t") ?? 0
        action = child?.tag ?? ""
        callID = child?["call-id"]
        creator = child?.jid("call-creator")
        group = child?.jid("group-jid")
        isVideo = child?.child("video") != nil
        isOffline = node["offline"] != nil
        addressMappings = [
            AddressMapping(child?.jid("call-creator"), child?.jid("caller_pn"))
        ].compactMap(\.self)
    }

    package var acknowledgement: Node {
        AckStanza.node(tag: "call", id: id, to: .jid(from), copying: node)
    }
}
