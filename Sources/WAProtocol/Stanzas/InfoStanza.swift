package import WABinary

/// Notes of the server about the connection, one or more in a stanza; they are not acknowledged.
///
/// ```
/// <ib from="s.whatsapp.net"><offline count="3"/></ib>
/// ```
/// Source: protocol reference 5.10.
package struct InfoStanza: Equatable, Sendable {
    package enum Item: Equatable, Sendable {
        /// Everything that waited has now been delivered; how many stanzas that were.
        case offlineDelivered(count: Int64)
        /// So many stanzas wait.
        case offlinePreview(count: Int64)
        /// The client must fetch this kind anew and then send ``CleanDirtyRequest``.
        case dirty(DirtyNotice)
        /// Bytes to send before the connection header next time.
        case edgeRouting([UInt8])
        /// A phone without multi-device scanned the pairing code.
        case downgraded
        case other(Node)
    }

    package let items: [Item]

    init(_ node: Node) {
        items = node.children.map { child in
            switch child.tag {
            case "offline": .offlineDelivered(count: child.integer("count") ?? 0)
            case "offline_preview": .offlinePreview(count: child.integer("count") ?? 0)
            case "dirty": DirtyNotice(child).map(Item.dirty) ?? .other(child)
            case "edge_routing": (child.child("routing_info")?.bytes).map(Item.edgeRouting) ?? .other(child)
            case "downgrade_webclient": .downgraded
            default: .other(child)
            }
        }
    }
}

/// What the server calls dirty: `account_sync`, `groups`, `syncd_app_state`, `newsletter_metadata`, `communities`.
package struct DirtyNotice: Equatable, Sendable {
    package let type: String
    package let timestampSeconds: Int64?

    init?(_ element: Node) {
        guard let type = element["type"] else { return nil }
        self.type = type
        timestampSeconds = element.seconds("timestamp")
    }
}

/// Asks for what waited, so many stanzas at a time; the next ones come as these are acknowledged.
///
/// ```
/// <ib><offline_batch count="100"/></ib>
/// ```
/// Source: protocol reference 5.10.
package struct OfflineBatchStanza: Sendable {
    package let node: Node

    /// 100: WhatsApp Web's number.
    package init(count: Int64 = 100) {
        node = Node("ib", [:], [Node("offline_batch", ["count": .integer(count)])])
    }
}

/// What a client tells the server about its session, as the official web client does after pairing and login.
///
/// ```
/// <ib><unified_session id="…"/></ib>
/// ```
/// The id is the milliseconds since a weekly turn: (now + 3 days) mod 7 days. Source: protocol reference 10.
package struct UnifiedSessionStanza: Sendable {
    package let node: Node

    /// `serverOffsetMilliseconds` is how far the server's clock is ahead of ours.
    package init(nowMilliseconds: Int64, serverOffsetMilliseconds: Int64 = 0) {
        let day: Int64 = 86_400_000
        let id = (nowMilliseconds + serverOffsetMilliseconds + 3 * day) % (7 * day)
        node = Node("ib", [:], [Node("unified_session", ["id": .integer(id)])])
    }
}
