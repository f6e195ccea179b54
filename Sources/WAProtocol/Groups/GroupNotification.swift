package import WABinary

/// Something changed in a group.
///
/// ```
/// <notification type="w:gp2" from="<group>" id t participant="<who did it>" [participant_pn|participant_lid]
///               [addressing_mode]>
///   <create [type] [reason]><group/></create>                          made, or we were added
///   <add|remove|promote|demote|modify [v_id] [prev_v_id] [reason]><participant jid [type] [phone_number|lid]/>…</…>
///   <created_membership_requests request_method><requested_user jid [phone_number]/>…</created_membership_requests>
///   <membership_approval_request/>                                     who did it asks to be let in
///   <subject/> <description/> <announcement/> <locked/> <ephemeral/> <member_add_mode/> <delete/> …
/// </notification>
/// ```
/// Who leaves is removed by itself. Read leniently, child by child: what is not understood is `other` and changes
/// nothing, and a missing attribute spoils nothing else. Source: protocol reference 8.3.
package struct GroupNotification: Equatable, Sendable {
    package enum Change: Equatable, Sendable {
        /// The group was made with us in it, or we were added; nil when its description cannot be read.
        case created(Group?)
        case added([GroupParticipant])
        /// `byThemselves` for those who left.
        case removed([GroupParticipant], byThemselves: Bool)
        case promoted([GroupParticipant])
        case demoted([GroupParticipant])
        /// Members changed their number; the list must be asked for.
        case modified
        /// Subject, description, announcement, locked, ephemeral and what else `GroupDetails.apply` knows.
        case details(Node)
        /// People ask to be let in.
        case joinRequested([GroupParticipant])
        /// The group is no more.
        case deleted
        /// Links, requests to join, codes and everything newer: by the element's name.
        case other(String)
    }

    package let group: JID
    /// How the group is addressed, where the server says.
    package let addressing: GroupAddressing?
    /// Who did it.
    package let actor: JID?
    package let changes: [Change]

    private static let readMappings = 64

    /// Nil unless it is about a group.
    init?(_ notification: Node, from: JID) {
        guard from.isGroup, !from.isServer else { return nil }
        group = from.account
        addressing = notification["addressing_mode"].flatMap(GroupAddressing.init)
        actor = notification.jid("participant")?.foldingHosted.account
        changes = notification.children.map { [actor] in Change($0, actor: actor) }
    }

    /// Whether we have come into the group by it.
    package func brings(_ own: OwnAddresses) -> Bool {
        changes.contains { change in
            switch change {
            case .created: true
            case .added(let people): people.contains { own.contains($0.jid) }
            default: false
            }
        }
    }

    /// What it tells of the addresses of those it names; of the first so many where it names very many.
    var addressMappings: [AddressMapping] {
        changes.prefix(Self.readMappings).flatMap { change -> [AddressMapping] in
            switch change {
            case .added(let people), .removed(let people, _), .promoted(let people), .demoted(let people),
                .joinRequested(let people):
                people.prefix(Self.readMappings).compactMap(\.mapping)
            case .created, .modified, .details, .deleted, .other: []
            }
        }
    }
}

extension GroupNotification.Change {
    fileprivate init(_ child: Node, actor: JID?) {
        switch child.tag {
        case "create": self = .created(child.child("group").flatMap { Group($0) })
        case "add": self = .added(GroupParticipant.list(in: child))
        case "remove":
            let people = GroupParticipant.list(in: child)
            self = .removed(people, byThemselves: people.count == 1 && people.first?.isAddressed(as: actor) == true)
        case "promote": self = .promoted(GroupParticipant.list(in: child))
        case "demote": self = .demoted(GroupParticipant.list(in: child))
        case "modify": self = .modified
        case "created_membership_requests": self = .joinRequested(GroupParticipant.list(in: child, tag: "requested_user"))
        case "membership_approval_request": self = .joinRequested(actor.map { [GroupParticipant(jid: $0)] } ?? [])
        case "delete": self = .deleted
        case "subject", "description", "announcement", "not_announcement", "locked", "unlocked", "ephemeral",
            "not_ephemeral", "member_add_mode", "suspended", "unsuspended":
            self = .details(child)
        default: self = .other(child.tag)
        }
    }
}

extension GroupParticipant {
    fileprivate func isAddressed(as address: JID?) -> Bool {
        address.map { jid == $0 || phone == $0 || lid == $0 } ?? false
    }
}
