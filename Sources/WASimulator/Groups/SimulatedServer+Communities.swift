import WABinary

/// Communities: a parent group, whose members are those of all its groups, and a group for announcements in which all
/// of them are. Sections 8.1 and 8.4 of the reference.
///
/// ```
/// parent ── announcements (default_sub_group: only admins write)
///        ├─ [general chat]
///        └─ linked groups
/// ```
/// Who comes into a linked group comes into parent and announcements too; who is removed from the parent with
/// `linked_groups="true"` leaves all of them.
extension SimulatedServer {
    // MARK: - Making them

    /// The groups that a new parent group has from the start, with what their members hear.
    func makeDefaultSubgroups(
        of parent: Group, by actor: Account, hasGeneralChat: Bool
    ) throws(GroupRefusal) -> [GroupNews] {
        let members = parent.members.compactMap { accounts[$0.number]?.jid(parent.addressing) }
        var news: [GroupNews] = []
        for kind in hasGeneralChat ? [Group.Kind.announcements, .generalChat] : [.announcements] {
            var wish = GroupWish(
                subject: kind == .announcements ? parent.subject.text : "General", members: members,
                addressing: parent.addressing, isOpenToEverybody: true)
            if kind == .announcements { wish.settings = [.announcement(true)] }
            let made = try create(wish, by: actor) { group in
                group.kind = kind
                group.parentID = parent.id
            }
            news += made.news.map { $0.about(made.group) }
        }
        return news
    }

    /// The parent that a new group is to be linked to, if the actor may do that.
    func parent(_ jid: JID, for actor: Account) throws(GroupRefusal) -> Group {
        guard let parent = groups[jid.user], parent.kind == .parent else { throw .notFound }
        guard parent.contains(actor.number) else { throw .forbidden }
        guard parent.isAdmin(actor.number) || parent.letsMembersMakeGroups else { throw .notAuthorized }
        return parent
    }

    func subgroups(of parent: Group) -> [Group] {
        groups.values.filter { $0.parentID == parent.id }.sorted {
            ($0.kind == .announcements ? 0 : 1, $0.id) < ($1.kind == .announcements ? 0 : 1, $1.id)
        }
    }

    /// People who are in a linked group now are in its parent and the announcements.
    func comeIntoCommunity(of group: Group, _ numbers: [String]) -> [GroupNews] {
        guard let parent = group.parentID.flatMap({ groups[$0] }) else { return [] }
        let announcements = subgroups(of: parent).filter { $0.kind == .announcements }
        return ([parent] + announcements).filter { $0 !== group }.flatMap { place in
            let coming = numbers.filter { !place.contains($0) }.compactMap { accounts[$0] }
            return add(coming, to: place, reason: "linked_group_join")
        }
    }

    private func add(_ people: [Account], to group: Group, reason: String) -> [GroupNews] {
        guard !people.isEmpty else { return [] }
        let before = group.members.map(\.number)
        for account in people { group.insert(account.number) }
        let previous = group.participantsChanged(nowMilliseconds: nowMilliseconds)
        let change = changeNode("add", people, in: group, previous: previous, reason: reason)
        return [
            GroupNews(child: change, audience: before).about(group),
            welcome(people, to: group, reason: reason).about(group),
        ]
    }

    /// People leave every group of a community but the parent, which they have left.
    func leaveSubgroups(of parent: Group, _ numbers: [String]) -> [GroupNews] {
        subgroups(of: parent).flatMap { group -> [GroupNews] in
            let leaving = numbers.filter { group.contains($0) }.compactMap { accounts[$0] }
            guard !leaving.isEmpty else { return [] }
            let before = group.members.map(\.number)
            for account in leaving { group.remove(account.number) }
            let previous = group.participantsChanged(nowMilliseconds: nowMilliseconds)
            return [
                GroupNews(child: changeNode("remove", leaving, in: group, previous: previous), audience: before)
                    .about(group)
            ]
        }
    }

    // MARK: - Requests

    /// nil for what is not about communities.
    func communityReply(
        to child: Node, of parent: Group, by actor: Account, isSet: Bool
    ) throws(GroupRefusal) -> GroupReply? {
        switch (child.tag, isSet) {
        case ("sub_groups", false):
            try checkParent(parent, actor)
            let nodes = subgroups(of: parent).map { linkTarget($0) }
            return GroupReply(children: [Node("sub_groups", [:], nodes)])
        case ("linked_groups_participants", false):
            try checkParent(parent, actor)
            let people = parent.members.compactMap { member in
                accounts[member.number].map { participantNode($0, in: parent, role: member.role) }
            }
            return GroupReply(children: [Node(child.tag, [:], people)])
        case ("pictures", false):
            // Whoever is in a community sees the pictures of all its groups.
            try checkParent(parent, actor)
            let pictures = try child.children("picture").map { asked throws(GroupRefusal) -> Node in
                guard let group = (asked.jid("jid") ?? asked.jid("parent_group_jid")).flatMap({ groups[$0.user] }),
                    group === parent || group.parentID == parent.id, let picture = group.picture
                else { throw .notFound }
                return pictureNode(picture, as: asked)
            }
            return GroupReply(children: [Node("pictures", [:], pictures)])
        case ("query_linked", false):
            try checkParent(parent, actor)
            let group = try subgroup(child, of: parent)
            let node = groupNode(group, participants: group.contains(actor.number))
            return GroupReply(children: [Node("linked_group", [:], [node])])
        case ("join_linked_group", true):
            try checkParent(parent, actor)
            let group = try subgroup(child, of: parent)
            guard !group.needsApproval else { return try askToJoin(group, by: actor).about(group) }
            let news = try join(group, by: actor, reason: "linked_group_join")
            return GroupReply(
                children: [Node("linked_group", [:], [groupNode(group)])], group: group, news: news)
        case ("links", true): return try link(child, to: parent, by: actor)
        case ("unlink", true): return try unlink(child, from: parent, by: actor)
        case ("delete_parent", true): return try deleteParent(parent, by: actor)
        default: return nil
        }
    }

