import WABinary

/// Who is there, and who is typing: told to those who asked, and kept for nobody.
extension SimulatedServer {
    func route(presence node: Node, from device: Device) {
        let account = account(of: device)
        switch node["type"] {
        case "subscribe"?:
            guard let to = node.jid("to"), let peer = self.account(at: to) else { return }
            peer.presenceSubscribers.insert(device.address)
            deliverTransient(presence(of: peer, addressing: addressing(of: to)), to: device)
        case "unsubscribe"?:
            guard let to = node.jid("to"), let peer = self.account(at: to) else { return }
            peer.presenceSubscribers.remove(device.address)
        default:
            if let name = node["name"], !name.isEmpty { account.name = name }
            setAvailable(node["type"] != "unavailable", for: device)
        }
    }

    func setAvailable(_ isAvailable: Bool, for device: Device) {
        guard device.isAvailable != isAvailable, let account = accounts[device.address.number] else { return }
        let wasAvailable = account.isAvailable
        device.isAvailable = isAvailable
        guard account.isAvailable != wasAvailable else { return }
        account.lastSeenSeconds = nowSeconds
        for subscriber in account.presenceSubscribers.sorted() {
            guard let target = accounts[subscriber.number]?.devices[subscriber.device] else { continue }
            deliverTransient(presence(of: account, addressing: .phoneNumber), to: target)
        }
    }

    private func presence(of account: Account, addressing: Addressing) -> Node {
        var node = Node("presence", ["from": .jid(account.jid(addressing))])
        if !account.isAvailable {
            node.attributes["type"] = "unavailable"
            node.attributes["last"] = account.lastSeenSeconds.map { .text(String($0)) } ?? "none"
        }
        return node
    }

    func route(chatState node: Node, from device: Device) {
        guard let to = node.jid("to") else { return }
        if let group = groups[to.user], to.isGroup { return route(chatState: node, in: group, from: device) }
        guard let peer = account(at: to) else { return }
        let from = account(of: device).jid(addressing(of: to))
        for target in peer.sortedDevices {
            deliverTransient(Node("chatstate", ["from": .jid(from)], node.children), to: target)
        }
    }
}
