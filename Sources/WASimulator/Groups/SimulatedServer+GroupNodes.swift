import WABinary

/// How a group is written: section 8.2 of the reference.
extension SimulatedServer {
    /// ```
    /// <group id subject s_t s_o creator creation size addressing_mode a_v_id p_v_id>
    ///   <participant jid phone_number [type]/>… [<description id t participant><body/></description>]
    ///   [<announcement/>] [<locked/>] [<ephemeral/>] <member_add_mode/> …
    ///   [<linked_parent jid/>] [<parent/>] [<default_sub_group/>]
    /// </group>
    /// ```
    func groupNode(_ group: Group, participants: Bool = true, description: Bool = true, outcomes: [MemberOutcome] = [])
        -> Node
    {
        var attributes: Attributes = [
            "id": .text(group.id), "subject": .text(group.subject.text),
            "s_t": .text(String(group.subject.setSeconds)), "creation": .text(String(group.createdSeconds)),
            "size": .text(String(group.members.count)), "addressing_mode": .text(group.addressing.wireName),
            "a_v_id": .text(String(group.announcementVersion)), "p_v_id": .text(String(group.participantVersion)),
        ]
        name(group.creator, as: "creator", of: group, in: &attributes)
        name(group.subject.author, as: "s_o", of: group, in: &attributes)
        var children: [Node] = []
        if participants {
            children += group.members.compactMap { member in
                accounts[member.number].map { participantNode($0, in: group, role: member.role) }
            }
            children += outcomes.filter { $0.refusal != nil }.map { participantNode($0, in: group) }
        }
        if description, let text = group.description { children.append(descriptionNode(text, of: group)) }
        if group.isAnnouncement { children.append(Node("announcement")) }
        if group.isLocked { children.append(Node("locked")) }
        if group.ephemeralSeconds > 0 { children.append(ephemeralNode(of: group)) }
        children.append(memberAddModeNode(of: group))
        children.append(memberLinkModeNode(of: group))
        if group.needsApproval { children.append(approvalNode(of: group)) }
        children += communityNodes(of: group)
        return Node("group", attributes, children)
    }

    private func communityNodes(of group: Group) -> [Node] {
        var nodes = group.parentID.map { [Node("linked_parent", ["jid": .jid(JID($0, .group))])] } ?? []
        switch group.kind {
        case .ordinary: break
        case .parent:
            nodes.append(Node("parent", ["default_membership_approval_mode": .text(group.defaultApprovalMode)]))
            if group.letsMembersMakeGroups { nodes.append(Node("allow_non_admin_sub_group_creation")) }
        case .announcements: nodes.append(Node("default_sub_group"))
        case .generalChat: nodes.append(Node("general_chat"))
        }
        return nodes
    }

    func memberLinkModeNode(of group: Group) -> Node {
        Node(
            "member_link_mode", [:],
            bytes: Array((group.isLinkOnlyForAdmins ? "admin_link" : "all_member_link").utf8))
    }

    /// A person under the group's addressing, and beside it their other name where the attribute has one.
    private func name(_ number: String, as attribute: String, of group: Group, in attributes: inout Attributes) {
        guard let account = accounts[number] else { return }
        attributes[attribute] = .jid(account.jid(group.addressing))
        if group.addressing == .lid { attributes[attribute + "_pn"] = .jid(account.jid(.phoneNumber)) }
    }

    func participantNode(_ account: Account, in group: Group, role: Group.Role = .member) -> Node {
        var node = Node("participant", ["jid": .jid(account.jid(group.addressing))])
        node.attributes[group.addressing == .lid ? "phone_number" : "lid"] = .jid(account.jid(group.addressing.other))
        if role != .member { node.attributes["type"] = .text(role.rawValue) }
        return node
    }

    /// One person of a request with what became of it.
    func participantNode(_ outcome: MemberOutcome, in group: Group) -> Node {
        var node =
            outcome.account.map {
                participantNode($0, in: group, role: group.role(of: $0.number) ?? .member)
            } ?? Node("participant", ["jid": .jid(outcome.jid)])
        guard let refusal = outcome.refusal else { return node }
        node.attributes["error"] = .text(String(refusal.rawValue))
        if let invitation = outcome.invitation {
            node.content = .nodes([
                Node(
                    "add_request",
                    ["code": .text(invitation.code), "expiration": .text(String(invitation.expirationSeconds))])
            ])
        }
        return node
    }

    func descriptionNode(_ description: Group.Description, of group: Group) -> Node {
        var attributes: Attributes = ["id": .text(description.id), "t": .text(String(description.setSeconds))]
        name(description.author, as: "participant", of: group, in: &attributes)
        return Node("description", attributes, [Node("body", [:], bytes: Array(description.text.utf8))])
    }

    func subjectNode(of group: Group) -> Node {
        var attributes: Attributes = [
            "subject": .text(group.subject.text), "s_t": .text(String(group.subject.setSeconds)),
        ]
        name(group.subject.author, as: "s_o", of: group, in: &attributes)
        return Node("subject", attributes)
    }

    func ephemeralNode(of group: Group) -> Node {
        group.ephemeralSeconds == 0
            ? Node("not_ephemeral")
            : Node("ephemeral", ["expiration": .text(String(group.ephemeralSeconds)), "trigger": "1"])
    }

    func memberAddModeNode(of group: Group) -> Node {
        Node(
            "member_add_mode", [:], bytes: Array((group.isOnlyForAdminsToAdd ? "admin_add" : "all_member_add").utf8))
    }

    func approvalNode(of group: Group) -> Node {
        Node(
            "membership_approval_mode", [:],
            [Node("group_join", ["state": group.needsApproval ? "on" : "off"])])
    }
}
