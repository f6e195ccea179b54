import WABinary

/// One thing that can be settled for a group.
package enum GroupSetting: Equatable, Sendable {
    /// At most 100 characters.
    case subject(String)
    /// At most 2,048 characters; nil or empty takes it away. The id names this version of it.
    case description(String?, id: String?)
    /// Only admins may write.
    case announcement(Bool)
    /// Only admins may change what the group is called and the like.
    case locked(Bool)
    /// How long messages stay: 0, a day, a week, 90 days.
    case ephemeralSeconds(Int)
    case onlyAdminsAdd(Bool)
    /// Whether an admin has to approve who comes by the link.
    case approval(Bool)
    /// Whether only admins see and reset the invite link.
    case onlyAdminsLink(Bool)
    /// Of a community: whether members may make groups in it.
    case membersMakeGroups(Bool)
}

extension SimulatedServer {
    /// Settles it if the actor may, and returns what the members hear.
    func settle(
        _ setting: GroupSetting, of group: Group, by actor: Account
    ) throws(GroupRefusal) -> [GroupNews] {
        guard group.contains(actor.number) else { throw .forbidden }
        let isOpenToAll =
            switch setting {
            case .subject, .description, .ephemeralSeconds: !group.isLocked
            case .announcement, .locked, .onlyAdminsAdd, .approval, .onlyAdminsLink, .membersMakeGroups: false
            }
        guard isOpenToAll || group.isAdmin(actor.number) else { throw .notAuthorized }
        return [newsForAll(of: group, try settled(setting, of: group, by: actor))]
    }

    /// Returns the child of the notification.
    private func settled(
        _ setting: GroupSetting, of group: Group, by actor: Account
    ) throws(GroupRefusal) -> Node {
        switch setting {
        case .subject(let text):
            guard !text.isEmpty, text.count <= Group.maximumSubjectLength else { throw .notAcceptable }
            group.subject = .init(text: text, author: actor.number, setSeconds: nowSeconds)
            return subjectNode(of: group)
        case .description(let text, let id):
            let id = id ?? makeMessageID()
            guard let text, !text.isEmpty else {
                group.description = nil
                return Node("description", ["id": .text(id)], [Node("delete")])
            }
            guard text.count <= Group.maximumDescriptionLength else { throw .notAcceptable }
            let description = Group.Description(id: id, text: text, author: actor.number, setSeconds: nowSeconds)
            group.description = description
            return descriptionNode(description, of: group)
        case .announcement(let isOn):
            group.isAnnouncement = isOn
            group.announcementChanged(nowMilliseconds: nowMilliseconds)
            return Node(
                isOn ? "announcement" : "not_announcement", ["v_id": .text(String(group.announcementVersion))])
        case .locked(let isOn):
            group.isLocked = isOn
            return Node(isOn ? "locked" : "unlocked")
        case .ephemeralSeconds(let seconds):
            guard Group.ephemeralChoices.contains(seconds) else { throw .badRequest }
            group.ephemeralSeconds = seconds
            return ephemeralNode(of: group)
        case .onlyAdminsAdd(let isOn):
            group.isOnlyForAdminsToAdd = isOn
            return memberAddModeNode(of: group)
        case .approval(let isOn):
            group.needsApproval = isOn
            return approvalNode(of: group)
        case .onlyAdminsLink(let isOn):
            group.isLinkOnlyForAdmins = isOn
            return memberLinkModeNode(of: group)
        case .membersMakeGroups(let isOn):
            guard group.kind == .parent else { throw .badRequest }
            group.letsMembersMakeGroups = isOn
            return Node((isOn ? "" : "not_") + "allow_non_admin_sub_group_creation")
        }
    }
}
