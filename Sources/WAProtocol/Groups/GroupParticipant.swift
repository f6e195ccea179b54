package import WABinary

/// A member of a group.
///
/// ```
/// <participant jid [type="admin|superadmin"] [phone_number] [lid] [error]/>
/// ```
/// In a group with LID addressing `jid` is the LID and `phone_number` the number; in one with phone number addressing
/// `jid` is the number and `lid` the LID. Source: protocol reference 8.2.
package struct GroupParticipant: Equatable, Sendable {
    package enum Role: String, Sendable, CaseIterable {
        case member
        case admin
        /// Who made the group; others cannot take the role away.
        case superadmin
    }

    /// The address in the group's own addressing, without device.
    package let jid: JID
    package let phone: JID?
    package let lid: JID?
    package var role: Role

    package init(jid: JID, phone: JID? = nil, lid: JID? = nil, role: Role = .member) {
        let jid = jid.foldingHosted.account
        self.jid = jid
        self.phone = jid.isPhoneNumber ? jid : phone?.foldingHosted.account
        self.lid = jid.isLID ? jid : lid?.foldingHosted.account
        self.role = role
    }

    /// Nil when it names no person, or somebody who was not let in.
    init?(_ element: Node) {
        guard let jid = element.jid("jid"), jid.isPerson, element["error"] == nil else { return nil }
        self.init(
            jid: jid, phone: element.jid("phone_number").flatMap { $0.isPhoneNumber ? $0 : nil },
            lid: element.jid("lid").flatMap { $0.isLID ? $0 : nil },
            role: element["type"].flatMap(Role.init) ?? .member)
    }

    /// Both addresses, when both are given.
    package var mapping: AddressMapping? { AddressMapping(phone, lid) }

    /// The participants among the children, each once, in their order; no more than a group can have.
    static func list(in parent: Node, tag: String = "participant") -> [GroupParticipant] {
        var seen: Set<JID> = []
        return parent.children(tag).prefix(Group.maximumParticipants).compactMap(GroupParticipant.init)
            .filter { seen.insert($0.jid).inserted }
    }
}
