package import WABinary

/// The server's answer to a message of ours.
///
/// ```
/// <ack class="message" id="3EB0…" from="15551234567@s.whatsapp.net" t="1752021890" [phash="2:…"] [error="479"]/>
/// ```
/// Source: protocol reference 5.2.
package struct MessageAck: Equatable, Sendable {
    package let id: String
    package let from: JID?
    /// The server's time of the message; 0 when it gave none.
    package let timestampSeconds: Int64
    /// The server's participant hash, when it differs from ours the device lists are out of date.
    package let participantHash: String?
    /// The refusal's code: 463 missing or invalid token (never resend), 479 malformed stanza, …
    package let error: Int?

    /// Nil unless the node is an ack of class message with an id.
    package init?(_ node: Node) {
        guard node.tag == "ack", node["class"] == "message", let id = node["id"] else { return nil }
        self.id = id
        from = node.jid("from")
        timestampSeconds = node.seconds("t") ?? 0
        participantHash = node["phash"]
        error = node["error"].map { Int($0) ?? 0 }
    }
}

/// Why we refuse a stanza for good, so that the server does not deliver it again. Source: protocol reference 5.7.
package enum NackCode: Int, Sendable {
    case parseError = 487
    case unrecognizedStanza = 488
    case unrecognizedClass = 489
    case unrecognizedType = 490
    case invalidProtobuf = 491
    case invalidHostedCompanionStanza = 493
    case missingMessageSecret = 495
    case oldCounter = 496
    case deletedOnPeer = 499
    case unhandled = 500
    case unsupportedAdminRevoke = 550
    case unsupportedLIDGroup = 551
    case storageFailed = 552
}

/// Our acknowledgement of a stanza, which lets the server forget it.
///
/// ```
/// <ack class="<tag>" id to="<from>" [participant] [recipient] [type] [error="500"]/>
/// ```
/// Everything is copied from the stanza; only messages leave out the type. Source: protocol reference 5.7.
package enum AckStanza {
    /// The tags that the server waits to have acknowledged.
    private static let acknowledgedTags: Set<String> = ["message", "receipt", "notification", "call"]

    /// Nil for stanzas that are not acknowledged or cannot be, having no id or sender.
    package static func answering(_ stanza: Node, error: NackCode? = nil) -> Node? {
        guard acknowledgedTags.contains(stanza.tag), let id = stanza["id"], let from = stanza.attributes["from"] else {
            return nil
        }
        return node(tag: stanza.tag, id: id, to: from, copying: stanza, error: error)
    }

    /// For stanzas whose id and sender are known to be there.
    static func node(tag: String, id: String, to: AttributeValue, copying stanza: Node, error: NackCode? = nil) -> Node
    {
        var attributes: Attributes = ["class": .text(tag), "id": .text(id), "to": to]
        attributes["participant"] = stanza.attributes["participant"]
        attributes["recipient"] = stanza.attributes["recipient"]
        if tag != "message" { attributes["type"] = stanza.attributes["type"] }
        if let error { attributes["error"] = .integer(error.rawValue) }
        return Node("ack", attributes)
    }
}
