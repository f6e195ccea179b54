import FoundationEssentials
package import WABinary
import WAProto

/// What a notification tells of people, or of our own account.
///
/// ```
/// picture       <set [jid] id [author] [hash]/> | <delete [jid]/>            of the person or group in `from`, or of `jid`
/// status        <set>new about text</set>
/// contacts      <modify old new [old_lid] [new_lid]/>                        another number
/// business      <verified_name>VerifiedNameCertificate</verified_name>
/// account_sync  <picture/>, <status/>, <blocklist>[<item action="block|unblock" jid/>…]</blocklist>, <privacy/>, …
/// ```
/// Source: protocol reference 5.11.
package enum PersonNews: Equatable, Sendable {
    /// Nil when it was taken away; also of groups.
    case picture(of: JID, id: String?)
    case about(of: JID, String)
    case businessName(of: JID, String)
    /// Both by phone number; the mappings they come with are learned from the notification.
    case numberChanged(from: JID, to: JID)
    case blocked(JID, Bool)
    /// Ask for it anew.
    case blocklistChanged
    /// Who may see what of our account: values by name, those that changed.
    case privacy([String: String])

    /// A block list that comes in parts has few; more is none.
    private static let maximumItems = 4_096

    /// Empty when there is none in it that we know.
    static func read(_ node: Node, from: JID, type: String) -> [PersonNews] {
        switch type {
        case "picture": node.children.prefix(maximumItems).compactMap { picture($0, of: $0.jid("jid") ?? from) }
        case "status": about(node, of: from)
        case "contacts":
            node.children("modify").prefix(maximumItems).compactMap { modify in
                guard let old = modify.jid("old")?.foldingHosted.account, let new = modify.jid("new")?.foldingHosted.account,
                    old.isPerson, new.isPerson, old != new
                else { return nil }
                return .numberChanged(from: old, to: new)
            }
        case "business":
            node.children("verified_name").prefix(1).compactMap { element in
                let name = (element.bytes).flatMap(businessName(inCertificate:))
                guard let person = element.jid("jid") ?? (from.isPerson ? from : nil), let name else { return nil }
                return .businessName(of: person.foldingHosted.account, name)
            }
        case "account_sync":
            node.children.flatMap { child -> [PersonNews] in
                switch child.tag {
                case "picture": child.children.compactMap { picture($0, of: from) }
                case "status": child.children.isEmpty ? [] : about(child, of: from)
                case "blocklist": blocklist(child)
                case "privacy": privacy(child)
                default: []
                }
            }
        default: []
        }
    }

    /// The name a business certificate is about.
    package static func businessName(inCertificate bytes: [UInt8]) -> String? {
        guard let certificate = try? WAVerifiedNameCertificate(decoding: bytes),
            let details = try? WAVerifiedNameCertificate.Details(decoding: [UInt8](certificate.details)),
            !details.verifiedName.isEmpty
        else { return nil }
        return details.verifiedName
    }

    private static func picture(_ element: Node, of owner: JID) -> PersonNews? {
        guard !owner.isServer else { return nil }
        switch element.tag {
        case "set": return element["id"].map { .picture(of: owner.foldingHosted.account, id: $0) }
        case "delete": return .picture(of: owner.foldingHosted.account, id: nil)
        default: return nil
        }
    }

    private static func privacy(_ element: Node) -> [PersonNews] {
        let settings = PrivacySettings.read(element)
        return settings.isEmpty ? [] : [.privacy(settings)]
    }

    private static func about(_ element: Node, of person: JID) -> [PersonNews] {
        guard person.isPerson, let text = element.child("set")?.text else { return [] }
        return [.about(of: person.foldingHosted.account, text)]
    }

    private static func blocklist(_ list: Node) -> [PersonNews] {
        let items = list.children("item")
        let news = items.prefix(maximumItems).compactMap { item -> PersonNews? in
            guard let person = item.jid("jid"), person.isPerson, let action = item["action"] else { return nil }
            return .blocked(person.foldingHosted.account, action == "block")
        }
        // Whatever is not understood whole is asked for.
        return news.isEmpty || news.count < items.count ? [.blocklistChanged] : news
    }

    /// Addresses that `contacts` notifications name together.
    static func mappings(in node: Node) -> [AddressMapping] {
        node.children("modify").prefix(maximumItems).compactMap { AddressMapping($0.jid("new"), $0.jid("new_lid")) }
    }
}
