import WABinary

/// Groups, as people with phones make and change them. An actor left out is the one who may: the first admin.
extension SimulatedServer {
    /// What becomes of one person: nil, or the code of the refusal (403 not allowed, 404 unknown or not a member, 408
    /// left lately, 409 a member already, 419 full).
    package typealias MemberResult = (number: String, refusal: Int?)

    /// Makes a group. Everybody named is in it, whatever their privacy settings say of strangers.
    ///
    /// - Parameters:
    ///   - members: numbers of phones; the creator is one of them in any case.
    ///   - creator: nil for the first of the members.
    ///   - id: 16 to 20 digits, such as 120363021234567890; nil for the next free one.
    /// - Returns: the id.
    @discardableResult
    package func addGroup(
        _ subject: String, members: [String], creator: String? = nil, id: String? = nil,
        addressing: Addressing = .lid
    ) throws(SimulatorError) -> String {
        if let id {
            guard (16...20).contains(id.count), id.allSatisfy(\.isASCIIDigit) else { throw .invalidGroup(id) }
            guard groups[id] == nil else { throw .groupExists(id) }
        }
        guard let founder = creator ?? members.first else { throw .unknownPhone("") }
        let actor = try account(founder)
        var people: [Account] = []
        for number in members { people.append(try account(number)) }
        let wish = GroupWish(
            subject: subject, members: people.map { $0.jid(addressing) }, addressing: addressing, id: id,
            isOpenToEverybody: true)
        do {
            let made = try create(wish, by: actor)
            announce(made.news, of: made.group, by: actor)
            return made.group.id
        } catch {
            throw .refusedInGroup(code: error.rawValue, error.text)
        }
    }

    package func group(_ id: String) throws(SimulatorError) -> GroupSnapshot {
        GroupSnapshot(try knownGroup(id), in: self)
    }

    /// All groups by id, or those somebody is in.
    package func groupList(of number: String? = nil) -> [GroupSnapshot] {
        groups.values.filter { group in number.map { group.contains($0) } ?? true }.sorted { $0.id < $1.id }
            .map { GroupSnapshot($0, in: self) }
    }

    // MARK: - Members

    @discardableResult
    package func addMembers(
        _ numbers: [String], to id: String, by actor: String? = nil
    ) throws(SimulatorError) -> [MemberResult] {
        try change(.add, numbers, of: id, by: actor)
    }

    @discardableResult
    package func removeMembers(
        _ numbers: [String], from id: String, by actor: String? = nil
    ) throws(SimulatorError) -> [MemberResult] {
        try change(.remove, numbers, of: id, by: actor)
    }

    @discardableResult
    package func promote(
        _ numbers: [String], in id: String, by actor: String? = nil
    ) throws(SimulatorError) -> [MemberResult] {
        try change(.promote, numbers, of: id, by: actor)
    }

    @discardableResult
    package func demote(
        _ numbers: [String], in id: String, by actor: String? = nil
    ) throws(SimulatorError) -> [MemberResult] {
        try change(.demote, numbers, of: id, by: actor)
    }

    private func change(
        _ change: MemberChange, _ numbers: [String], of id: String, by actor: String?
    ) throws(SimulatorError) -> [MemberResult] {
        let group = try knownGroup(id)
        let jids = numbers.map { accounts[$0]?.jid(group.addressing) ?? JID($0, .user) }
        var results: [MemberResult] = []
        try act(in: group, by: actor) { account throws(GroupRefusal) in
            let done = try self.change(change, jids, of: group, by: account)
            results = zip(numbers, done.outcomes).map { ($0, $1.refusal?.rawValue) }
            return done.news
        }
        return results
    }

    package func leaveGroup(_ id: String, by actor: String) throws(SimulatorError) {
        let group = try knownGroup(id)
        try act(in: group, by: actor) { account throws(GroupRefusal) in try leave(group, by: account) }
    }

