import WABinary

/// Everybody who is spoken to under one sender key: a group, or those who see somebody's status posts.
struct Audience {
    let jid: JID
    let addressing: Addressing
    /// The speaker's own devices included.
    let devices: [Device]

    /// Names the sender key.
    var name: String { jid.user }

    init(jid: JID, addressing: Addressing, devices: [Device]) {
        self.jid = jid
        self.addressing = addressing
        self.devices = devices
    }

    init(_ group: Group, in server: SimulatedServer) {
        self.init(jid: group.jid, addressing: group.addressing, devices: server.devices(of: group))
    }
}

extension SimulatedServer {
    /// Whom the account's status posts go to: everybody it knows unless it chose, and its own devices.
    func statusAudience(of account: Account) -> Audience {
        let people = (account.statusAudience ?? account.contacts).union([account.number])
        return Audience(
            jid: .statusBroadcast, addressing: .lid,
            devices: people.sorted().flatMap { accounts[$0]?.sortedDevices ?? [] })
    }

    /// The audience of a chat as it is now, for an account that may write there.
    func audience(at jid: JID, of account: Account) -> Audience? {
        if jid.isStatusBroadcast { return statusAudience(of: account) }
        guard let group = groups[jid.user], group.contains(account.number) else { return nil }
        return Audience(group, in: self)
    }
}
