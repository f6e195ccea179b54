import WABinary

/// Privacy settings, blocked contacts, and the tokens by which contacts show that they know each other.
extension SimulatedServer {
    func answerPrivacy(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        for category in node.child("privacy")?.children("category") ?? [] {
            if let name = category["name"], let value = category["value"] { account.privacy[name] = value }
        }
        let categories = account.privacy.sorted { $0.key < $1.key }.map {
            Node("category", ["name": .text($0.key), "value": .text($0.value)])
        }
        reply(to: node, [Node("privacy", [:], categories)], on: connection)
    }

    func answerBlocklist(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        reply(to: node, [blocklist(of: account)], on: connection)
    }

    func block(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number], let item = node.child("item"), let jid = item.jid("jid")
        else {
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        account.blocked.removeAll { $0 == jid.account.description }
        if item["action"] == "block" { account.blocked.append(jid.account.description) }
        reply(to: node, [blocklist(of: account)], on: connection)
        for other in account.sortedDevices where other !== device && other.endpoint == nil {
            let change = Node("blocklist", [:], [Node("item", item.attributes)])
            deliver(notification("account_sync", from: account.jid(.phoneNumber), [change]), to: other)
        }
    }

    private func blocklist(of account: Account) -> Node {
        let items = account.blocked.compactMap { JID($0) }
        return Node(
            "list",
            [
                "dhash": .text(String(fingerprint(Array(account.blocked.joined().utf8)), radix: 16)),
                "addressing_mode": "lid",
            ],
            items.map { Node("item", ["jid": .jid($0)]) })
    }

    /// The client issues a token for a contact: the contact's devices hear of it.
    func passTokens(_ node: Node, from device: Device, on connection: Connection) {
        reply(to: node, on: connection)
        guard let account = accounts[device.address.number] else { return }
        for token in node.child("tokens")?.children("token") ?? [] {
            guard let jid = token.jid("jid"), let peer = self.account(at: jid) else { continue }
            let bytes = seeds.bytes("trusted contact token/\(account.number)/\(peer.number)/\(token["t"] ?? "")", 16)
            var attributes: Attributes = ["type": .text(token["type"] ?? "trusted_contact")]
            attributes["t"] = .text(token["t"] ?? String(nowSeconds))
            var note = notification(
                "privacy_token", from: account.jid(jid.server == .lid ? .lid : .phoneNumber),
                [Node("tokens", [:], [Node("token", attributes, bytes: bytes)])])
            if jid.server != .lid { note.attributes["sender_lid"] = .jid(account.jid(.lid)) }
            for other in peer.sortedDevices { deliver(note, to: other) }
        }
    }

    func setAbout(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        account.about = node.child("status")?.text ?? ""
        reply(to: node, on: connection)
        let note = notification(
            "status", from: account.jid(.phoneNumber),
            [
                Node("set", [:], bytes: Array(account.about.utf8))
            ])
        for contact in account.contacts.sorted() {
            for other in accounts[contact]?.sortedDevices ?? [] { deliver(note, to: other) }
        }
    }
}