    private func checkParent(_ parent: Group, _ actor: Account) throws(GroupRefusal) {
        guard parent.kind == .parent else { throw .badRequest }
        guard parent.contains(actor.number) else { throw .forbidden }
    }

    private func subgroup(_ child: Node, of parent: Group) throws(GroupRefusal) -> Group {
        guard let group = child.jid("jid").flatMap({ groups[$0.user] }), group.parentID == parent.id else {
            throw .notFound
        }
        return group
    }

    private func link(_ child: Node, to parent: Group, by actor: Account) throws(GroupRefusal) -> GroupReply {
        try checkParent(parent, actor)
        guard parent.isAdmin(actor.number) else { throw .notAuthorized }
        var news: [GroupNews] = []
        var links: [Node] = []
        for link in child.children("link") {
            var results: [Node] = []
            for wish in link.children("group") {
                guard let jid = wish.jid("jid") else { throw .badRequest }
                var result = Node("group", ["jid": .jid(jid)])
                if let group = groups[jid.user], group.isAdmin(actor.number) {
                    if group.parentID == nil, group.kind == .ordinary {
                        group.parentID = parent.id
                        news += comeIntoCommunity(of: group, group.members.map(\.number))
                        news += tellLink("link", ["link_type": "sub_group"], of: group, in: parent)
                    } else {
                        result.attributes["error"] = .text(String(GroupRefusal.conflict.rawValue))
                    }
                } else {
                    let refusal = groups[jid.user] == nil ? GroupRefusal.notFound : .notAuthorized
                    result.attributes["error"] = .text(String(refusal.rawValue))
                }
                results.append(result)
            }
            links.append(Node("link", ["link_type": "sub_group"], results))
        }
        return GroupReply(children: [Node("links", [:], links)], group: parent, news: news)
    }

    private func unlink(_ child: Node, from parent: Group, by actor: Account) throws(GroupRefusal) -> GroupReply {
        try checkParent(parent, actor)
        guard parent.isAdmin(actor.number) else { throw .notAuthorized }
        var news: [GroupNews] = []
        var results: [Node] = []
        for wish in child.children("group") {
            guard let jid = wish.jid("jid") else { throw .badRequest }
            var result = Node("group", ["jid": .jid(jid)])
            if let group = groups[jid.user], group.parentID == parent.id, group.kind == .ordinary {
                news += tellLink("unlink", Self.unlinked("unlink_group"), of: group, in: parent)
                group.parentID = nil
                if wish["remove_orphaned_members"] == "true" { news += removeOrphans(of: group, from: parent) }
            } else {
                result.attributes["error"] = .text(String(GroupRefusal.notFound.rawValue))
            }
            results.append(result)
        }
        return GroupReply(
            children: [Node("unlink", ["unlink_type": "sub_group"], results)], group: parent, news: news)
    }

    /// Members of a group that was unlinked who are in no other group of the community, and are no admins of it.
    private func removeOrphans(of group: Group, from parent: Group) -> [GroupNews] {
        let others = subgroups(of: parent).filter { $0.kind != .announcements }
        let orphans = group.members.map(\.number).filter { number in
            parent.role(of: number) == .member && !others.contains { $0.contains(number) }
        }
        let people = orphans.compactMap { accounts[$0] }
        guard !people.isEmpty else { return [] }
        let before = parent.members.map(\.number)
        for number in orphans { parent.remove(number) }
        let previous = parent.participantsChanged(nowMilliseconds: nowMilliseconds)
        return [GroupNews(child: changeNode("remove", people, in: parent, previous: previous), audience: before)]
            + leaveSubgroups(of: parent, orphans)
    }

    private func deleteParent(_ parent: Group, by actor: Account) throws(GroupRefusal) -> GroupReply {
        try checkParent(parent, actor)
        guard parent.role(of: actor.number) == .superadmin else { throw .notAuthorized }
        var news: [GroupNews] = []
        for group in subgroups(of: parent) {
            if group.kind == .announcements {
                news.append(newsForAll(of: group, Node("delete", ["reason": "deleted"])).about(group))
                groups[group.id] = nil
            } else {
                news += tellLink("unlink", Self.unlinked("delete_parent"), of: group, in: parent)
                group.parentID = nil
                group.kind = .ordinary
            }
        }
        news.append(newsForAll(of: parent, Node("delete", ["reason": "deleted"])))
        groups[parent.id] = nil
        return GroupReply(group: parent, news: news)
    }

    private static func unlinked(_ reason: AttributeValue) -> Attributes {
        ["unlink_type": "sub_group", "unlink_reason": reason]
    }

    /// Members of the parent hear which group it is, members of the group which parent.
    private func tellLink(_ tag: String, _ attributes: Attributes, of group: Group, in parent: Group) -> [GroupNews] {
        var upwards = attributes
        upwards[tag + "_type"] = "parent_group"
        return [
            newsForAll(of: parent, Node(tag, attributes, [linkTarget(group)])).about(parent),
            newsForAll(of: group, Node(tag, upwards, [linkTarget(parent)])).about(group),
        ]
    }

    /// `<group id jid subject s_t creation creator size>[<default_sub_group/>]</group>`
    private func linkTarget(_ group: Group) -> Node {
        var node = groupNode(group, participants: false, description: false)
        node.attributes["jid"] = .jid(group.jid)
        node.content = .nodes(node.children.filter { ["default_sub_group", "general_chat"].contains($0.tag) })
        return node
    }
}
