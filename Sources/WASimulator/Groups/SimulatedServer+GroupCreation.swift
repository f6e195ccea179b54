import WABinary

/// A group that somebody wants to have.
struct GroupWish {
    var subject: String
    var members: [JID]
    var addressing = Addressing.lid
    /// Chosen by a test; nil for the next free one.
    var id: String?
    var settings: [GroupSetting] = []
    /// Nobody is asked whether they may be added.
    var isOpenToEverybody = false
    /// What the client calls its request, echoed in the news.
    var key: String?
    /// A community is wished for, which lets new members in like this.
    var parentApprovalMode: String?
    var hasGeneralChat = false
    /// The community it is to be part of.
    var parent: JID?
}

extension SimulatedServer {
    /// Makes a group of the actor and everybody who may be added.
    ///
    /// - Parameter prepare: what the group is before anybody hears of it.
    func create(
        _ wish: GroupWish, by actor: Account, prepare: (Group) -> Void = { _ in }
    ) throws(GroupRefusal) -> (group: Group, outcomes: [MemberOutcome], news: [GroupNews]) {
        guard !wish.subject.isEmpty, wish.subject.count <= Group.maximumSubjectLength else { throw .notAcceptable }
        guard wish.members.count < Group.maximumMemberCount else { throw .full }
        let parent: Group? = if let jid = wish.parent { try self.parent(jid, for: actor) } else { nil }
        let id = wish.id ?? freeGroupID()
        let group = Group(
            id: id, subject: .init(text: wish.subject, author: actor.number, setSeconds: nowSeconds),
            creator: actor.number, addressing: wish.addressing, inviteCode: inviteCode("\(id)/0"),
            nowMilliseconds: nowMilliseconds)
        var outcomes: [MemberOutcome] = []
        for jid in wish.members {
            var outcome = MemberOutcome(jid: jid, account: account(at: jid))
            guard outcome.account !== actor else { continue }
            if let account = outcome.account {
                if wish.isOpenToEverybody || mayBeAdded(account, by: actor) {
                    group.insert(account.number)
                } else {
                    outcome.refusal = .forbidden
                    outcome.invitation = invite(account, to: group, by: actor)
                }
            } else {
                outcome.refusal = .notFound
            }
            outcomes.append(outcome)
        }
        if let mode = wish.parentApprovalMode {
            group.kind = .parent
            group.defaultApprovalMode = mode
        }
        group.parentID = parent?.id
        prepare(group)
        for setting in wish.settings { _ = try settle(setting, of: group, by: actor) }
        groups[id] = group
        var create = Node("create", ["type": "new"], [groupNode(group)])
        create.attributes["key"] = wish.key.map { .text($0) }
        var news = [newsForAll(of: group, create)]
        if group.kind == .parent {
            news += try makeDefaultSubgroups(of: group, by: actor, hasGeneralChat: wish.hasGeneralChat)
        } else if group.kind == .ordinary {
            news += comeIntoCommunity(of: group, group.members.map(\.number))
        }
        return (group, outcomes, news)
    }

    /// 18 digits, as groups have them today.
    private func freeGroupID() -> String {
        while true {
            groupCount += 1
            let digits = seeds.bytes("group/\(groupCount)", 8).bigEndianNumber ?? 0
            let id = "120363" + String(100_000_000_000 + digits % 900_000_000_000)
            if groups[id] == nil { return id }
        }
    }
}
