import WABinary

/// Receipts for messages of groups: to the author, whom `participant` names, and with the reader as `participant` on
/// their way there.
extension SimulatedServer {
    func route(groupReceipt node: Node, group jid: JID, from device: Device) {
        let id = node["id"] ?? ""
        guard let group = groups[jid.user] else {
            return report(.malformedStanza, "device \(device.address) sent receipt \(id) to an unknown group")
        }
        guard let authorJID = node.jid("participant"), let author = account(at: authorJID) else {
            return report(.malformedStanza, "device \(device.address) sent group receipt \(id) without the author")
        }
        let isOwn = author.number == device.address.number
        let forwarded = groupReceipt(node, type: node["type"], in: group, from: device)
        switch node["type"] {
        case "retry"?: route(retry: node, as: forwarded, to: authorJID, from: device)
        case nil where isOwn, "sender"?:
            // As with copies of own messages elsewhere, only a device in the simulator is told.
            guard let target = self.device(at: authorJID), target !== device, target.endpoint != nil else { return }
            deliver(forwarded, to: target)
        case nil, "inactive"?:
            for target in author.sortedDevices { deliver(forwarded, to: target) }
        case "read"?, "played"?:
            if !isOwn {
                for target in author.sortedDevices { deliver(forwarded, to: target) }
            }
            tellOwnDevices(node, type: (node["type"] ?? "") + "-self", in: group, from: device)
        case "read-self"?, "played-self"?:
            tellOwnDevices(node, type: node["type"], in: group, from: device)
        case "server-error"?, "view"?:
            break
        case let other?:
            report(.malformedStanza, "device \(device.address) sent a group receipt of type \(other)")
        }
    }

    private func tellOwnDevices(_ node: Node, type: String?, in group: Group, from device: Device) {
        let forwarded = groupReceipt(node, type: type, in: group, from: device)
        for target in account(of: device).sortedDevices where target !== device { deliver(forwarded, to: target) }
    }

    private func groupReceipt(_ node: Node, type: String?, in group: Group, from device: Device) -> Node {
        let reader = account(of: device)
        var attributes: Attributes = [
            "from": .jid(group.jid), "id": .text(node["id"] ?? ""), "t": .text(String(nowSeconds)),
            "participant": .jid(device.jid(group.addressing, in: reader)),
        ]
        attributes[group.addressing.alternativeName(of: "participant")] =
            .jid(device.jid(group.addressing.other, in: reader))
        if let type { attributes["type"] = .text(type) }
        guard let list = node.child("list") else { return Node("receipt", attributes) }
        return Node("receipt", attributes, [list])
    }
}

extension SimulatedServer {
    /// Somebody writes in a group: whoever else is in it sees it.
    func route(chatState node: Node, in group: Group, from device: Device) {
        let writer = account(of: device)
        guard group.contains(writer.number) else { return }
        let shown = Node(
            "chatstate",
            ["from": .jid(group.jid), "participant": .jid(writer.jid(group.addressing))], node.children)
        for member in group.members where member.number != writer.number {
            for target in accounts[member.number]?.sortedDevices ?? [] { deliverTransient(shown, to: target) }
        }
    }
}
