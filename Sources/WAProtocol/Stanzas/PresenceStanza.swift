package import WABinary

/// Whether a person is online.
///
/// ```
/// <presence from [type="unavailable"] [last="1752021890|deny|none|error"]/>
/// ```
/// Source: protocol reference 5.19.
package struct PresenceStanza: Equatable, Sendable {
    package let from: JID
    package let isAvailable: Bool
    /// Nil when it is hidden or unknown.
    package let lastSeenSeconds: Int64?

    init?(_ node: Node) {
        guard node.tag == "presence", let from = node.jid("from") else { return nil }
        self.from = from
        isAvailable = node["type"] != "unavailable"
        lastSeenSeconds = node.seconds("last")
    }
}

/// Shows our account online or offline on this device; while it is online the phone may stay silent.
///
/// ```
/// <presence type="available|unavailable" name="<push name>"/>
/// ```
package struct OwnPresenceStanza: Sendable {
    package let node: Node

    /// The push name must not be empty: the server ignores a presence without a name.
    package init(isAvailable: Bool, pushName: String) {
        node = Node("presence", ["type": isAvailable ? "available" : "unavailable", "name": .text(pushName)])
    }
}

/// Asks to be told about a person's presence; our own must be available.
///
/// ```
/// <presence type="subscribe" to>[<tctoken/>]</presence>
/// ```
package struct PresenceSubscriptionStanza: Sendable {
    package let node: Node

    package init(to person: JID, privacyToken: [UInt8]? = nil) {
        let attributes: Attributes = ["type": "subscribe", "to": .jid(person)]
        if let privacyToken {
            node = Node("presence", attributes, [Node("tctoken", bytes: privacyToken)])
        } else {
            node = Node("presence", attributes)
        }
    }
}

/// Tells the server what the account calls itself from now on; it stands beside our messages.
///
/// ```
/// <presence name="<push name>"/>
/// ```
/// Source: protocol reference 5.20.
package struct PushNameStanza: Sendable {
    package let node: Node

    package init(_ name: String) {
        node = Node("presence", ["name": .text(name)])
    }
}
