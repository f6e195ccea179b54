import WABinary

/// One person named in a request about a group, and what became of it.
struct MemberOutcome {
    let jid: JID
    let account: Account?
    var refusal: GroupRefusal?
    /// How the person can be asked to come, where adding is refused.
    var invitation: Group.Invitation?
}

/// Who is in a group, and who may change that. Each change returns what its members have to hear.
extension SimulatedServer {
    enum MemberChange: String {
        case add, remove, promote, demote
    }

    /// Somebody who left of their own accord cannot be added again for so long.
    private static let rejoinMilliseconds: Int64 = 86_400_000
    private static let invitationSeconds: Int64 = 3 * 86_400

    func change(
        _ change: MemberChange, _ jids: [JID], of group: Group, by actor: Account
    ) throws(GroupRefusal) -> (outcomes: [MemberOutcome], news: [GroupNews]) {
        guard group.contains(actor.number) else { throw .forbidden }
        guard group.isAdmin(actor.number) || change == .add && !group.isOnlyForAdminsToAdd else {
            throw .notAuthorized
        }
        guard !jids.isEmpty else { throw .badRequest }
        let before = group.members.map(\.number)
        var done: [Account] = []
        var outcomes: [MemberOutcome] = []
        for jid in jids {
            var outcome = MemberOutcome(jid: jid, account: account(at: jid))
            outcome.refusal = refusal(of: change, for: outcome.account, in: group, by: actor)
            if outcome.refusal == .forbidden, change == .add, let account = outcome.account {
                outcome.invitation = invite(account, to: group, by: actor)
            }
            if outcome.refusal == nil, let account = outcome.account {
                perform(change, account, in: group)
                done.append(account)
            }
            outcomes.append(outcome)
        }
        guard !done.isEmpty else { return (outcomes, []) }
        let previous = group.participantsChanged(nowMilliseconds: nowMilliseconds)
        let child = changeNode(change.rawValue, done, in: group, previous: previous)
        var news = [GroupNews(child: child, audience: before)]
        switch change {
        case .add:
            news.append(welcome(done, to: group))
            news += comeIntoCommunity(of: group, done.map(\.number))
        case .remove where group.kind == .parent: news += leaveSubgroups(of: group, done.map(\.number))
        case .remove, .promote, .demote: break
        }
        return (outcomes, news)
    }

    private func refusal(
        of change: MemberChange, for account: Account?, in group: Group, by actor: Account
    ) -> GroupRefusal? {
        guard let account else { return .notFound }
        guard change == .add else {
            guard let role = group.role(of: account.number) else { return .notFound }
            return role == .superadmin && change != .promote && account !== actor ? .forbidden : nil
        }
        if group.contains(account.number) { return .conflict }
        if group.members.count >= Group.maximumMemberCount { return .full }
        if let left = group.formerMembers[account.number] ?? nil,
            nowMilliseconds - left < Self.rejoinMilliseconds
        {
            return .recentlyLeft
        }
        return mayBeAdded(account, by: actor) ? nil : .forbidden
    }

    /// Whom the account's privacy settings let add it to groups.
    func mayBeAdded(_ account: Account, by actor: Account) -> Bool {
        switch account.privacy["groupadd"] ?? "all" {
        case "all": true
        case "none": false
        case "contact_blacklist" where isExcepted(actor, "groupadd", account): false
        default: account.contacts.contains(actor.number)
        }
    }

    func invite(_ account: Account, to group: Group, by actor: Account) -> Group.Invitation {
        let code = inviteCode("invitation/\(group.id)/\(account.number)/\(nowMilliseconds)")
        let invitation = Group.Invitation(
            code: String(code.prefix(16)), expirationSeconds: nowSeconds + Self.invitationSeconds, admin: actor.number)
        group.invitations[account.number] = invitation
        return invitation
    }

