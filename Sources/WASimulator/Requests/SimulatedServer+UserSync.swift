import WABinary

/// usync: devices, hidden ids and registration of users, as many protocols at once as were asked for.
extension SimulatedServer {
    func answerUserSync(_ node: Node, from device: Device, on connection: Connection) {
        guard let query = node.child("usync"), let sid = query["sid"], let protocols = query.child("query")?.children
        else {
            report(.malformedStanza, "device \(device.address) sent a usync without sid or query")
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        let asked = Set(protocols.map(\.tag))
        // A contact query in LID addressing wants the hidden id as the user's name, and the number beside it.
        let prefersLID = query.child("query")?.child("contact")?["addressing_mode"] == "lid"
        let users = (query.child("list")?.children("user") ?? []).compactMap {
            user($0, protocols: asked, prefersLID: prefersLID, askedBy: device)
        }
        let answer = Node(
            "usync",
            [
                "sid": .text(sid), "mode": .text(query["mode"] ?? "query"), "index": "0", "last": "true",
                "context": .text(query["context"] ?? "interactive"),
            ],
            [Node("result", [:], protocols.map { Node($0.tag) }), Node("list", [:], users)])
        reply(to: node, [answer], on: connection)
    }

    private func user(_ asked: Node, protocols: Set<String>, prefersLID: Bool, askedBy device: Device) -> Node? {
        if let jid = asked.jid("jid") {
            if let bot = botNode(of: jid) {
                return Node("user", ["jid": .jid(jid)], protocols.contains("bot") ? [bot] : [])
            }
            guard let account = account(at: jid) else {
                return Node("user", ["jid": .jid(jid)], nothing(for: protocols))
            }
            become(contacts: account, of: device)
            hasGoodToken(asked, id: "", stanza: "usync", for: account, from: device)
            return Node("user", ["jid": .jid(jid)], contents(of: account, protocols: protocols, askedBy: device))
        }
        guard let text = asked.child("contact")?.text else { return nil }
        let digits = String(text.prefix { $0 != "@" }.filter { $0.isASCIIDigit })
        let echoed = Array(text.utf8)
        guard (7...15).contains(digits.count) else {
            return Node(
                "user", ["jid": .jid(JID(digits, .user))], [Node("contact", ["type": "invalid"], bytes: echoed)])
        }
        guard let account = accounts[digits] else {
            return Node(
                "user", ["jid": .jid(JID(digits, .user))],
                [Node("contact", ["type": "out"], bytes: echoed)] + nothing(for: protocols))
        }
        become(contacts: account, of: device)
        let showsLID = prefersLID && !account.hidesLID
        var user = Node(
            "user", ["jid": .jid(account.jid(showsLID ? .lid : .phoneNumber))],
            [Node("contact", ["type": "in"], bytes: echoed)]
                + contents(of: account, protocols: protocols, askedBy: device))
        if showsLID { user.attributes["pn_jid"] = .jid(account.jid(.phoneNumber)) }
        return user
    }

    private func contents(of account: Account, protocols: Set<String>, askedBy device: Device) -> [Node] {
        var nodes: [Node] = []
        if protocols.contains("devices") {
            nodes.append(devicesNode(of: account))
            device.toldDevices.told(
                of: Array(account.devices.keys), account: account.number, atMilliseconds: nowMilliseconds)
        }
        if protocols.contains("lid"), !account.hidesLID { nodes.append(Node("lid", ["val": .jid(account.jid(.lid))])) }
        let asker = self.account(of: device)
        if protocols.contains("status") {
            nodes.append(
                mayAsk(asker, about: account, "status")
                    ? Node("status", ["t": .text(String(account.createdSeconds))], bytes: Array(account.about.utf8))
                    : Node("status", ["code": "401"]))
        }
        if protocols.contains("picture"), let picture = account.picture, mayAsk(asker, about: account, "profile") {
            nodes.append(Node("picture", ["id": .text(picture.id)]))
        }
        if protocols.contains("business"), let name = verifiedName(of: account) {
            nodes.append(Node("business", [:], [name]))
        }
        if protocols.contains("disappearing_mode") { nodes.append(disappearingMode(of: account)) }
        return nodes
    }

    /// For a user who is not there: a device list with nothing in it, since some clients look for it blindly.
    private func nothing(for protocols: Set<String>) -> [Node] {
        guard protocols.contains("devices") else { return [] }
        return [Node("devices", [:], [Node("device-list", [:], [])])]
    }

    /// `key-index` stands on device 0 too: one client converts it without looking whether it is there.
    func devicesNode(of account: Account) -> Node {
        let devices = account.sortedDevices.map {
            Node("device", ["id": .text(String($0.address.device)), "key-index": .text(String($0.keyIndex))])
        }
        let time: Attributes = ["ts": .text(String(account.devicesChangedSeconds))]
        let indexes = account.signedKeyIndexList
        return Node(
            "devices", [:],
            [
                Node("device-list", [:], devices),
                indexes.map { Node("key-index-list", time, bytes: $0) } ?? Node("key-index-list", time),
            ])
    }
}

extension Character {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
