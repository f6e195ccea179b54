package import WABinary

/// Asks whom the account has blocked.
///
/// ```
/// → <iq id xmlns="blocklist" type="get" to="s.whatsapp.net"/>
/// ← <iq …><list [dhash] [addressing_mode]><item jid [pn_jid]/>…</list></iq>
/// ```
/// Source: protocol reference 5.20.
package struct BlocklistRequest: WARequest {
    package init() {}

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "blocklist", type: .get)
    }

    package func parse(_ reply: Node) throws -> Blocklist {
        Blocklist(reply.child("list") ?? Node("list"))
    }
}

/// Whom the account has blocked.
package struct Blocklist: Equatable, Sendable {
    /// Accounts, in the addressing the server uses.
    package let people: [JID]
    package let addressMappings: [AddressMapping]

    /// No account blocks more; what stands beyond is ignored.
    private static let limit = 20_000

    init(_ list: Node) {
        let items = list.children("item").prefix(Self.limit).filter { $0.jid("jid")?.isPerson == true }
        people = items.compactMap { $0.jid("jid")?.foldingHosted.account }
        addressMappings = items.compactMap { AddressMapping($0.jid("jid"), $0.jid("pn_jid")) }
    }
}

/// Blocks a person or lets them write again.
///
/// ```
/// → <iq id xmlns="blocklist" type="set" to="s.whatsapp.net">
///     <item action="block|unblock" jid="100000012345678@lid" [pn_jid="15551234567@s.whatsapp.net"]/></iq>
/// ← <iq …><list dhash [matched]/></iq>
/// ```
/// Who is addressed by LID is blocked with the phone number beside it. Source: protocol reference 5.20.
package struct BlockRequest: WARequest {
    package let person: JID
    package let phone: JID?
    package let blocks: Bool

    /// `person` by LID where it is known.
    package init(person: JID, phone: JID?, blocks: Bool) {
        self.person = person
        self.phone = phone
        self.blocks = blocks
    }

    package func node(id: String) -> Node {
        var item = Node("item", ["action": blocks ? "block" : "unblock", "jid": .jid(person.account)])
        if person.isLID, blocks { item.attributes["pn_jid"] = phone.map { .jid($0.account) } }
        return .iq(id: id, xmlns: "blocklist", type: .set, [item])
    }
}
