import WABinary
import WAClient
import WAProtocol

extension GroupSummary {
    init(_ group: Group) {
        self.init(
            id: ChatID.neutral(group.jid), name: group.details.subject,
            linkedParentID: group.details.linkedParent.map(ChatID.neutral))
    }
}

extension GroupRecord {
    /// - Parameter ownPhone: Our number, digits only, to tell what we may do in the group.
    init(_ group: Group, ownPhone: String?) {
        let details = group.details
        let participants = group.participants.map(Participant.init)
        let isAdmin = participants.contains { $0.isAdmin && ownPhone != nil && $0.number == ownPhone }
        self.init(
            summary: GroupSummary(group), description: details.description,
            owner: (details.creatorPhone ?? details.creator).map(ChatID.neutral),
            createdAtSeconds: details.createdAtSeconds,
            isReadOnly: details.isSuspended || details.isAnnouncement && !isAdmin, isAnnouncement: details.isAnnouncement,
            isLocked: details.isLocked, ephemeralSeconds: details.ephemeralSeconds,
            memberAddMode: details.memberAddMode.map { $0 == .admins ? "admins" : "all" }, participants: participants)
    }
}

extension GroupRecord.Participant {
    fileprivate init(_ participant: GroupParticipant) {
        let address = participant.phone ?? participant.jid
        self.init(
            id: ChatID.neutral(address), number: address.user, isAdmin: participant.role != .member,
            isSuperAdmin: participant.role == .superadmin)
    }
}
