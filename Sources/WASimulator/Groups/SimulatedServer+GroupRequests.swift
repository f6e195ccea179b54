import WABinary

/// `w:g2`: what clients ask of groups, section 8.1 of the reference.
///
/// Each request is decided by a method that throws a `GroupRefusal` or returns the children of the reply and the news
/// for the members. The reply is written first.
extension SimulatedServer {
    struct GroupReply {
        var children: [Node]?
        var group: Group?
        var news: [GroupNews] = []

        func about(_ group: Group) -> GroupReply {
            var reply = self
            reply.news = news.map { $0.about(group) }
            return reply
        }
    }

    func answerGroupRequest(_ node: Node, from device: Device, on connection: Connection) {
        let actor = account(of: device)
        do {
            guard let answer = try groupReply(to: node, by: actor) else {
                return replyUnknown(to: node, on: connection)
            }
            reply(to: node, answer.children, on: connection)
            if let group = answer.group { announce(answer.news, of: group, by: actor) }
        } catch {
            replyError(to: node, code: error.rawValue, text: error.text, on: connection)
        }
    }

    private func groupReply(to node: Node, by actor: Account) throws(GroupRefusal) -> GroupReply? {
        guard let to = node.jid("to"), to.server == .group, let child = node.children.first else {
            throw .badRequest
        }
        let isSet = node["type"] == "set"
        guard !to.isServer else {
            return isSet ? try setReply(to: child, by: actor) : try getReply(to: child, by: actor)
        }
        guard let group = groups[to.user] else { throw .notFound }
        if let reply = try communityReply(to: child, of: group, by: actor, isSet: isSet) { return reply }
        return isSet
            ? try setReply(to: child, of: group, by: actor) : try getReply(to: child, of: group, by: actor)
    }

    // MARK: - To all groups

    private func getReply(to child: Node, by actor: Account) throws(GroupRefusal) -> GroupReply? {
        switch child.tag {
        case "participating":
            let mine = groups.values.filter { $0.contains(actor.number) }.sorted { $0.id < $1.id }
            let nodes = mine.map {
                groupNode(
                    $0, participants: child.child("participants") != nil, description: child.child("description") != nil
                )
            }
            return GroupReply(children: [Node("groups", [:], nodes)])
        case "query":
            let nodes = child.children("group").map { asked -> Node in
                guard let jid = asked.jid("jid") else { return Node("group", ["error": "400"]) }
                guard let group = groups[jid.user] else {
                    return Node("group", ["id": .text(jid.user), "error": "404"])
                }
                return group.contains(actor.number)
                    ? groupNode(group) : Node("group", ["id": .text(jid.user), "error": "403"])
            }
            return GroupReply(children: [Node("groups", [:], nodes)])
        case "invite":
            let group = try group(ofInviteCode: child["code"] ?? "")
            return GroupReply(children: [groupNode(group)])
        default: return nil
        }
    }

    private func setReply(to child: Node, by actor: Account) throws(GroupRefusal) -> GroupReply? {
        switch child.tag {
        case "create":
            let created = try create(try wish(in: child), by: actor)
            let node = groupNode(created.group, outcomes: created.outcomes)
            return GroupReply(children: [node], group: created.group, news: created.news)
        case "invite":
            let group = try group(ofInviteCode: child["code"] ?? "")
            guard !group.needsApproval else { return try askToJoin(group, by: actor) }
            let news = try join(group, by: actor, reason: "invite")
            return GroupReply(children: [Node("group", ["jid": .jid(group.jid)])], group: group, news: news)
        case "leave":
            let named = child.child("group") ?? child.child("community")
            guard let id = named.flatMap({ $0.jid("id") ?? $0["id"].map { JID($0, .group) } })?.user,
                let group = groups[id]
            else { throw .notFound }
            let news = try leave(group, by: actor)
            return GroupReply(
                children: [Node("leave", [:], [Node(named?.tag ?? "group", ["id": .text(group.id)])])], group: group,
                news: news)
        default: return nil
        }
    }

