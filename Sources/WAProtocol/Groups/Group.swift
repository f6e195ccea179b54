package import WABinary

/// Which of a person's two addresses a group's stanzas use.
package enum GroupAddressing: String, Sendable {
    case lid
    case phone = "pn"
}

/// Who may add members.
package enum MemberAddMode: String, Sendable {
    case everyone = "all_member_add"
    case admins = "admin_add"
}

/// A group as the server describes it, in answers and when it is created.
///
/// ```
/// <group id subject s_t s_o creator [creator_pn] creation [addressing_mode="lid|pn"] [size]>
///   <participant/>… [<description id><body>text</body></description>] [<announcement/>] [<locked/>]
///   [<ephemeral expiration/>] [<member_add_mode>text</…>] [<membership_approval_mode><group_join state/></…>]
///   [<linked_parent jid/>] [<parent/>] [<default_sub_group/>] [<suspended/>]
/// </group>
/// ```
/// Read leniently: only the id is needed. Source: protocol reference 8.2.
package struct Group: Equatable, Sendable {
    /// More participants than this are not read. The largest groups have 1,024; communities of 5,000 members reach us
    /// only through their announcement group.
    static let maximumParticipants = 8192

    package let jid: JID
    package var details: GroupDetails
    /// Each once; empty where the server did not list them.
    package var participants: [GroupParticipant]

    package init(jid: JID, details: GroupDetails, participants: [GroupParticipant] = []) {
        self.jid = jid
        self.details = details
        self.participants = participants
    }

    /// Reads a `group` element; nil without an id of a group.
    package init?(_ element: Node) {
        guard element.tag == "group", let jid = Self.address(element.attributes["id"] ?? element.attributes["jid"])
        else { return nil }
        self.jid = jid
        details = GroupDetails(element)
        participants = GroupParticipant.list(in: element)
        if element["addressing_mode"] == nil, let first = participants.first {
            details.addressing = first.jid.isLID ? .lid : .phone
        }
    }

    /// The id is written with or without `@g.us`.
    static func address(_ value: AttributeValue?) -> JID? {
        guard let value else { return nil }
        if let jid = value.jid, jid.isGroup, !jid.isServer { return jid.account }
        let text = value.text
        guard !text.isEmpty, text.utf8.count <= 64, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 45 }) else {
            return nil
        }
        return JID(text, .group)
    }
}

/// What a group is called and how it is set up.
package struct GroupDetails: Equatable, Sendable {
    package var subject: String
    package var addressing: GroupAddressing
    /// Who made it, in either addressing, and the number where it is told apart.
    package var creator: JID?
    package var creatorPhone: JID?
    package var createdAtSeconds: Int64?
    package var description: String?
    /// Only admins write.
    package var isAnnouncement = false
    /// Only admins change subject, description and settings.
    package var isLocked = false
    /// Messages disappear after so many seconds; 0 for never.
    package var ephemeralSeconds: Int64 = 0
    package var memberAddMode: MemberAddMode?
    /// The community it belongs to.
    package var linkedParent: JID?
    /// It is a community itself.
    package var isCommunity = false
    /// WhatsApp has closed it.
    package var isSuspended = false

    package init(subject: String, addressing: GroupAddressing = .lid) {
        self.subject = subject
        self.addressing = addressing
    }

    init(_ element: Node) {
        subject = element["subject"] ?? ""
        addressing = element["addressing_mode"].flatMap(GroupAddressing.init) ?? .phone
        creator = element.jid("creator")?.foldingHosted.account
        creatorPhone = element.jid("creator_pn")?.account
        createdAtSeconds = element.seconds("creation")
        for child in element.children { apply(child) }
    }

    /// Takes in one child of a `group` element or of a notification; what says nothing of the set-up changes nothing.
    package mutating func apply(_ child: Node) {
        switch child.tag {
        case "subject":
            if let subject = child["subject"] ?? child.text { self.subject = subject }
        case "description":
            description = child.child("delete") != nil || child["delete"] == "true" ? nil : child.child("body")?.text
        case "announcement": isAnnouncement = true
        case "not_announcement": isAnnouncement = false
        case "locked": isLocked = true
        case "unlocked": isLocked = false
        case "ephemeral": ephemeralSeconds = child.seconds("expiration") ?? 0
        case "not_ephemeral": ephemeralSeconds = 0
        case "member_add_mode": memberAddMode = child.text.flatMap(MemberAddMode.init) ?? memberAddMode
        case "linked_parent": linkedParent = Group.address(child.attributes["jid"])
        case "parent": isCommunity = true
        case "suspended": isSuspended = true
        case "unsuspended": isSuspended = false
        default: break
        }
    }
}
