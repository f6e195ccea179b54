/// A group as people see it.
package struct GroupSnapshot: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let number: String
        package let lid: String
        /// `member`, `admin`, or `superadmin` for whoever made the group.
        package let role: String
    }

    /// Digits; the address is `<id>@g.us`.
    package let id: String
    package let subject: String
    package let description: String?
    package let creator: String
    package let createdSeconds: Int64
    package let addressing: Addressing
    package let members: [Member]
    /// Only admins may write.
    package let isAnnouncement: Bool
    /// Only admins may change subject, description and the like.
    package let isLocked: Bool
    package let ephemeralSeconds: Int
    package let onlyAdminsAdd: Bool
    package let needsApproval: Bool
    /// Numbers of those who have asked to join.
    package let joinRequests: [String]
    package let inviteCode: String
}

extension GroupSnapshot {
    init(_ group: Group, in server: SimulatedServer) {
        id = group.id
        subject = group.subject.text
        description = group.description?.text
        creator = group.creator
        createdSeconds = group.createdSeconds
        addressing = group.addressing
        members = group.members.map { member in
            Member(
                number: member.number, lid: server.accounts[member.number]?.lid ?? "", role: member.role.rawValue)
        }
        isAnnouncement = group.isAnnouncement
        isLocked = group.isLocked
        ephemeralSeconds = group.ephemeralSeconds
        onlyAdminsAdd = group.isOnlyForAdminsToAdd
        needsApproval = group.needsApproval
        joinRequests = group.joinRequests.keys.sorted()
        inviteCode = group.inviteCode
    }
}
