import WABinary

/// Blocked people. Reference 5.20: the list names them by LID.
extension SimulatedServer {
    func answerBlocklist(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        reply(to: node, [blocklist(of: account)], on: connection)
    }

    /// `<item action="block|unblock" jid="<lid>" pn_jid dhash?/>`; to block, `pn_jid` is needed beside a LID.
    func block(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number], let item = node.child("item"), let jid = item.jid("jid"),
            jid.isPerson, let action = item["action"], action == "block" || action == "unblock",
            action == "unblock" || jid.server != .lid || item.jid("pn_jid") != nil
        else { return replyError(to: node, code: 400, text: "bad-request", on: connection) }
        let isKnown = item["dhash"] == hash(ofBlocklist: account)
        setBlocked(action == "block", jid, of: account, except: device)
        var list = blocklist(of: account)
        if isKnown {
            // The client has all the others: it is told that it is right.
            list.attributes["matched"] = "true"
            list.content = nil
        }
        reply(to: node, [list], on: connection)
    }

    /// The owner blocks somebody on the phone, or ends it.
    package func setBlocked(_ isBlocked: Bool, _ other: String, of number: String) throws(SimulatorError) {
        let account = try account(number)
        setBlocked(isBlocked, JID(lid(of: other), .lid), of: account, except: nil)
    }

    private func setBlocked(_ isBlocked: Bool, _ jid: JID, of account: Account, except sender: Device?) {
        let former = hash(ofBlocklist: account)
        let known = self.account(at: jid)
        let hidden = known?.jid(.lid) ?? jid.account
        account.blocked.removeAll { $0 == hidden.description }
        if isBlocked { account.blocked.append(hidden.description) }
        var item = Node("item", ["action": isBlocked ? "block" : "unblock", "jid": .jid(hidden)])
        item.attributes["pn_jid"] = known.map { .jid($0.jid(.phoneNumber)) }
        let change = Node(
            "blocklist",
            [
                "action": "modify", "dhash": .text(hash(ofBlocklist: account)), "prev_dhash": .text(former),
            ], [item])
        tellOwnDevices(of: account, except: sender, [change])
    }

    private func hash(ofBlocklist account: Account) -> String {
        String(fingerprint(Array(account.blocked.joined().utf8)), radix: 16)
    }

    private func blocklist(of account: Account) -> Node {
        let items = account.blocked.compactMap { JID($0) }
        return Node(
            "list", ["dhash": .text(hash(ofBlocklist: account)), "addressing_mode": "lid"],
            items.map { Node("item", ["jid": .jid($0)]) })
    }

    /// Whether the account does not want to hear from the other one.
    func isBlocked(_ other: Account, by account: Account) -> Bool {
        !account.blocked.isEmpty && account.blocked.contains(other.jid(.lid).description)
    }
}