    private func wish(in child: Node) throws(GroupRefusal) -> GroupWish {
        var wish = GroupWish(
            subject: child["subject"] ?? "", members: child.children("participant").compactMap { $0.jid("jid") },
            key: child["key"])
        for option in child.children {
            switch option.tag {
            case "announcement": wish.settings.append(.announcement(true))
            case "locked": wish.settings.append(.locked(true))
            case "ephemeral": wish.settings.append(.ephemeralSeconds(Int(option.integer("expiration") ?? 0)))
            case "member_add_mode": wish.settings.append(.onlyAdminsAdd(option.text == "admin_add"))
            case "membership_approval_mode": wish.settings.append(.approval(isOn(option)))
            case "member_link_mode": wish.settings.append(.onlyAdminsLink(option.text == "admin_link"))
            case "parent":
                wish.parentApprovalMode = option["default_membership_approval_mode"] ?? "request_required"
            case "create_general_chat": wish.hasGeneralChat = true
            case "allow_non_admin_sub_group_creation": wish.settings.append(.membersMakeGroups(true))
            case "linked_parent":
                guard let parent = option.jid("jid") else { throw .badRequest }
                wish.parent = parent
            case "description":
                wish.settings.append(.description(option.child("body")?.text, id: option["id"]))
            case "addressing_mode":
                wish.addressing = option.text.flatMap { Addressing(wireName: $0) } ?? wish.addressing
            default: break
            }
        }
        return wish
    }

    private func isOn(_ mode: Node) -> Bool { mode.child("group_join")?["state"] == "on" }

    // MARK: - To one group

    private func getReply(to child: Node, of group: Group, by actor: Account) throws(GroupRefusal) -> GroupReply? {
        switch child.tag {
        case "query":
            if let request = child.child("add_request") {
                guard isValid(request, for: actor, in: group) else { throw .gone }
            } else if !group.contains(actor.number) {
                throw .forbidden
            }
            return GroupReply(children: [groupNode(group)])
        case "invite":
            guard group.contains(actor.number) else { throw .forbidden }
            guard group.isAdmin(actor.number) || !group.isLinkOnlyForAdmins else { throw .notAuthorized }
            return GroupReply(children: [Node("invite", ["code": .text(group.inviteCode)])])
        case "membership_approval_requests":
            guard group.isAdmin(actor.number) else { throw .notAuthorized }
            let requests = group.joinRequests.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.compactMap {
                number, seconds in accounts[number].map { requestNode($0, in: group, seconds: seconds) }
            }
            return GroupReply(children: [Node("membership_approval_requests", [:], requests)])
        default: return nil
        }
    }

    private func setReply(to child: Node, of group: Group, by actor: Account) throws(GroupRefusal) -> GroupReply? {
        if let change = MemberChange(rawValue: child.tag) {
            let jids = child.children("participant").compactMap { $0.jid("jid") }
            let result = try self.change(change, jids, of: group, by: actor)
            let answer = Node(child.tag, [:], result.outcomes.map { participantNode($0, in: group) })
            return GroupReply(children: [answer], group: group, news: result.news)
        }
        switch child.tag {
        case "invite":
            let news = try replaceInviteCode(of: group, by: actor)
            return GroupReply(
                children: [Node("invite", ["code": .text(group.inviteCode)])], group: group, news: news)
        case "accept":
            guard isValid(child, for: actor, in: group) else { throw .gone }
            return GroupReply(group: group, news: try join(group, by: actor, reason: "invite"))
        case "revoke":
            guard group.isAdmin(actor.number) else { throw .notAuthorized }
            let invited = child.children("participant").compactMap { $0.jid("jid") }.compactMap { account(at: $0) }
            for account in invited { group.invitations[account.number] = nil }
            let news = Node("revoke", [:], invited.map { participantNode($0, in: group) })
            return GroupReply(
                children: [child], group: group, news: [GroupNews(child: news, audience: group.adminNumbers)])
        case "membership_requests_action": return try decideRequests(child, of: group, by: actor)
        default: break
        }
        guard let setting = try setting(child, of: group) else { return nil }
        return GroupReply(group: group, news: try settle(setting, of: group, by: actor))
    }