    /// Comes by the link; where that needs approval, an admin is asked.
    package func joinGroup(byInviteCode code: String, by actor: String) throws(SimulatorError) {
        let account = try account(actor)
        do {
            let group = try group(ofInviteCode: code)
            let news =
                group.needsApproval
                ? try askToJoin(group, by: account).news : try join(group, by: account, reason: "invite")
            announce(news, of: group, by: account)
        } catch {
            throw .refusedInGroup(code: error.rawValue, error.text)
        }
    }

    /// Follows an invitation that was sent to the phone.
    package func acceptInvitation(to id: String, by actor: String) throws(SimulatorError) {
        let group = try knownGroup(id)
        try act(in: group, by: actor) { account throws(GroupRefusal) in
            guard let invitation = group.invitations[account.number], invitation.expirationSeconds > nowSeconds else {
                throw .gone
            }
            return try join(group, by: account, reason: "invite")
        }
    }

    /// An admin decides about people who asked to join.
    @discardableResult
    package func decideRequests(
        approving isApproved: Bool, of numbers: [String], in id: String, by actor: String? = nil
    ) throws(SimulatorError) -> [MemberResult] {
        let group = try knownGroup(id)
        let jids = numbers.map { accounts[$0]?.jid(group.addressing) ?? JID($0, .user) }
        var results: [MemberResult] = []
        try act(in: group, by: actor) { account throws(GroupRefusal) in
            let done = try decide(isApproved, jids, of: group, by: account)
            results = zip(numbers, done.outcomes).map { ($0, $1.refusal?.rawValue) }
            return done.news
        }
        return results
    }

    package func withdrawRequest(to id: String, by actor: String) throws(SimulatorError) {
        let group = try knownGroup(id)
        try act(in: group, by: actor) { account throws(GroupRefusal) in try withdrawRequest(to: group, by: account) }
    }

    /// The group is gone; its members hear of it.
    package func deleteGroup(_ id: String) throws(SimulatorError) {
        let group = try knownGroup(id)
        try act(in: group, by: nil) { _ throws(GroupRefusal) in
            [newsForAll(of: group, Node("delete", ["reason": "deleted"]))]
        }
        groups[id] = nil
    }

    // MARK: - Settings

    package func setGroup(
        _ setting: GroupSetting, of id: String, by actor: String? = nil
    ) throws(SimulatorError) {
        let group = try knownGroup(id)
        try act(in: group, by: actor) { account throws(GroupRefusal) in try settle(setting, of: group, by: account) }
    }

    /// The link of before no longer leads anywhere.
    package func resetInviteCode(of id: String, by actor: String? = nil) throws(SimulatorError) {
        let group = try knownGroup(id)
        try act(in: group, by: actor) { account throws(GroupRefusal) in try replaceInviteCode(of: group, by: account) }
    }

    // MARK: - Inside

    func knownGroup(_ id: String) throws(SimulatorError) -> Group {
        guard let group = groups[id] else { throw .unknownGroup(id) }
        return group
    }

    /// Every device of every member.
    func devices(of group: Group) -> [Device] {
        group.members.flatMap { accounts[$0.number]?.sortedDevices ?? [] }
    }

    private func act(
        in group: Group, by actor: String?, _ decide: (Account) throws(GroupRefusal) -> [GroupNews]
    ) throws(SimulatorError) {
        let admin = group.members.first { $0.role != .member }?.number
        let account = try account(actor ?? admin ?? group.creator)
        do {
            announce(try decide(account), of: group, by: account)
        } catch {
            throw .refusedInGroup(code: error.rawValue, error.text)
        }
    }

    /// Whether a phone can write there: what it would be refused with, its person sees before.
    ///
    /// - Parameter evenIfAnnouncement: for what members may do where only admins write.
    func checkMayWrite(
        _ number: String, in group: Group, evenIfAnnouncement: Bool = false
    ) throws(SimulatorError) {
        guard let role = group.role(of: number) else {
            throw .refusedInGroup(code: GroupRefusal.forbidden.rawValue, "not a member")
        }
        guard !group.isAnnouncement || role != .member || evenIfAnnouncement else {
            throw .refusedInGroup(code: GroupRefusal.notAuthorized.rawValue, "only admins may write")
        }
    }
}
