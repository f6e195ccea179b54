import WABinary

/// Who is there, and who is typing: told to those who asked, and kept for nobody.
extension SimulatedServer {
    func route(presence node: Node, from device: Device) {
        let account = account(of: device)
        switch node["type"] {
        case "subscribe"?:
            guard let to = node.jid("to"), let peer = self.account(at: to) else { return }
            // Who is not there himself is not told of others.
            guard device.isAvailable else {
                return report(
                    .outOfOrder, "device \(device.address) subscribed to \(peer.number) without being available")
            }
            hasGoodToken(node, id: "", stanza: "presence", for: peer, from: device)
            peer.presenceSubscribers[device.address] = addressing(of: to)
            device.presenceSubscriptions.insert(peer.number)
            deliverTransient(presence(of: peer, addressing: addressing(of: to), for: device), to: device)
        case "unsubscribe"?:
            guard let to = node.jid("to"), let peer = self.account(at: to) else { return }
            peer.presenceSubscribers[device.address] = nil
            device.presenceSubscriptions.remove(peer.number)
        default:
            if let name = node["name"], !name.isEmpty { account.name = name }
            setAvailable(node["type"] != "unavailable", for: device)
        }
    }

    /// Subscriptions last as long as the connection on which they were made.
    func endPresenceSubscriptions(of device: Device) {
        for number in device.presenceSubscriptions { accounts[number]?.presenceSubscribers[device.address] = nil }
        device.presenceSubscriptions.removeAll()
    }

    func setAvailable(_ isAvailable: Bool, for device: Device) {
        guard device.isAvailable != isAvailable, let account = accounts[device.address.number] else { return }
        let wasAvailable = account.isAvailable
        device.isAvailable = isAvailable
        guard account.isAvailable != wasAvailable else { return }
        account.lastSeenSeconds = nowSeconds
        for (subscriber, addressing) in account.presenceSubscribers.sorted(by: { $0.key < $1.key }) {
            guard let target = accounts[subscriber.number]?.devices[subscriber.device] else { continue }
            deliverTransient(presence(of: account, addressing: addressing, for: target), to: target)
        }
    }

    /// `<presence from [type="unavailable" [last]]/>`. Without a time `last` is left out: whatsmeow drops a presence
    /// whose `last` it cannot read, and knows no `none`.
    private func presence(of account: Account, addressing: Addressing, for asking: Device) -> Node {
        var node = Node("presence", ["from": .jid(account.jid(addressing))])
        guard !account.isAvailable else { return node }
        node.attributes["type"] = "unavailable"
        switch account.statedLastSeen {
        case .seconds(let seconds)?: node.attributes["last"] = .text(String(seconds))
        case .denied?: node.attributes["last"] = "deny"
        case .unknown?: node.attributes["last"] = "none"
        case nil where !mayAsk(self.account(of: asking), about: account, "last"): node.attributes["last"] = "deny"
        case nil: node.attributes["last"] = account.lastSeenSeconds.map { .text(String($0)) }
        }
        return node
    }

    func route(chatState node: Node, from device: Device) {
        guard let to = node.jid("to") else { return }
        if node.child("composing") == nil, node.child("paused") == nil {
            report(.malformedStanza, "device \(device.address) sent a chatstate that is neither composing nor paused")
        }
        if let group = groups[to.user], to.isGroup { return route(chatState: node, in: group, from: device) }
        guard let peer = account(at: to) else { return }
        let from = account(of: device).jid(addressing(of: to))
        for target in peer.sortedDevices {
            deliverTransient(Node("chatstate", ["from": .jid(from)], node.children), to: target)
        }
    }
}