    private func perform(_ change: MemberChange, _ account: Account, in group: Group) {
        switch change {
        case .add: group.insert(account.number)
        case .remove: group.remove(account.number)
        case .promote:
            if group.role(of: account.number) == .member { group.setRole(.admin, of: account.number) }
        case .demote: group.setRole(.member, of: account.number)
        }
    }

    /// `<add v_id prev_v_id><participant/>…</add>` and the like.
    func changeNode(
        _ tag: String, _ people: [Account], in group: Group, previous: Int64, reason: String? = nil
    ) -> Node {
        var node = Node(
            tag,
            ["v_id": .text(String(group.participantVersion)), "prev_v_id": .text(String(previous))],
            people.map { participantNode($0, in: group, role: group.role(of: $0.number) ?? .member) })
        node.attributes["reason"] = reason.map { .text($0) }
        return node
    }

    /// Who comes new to a group is told all of it.
    func welcome(_ people: [Account], to group: Group, reason: String? = nil) -> GroupNews {
        var create = Node("create", [:], [groupNode(group)])
        create.attributes["reason"] = reason.map { .text($0) }
        return GroupNews(child: create, audience: people.map(\.number))
    }

    // MARK: - Of one's own accord

    func leave(_ group: Group, by actor: Account) throws(GroupRefusal) -> [GroupNews] {
        guard group.contains(actor.number) else { throw .notFound }
        let before = group.members.map(\.number)
        group.remove(actor.number, leftMilliseconds: nowMilliseconds)
        let previous = group.participantsChanged(nowMilliseconds: nowMilliseconds)
        var news = [
            GroupNews(child: changeNode("remove", [actor], in: group, previous: previous), audience: before)
        ]
        // A group without an admin gets one: whoever is in it longest.
        if let eldest = group.members.first, !group.members.contains(where: { $0.role != .member }),
            let account = accounts[eldest.number]
        {
            group.setRole(.admin, of: eldest.number)
            let previous = group.participantsChanged(nowMilliseconds: nowMilliseconds)
            news.append(newsForAll(of: group, changeNode("promote", [account], in: group, previous: previous)))
        }
        if group.kind == .parent { news += leaveSubgroups(of: group, [actor.number]) }
        return news
    }

    /// By the link, by an invitation, or because a request was approved.
    func join(_ group: Group, by account: Account, reason: String) throws(GroupRefusal) -> [GroupNews] {
        guard !group.contains(account.number) else { throw .conflict }
        guard group.members.count < Group.maximumMemberCount else { throw .full }
        let before = group.members.map(\.number)
        group.insert(account.number)
        let previous = group.participantsChanged(nowMilliseconds: nowMilliseconds)
        let child = changeNode("add", [account], in: group, previous: previous, reason: reason)
        return [GroupNews(child: child, audience: before), welcome([account], to: group, reason: reason)]
            + comeIntoCommunity(of: group, [account.number])
    }

    // MARK: - Codes

    /// 22 letters and digits, as in `https://chat.whatsapp.com/<code>`.
    func inviteCode(_ label: String) -> String {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        return String(seeds.bytes("invite code/" + label, 22).map { alphabet[Int($0) % alphabet.count] })
    }

    func replaceInviteCode(of group: Group, by actor: Account) throws(GroupRefusal) -> [GroupNews] {
        guard group.contains(actor.number) else { throw .forbidden }
        guard group.isAdmin(actor.number) || !group.isLinkOnlyForAdmins else { throw .notAuthorized }
        group.replaceInviteCode(by: inviteCode("\(group.id)/\(group.formerInviteCodes.count + 1)"))
        return [newsForAll(of: group, Node("invite", ["code": .text(group.inviteCode)]))]
    }

    /// The group of a code; `gone` when the code was replaced.
    func group(ofInviteCode code: String) throws(GroupRefusal) -> Group {
        if let group = groups.values.first(where: { $0.inviteCode == code }) { return group }
        throw groups.values.contains { $0.formerInviteCodes.contains(code) } ? .gone : .notAcceptable
    }
}
