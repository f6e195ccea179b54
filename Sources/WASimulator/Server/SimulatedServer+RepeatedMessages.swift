import WABinary

/// A message id that was accepted before.
///
/// Repeats are dropped and acknowledged again, since the first ack may have been lost. But for one kind: Baileys
/// answers the retry receipt of a phone (device 0) with all of the message once more, under the same id and newly
/// encrypted for everybody. Whoever asked gets their part of it, the others have the message already.
extension SimulatedServer {
    func acceptAgain(_ node: Node, mark: UInt64, _ earlier: MessageLedger.Accepted, from device: Device) {
        counters.repeatedMessages += 1
        let id = node["id"] ?? ""
        let answerID = "\(id) again \(mark)"
        let isKnown = earlier.fingerprint == mark || device.sentMessages[answerID] != nil
        acknowledge(node, from: device, adding: [("t", .text(String(earlier.acceptedSeconds)))])
        guard !isKnown else { return }
        guard answerRequests(with: node, id: id, from: device) else {
            return report(
                .repeatedMessageID, "device \(device.address) sent message \(id) again with other ciphertexts")
        }
        device.sentMessages.remember(answerID, earlier)
    }

    /// Whether somebody it is for has asked for the message again.
    private func answerRequests(with node: Node, id: String, from device: Device) -> Bool {
        guard let to = node.jid("to") else { return false }
        let place = "message \(id) of device \(device.address), sent again,"
        let shared = node.child("enc")
        // Without a sender-key message the ciphertexts are all there is.
        guard shared == nil || shared?["type"] == "skmsg" else { return false }
        let asking = device.requestedRetries.filter { $0.messageID == id }.map(\.device).sorted()
        let group = to.isGroup ? groups[to.user] : nil
        if to.isGroup, group?.contains(device.address.number) != true { return false }
        let targets = asking.compactMap { accounts[$0.number]?.devices[$0.device] }.filter {
            group?.contains($0.address.number) ?? true
        }
        guard !targets.isEmpty else { return false }
        let own = ciphertexts(of: node, place, from: device) { group?.contains($0.number) ?? true }
        if let shared { checkSenderKey(shared, place, group: group?.id ?? Self.statusName, from: device) }
        var wasDelivered = false
        for target in targets {
            let encrypted = own[target.address]
            guard shared != nil || encrypted != nil else { continue }
            deliver(again(node, encrypted, shared, to: to, in: group, from: device, for: target), to: target)
            device.groups.answered(target.address, group: group?.id ?? Self.statusName)
            wasDelivered = true
        }
        return wasDelivered
    }

    private func again(
        _ node: Node, _ encrypted: Node?, _ shared: Node?, to: JID, in group: Group?, from device: Device,
        for target: Device
    ) -> Node {
        guard let shared else {
            return delivery(of: node, encrypted ?? Node("enc"), to: to, from: device, for: target)
        }
        var delivery =
            group.map { groupDelivery(of: node, in: $0, from: device) } ?? statusDelivery(of: node, from: device)
        var children = [encrypted, shared].compactMap { $0 }
        if encrypted?["type"] == "pkmsg" { children += node.children("device-identity") }
        delivery.content = .nodes(children + additions(of: node, from: device))
        return delivery
    }

    /// What a message carries beside its ciphertexts that is for those who get it, and the name of a business.
    func additions(of node: Node, from device: Device) -> [Node] {
        let business = node["category"] == "peer" ? nil : verifiedName(of: account(of: device))
        let others = node.children.filter { ["meta", "biz", "bot", "reporting"].contains($0.tag) }
        return (business.map { [$0] } ?? []) + others
    }
}