    private func setting(_ child: Node, of group: Group) throws(GroupRefusal) -> GroupSetting? {
        switch child.tag {
        case "subject": return .subject(child.text ?? "")
        case "description":
            // Whoever changes it says which one they saw last.
            guard child["prev"] == group.description?.id else { throw .conflict }
            return .description(child["delete"] == "true" ? nil : child.child("body")?.text, id: child["id"])
        case "locked", "unlocked": return .locked(child.tag == "locked")
        case "announcement", "not_announcement": return .announcement(child.tag == "announcement")
        case "ephemeral":
            guard let seconds = child.integer("expiration"), seconds > 0 else { throw .badRequest }
            return .ephemeralSeconds(Int(seconds))
        case "not_ephemeral": return .ephemeralSeconds(0)
        case "member_add_mode":
            guard let text = child.text, ["admin_add", "all_member_add"].contains(text) else { throw .badRequest }
            return .onlyAdminsAdd(text == "admin_add")
        case "membership_approval_mode": return .approval(isOn(child))
        case "member_link_mode":
            guard let text = child.text, ["admin_link", "all_member_link"].contains(text) else { throw .badRequest }
            return .onlyAdminsLink(text == "admin_link")
        case "allow_non_admin_sub_group_creation", "not_allow_non_admin_sub_group_creation":
            return .membersMakeGroups(child.tag == "allow_non_admin_sub_group_creation")
        default: return nil
        }
    }

    /// `code`, `expiration` and `admin` of an invitation as it was sent to the person.
    private func isValid(_ request: Node, for account: Account, in group: Group) -> Bool {
        guard let invitation = group.invitations[account.number] else { return false }
        return request["code"] == invitation.code && invitation.expirationSeconds > nowSeconds
    }

    // MARK: - Asking to join

    func askToJoin(_ group: Group, by actor: Account) throws(GroupRefusal) -> GroupReply {
        guard !group.contains(actor.number) else { throw .conflict }
        group.joinRequests[actor.number] = nowSeconds
        var user = participantNode(actor, in: group)
        user.tag = "requested_user"
        let news = GroupNews(
            child: Node("created_membership_requests", ["request_method": "invite_link"], [user]),
            audience: group.adminNumbers)
        return GroupReply(
            children: [Node("membership_approval_request", ["jid": .jid(group.jid)])], group: group, news: [news])
    }

    private func requestNode(_ account: Account, in group: Group, seconds: Int64) -> Node {
        var node = participantNode(account, in: group)
        node.tag = "membership_approval_request"
        node.attributes["request_time"] = .text(String(seconds))
        node.attributes["request_method"] = "invite_link"
        return node
    }

    private func decideRequests(_ child: Node, of group: Group, by actor: Account) throws(GroupRefusal) -> GroupReply {
        var news: [GroupNews] = []
        var parts: [Node] = []
        for decision in child.children where decision.tag == "approve" || decision.tag == "reject" {
            let jids = decision.children("participant").compactMap { $0.jid("jid") }
            let decided = try decide(decision.tag == "approve", jids, of: group, by: actor)
            news += decided.news
            parts.append(Node(decision.tag, [:], decided.outcomes.map { participantNode($0, in: group) }))
        }
        return GroupReply(children: [Node(child.tag, [:], parts)], group: group, news: news)
    }

    /// Lets in who asked to join, or does not.
    func decide(
        _ isApproved: Bool, _ jids: [JID], of group: Group, by actor: Account
    ) throws(GroupRefusal) -> (outcomes: [MemberOutcome], news: [GroupNews]) {
        guard group.isAdmin(actor.number) else { throw .notAuthorized }
        var news: [GroupNews] = []
        var rejected: [Account] = []
        var outcomes: [MemberOutcome] = []
        for jid in jids {
            var outcome = MemberOutcome(jid: jid, account: account(at: jid))
            if let account = outcome.account, group.joinRequests.removeValue(forKey: account.number) != nil {
                if isApproved {
                    news += try join(group, by: account, reason: "invite")
                } else {
                    rejected.append(account)
                }
            } else {
                outcome.refusal = .notFound
            }
            outcomes.append(outcome)
        }
        if !rejected.isEmpty { news.append(revokedRequests(of: rejected, in: group)) }
        return (outcomes, news)
    }

    /// Who asked to join does not wish it any more.
    func withdrawRequest(to group: Group, by actor: Account) throws(GroupRefusal) -> [GroupNews] {
        guard group.joinRequests.removeValue(forKey: actor.number) != nil else { throw .notFound }
        return [revokedRequests(of: [actor], in: group)]
    }

    private func revokedRequests(of people: [Account], in group: Group) -> GroupNews {
        GroupNews(
            child: Node("revoked_membership_requests", [:], people.map { participantNode($0, in: group) }),
            audience: group.adminNumbers)
    }
}
