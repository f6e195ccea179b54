import WABinary

/// What a device of the simulator hears of the messages it said, and of those read elsewhere. Reference 5.8.
extension VirtualDevice {
    func receive(receipt node: Node, as device: Device, in server: SimulatedServer) {
        guard let id = node["id"], let from = node.jid("from") else { return }
        if let participants = node.child("participants") {
            return receive(participants, of: node, from: from, in: server)
        }
        guard let peer = server.address(of: node.jid("participant") ?? from) else { return }
        if node["type"] == "server-error" { return server.answer(mediaRetry: node, from: peer) }
        if node["type"] == "retry" {
            if from.isShared { return answer(groupRetry: node, in: from, peer, as: device, in: server) }
            return answer(retry: node, from: from, peer, as: device, in: server)
        }
        let ids = [id] + (node.child("list")?.children("item") ?? []).compactMap { $0["id"] }
        let chat = from.isShared ? from : node.jid("recipient")?.account ?? from.account
        for id in ids {
            note(node["type"], of: id, by: peer, chat: chat, node.integer("t"), in: server)
        }
    }

    private func receive(_ participants: Node, of node: Node, from: JID, in server: SimulatedServer) {
        guard let id = participants["key"] else { return }
        for user in participants.children("user") {
            guard let peer = user.jid("jid").flatMap({ server.address(of: $0) }) else { continue }
            note(node["type"], of: id, by: peer, chat: from, user.integer("t"), isAggregated: true, in: server)
        }
    }

    private func note(
        _ type: String?, of id: String, by peer: DeviceAddress, chat: JID, _ timestampSeconds: Int64?,
        isAggregated: Bool = false, in server: SimulatedServer
    ) {
        observations.receipts.append(
            .init(
                id: id, chat: chat, by: peer, type: type ?? "delivered", isAggregated: isAggregated,
                timestampSeconds: timestampSeconds ?? server.nowSeconds, atMilliseconds: server.nowMilliseconds))
        if peer.number == address.number { readElsewhere(id, type) }
        guard said[id] != nil else { return complainIfUnknown(id, type, by: peer, in: server) }
        let now = server.nowMilliseconds
        var progress = said[id]?.progress[peer] ?? .init()
        switch type {
        case nil, "sender"?, "peer_msg"?, "hist_sync"?:
            progress.deliveredMilliseconds = progress.deliveredMilliseconds ?? now
            progress.isInactive = false
        case "inactive"?:
            if progress.deliveredMilliseconds == nil { progress.isInactive = true }
            progress.deliveredMilliseconds = progress.deliveredMilliseconds ?? now
        case "read"?:
            progress.readMilliseconds = progress.readMilliseconds ?? now
        case "played"?:
            progress.readMilliseconds = progress.readMilliseconds ?? now
            progress.playedMilliseconds = progress.playedMilliseconds ?? now
        default: return
        }
        said[id]?.progress[peer] = progress
    }

    /// Another device of the account has read messages: they are not new here either.
    private func readElsewhere(_ id: String, _ type: String?) {
        guard type == "read-self" || type == "played-self", var message = inbox.latest(id) else { return }
        message.isRead = true
        if type == "played-self" { message.isPlayed = true }
        inbox[MessageName(sender: message.sender, id: id)] = message
    }

    /// A message that nobody of this account wrote cannot have been delivered.
    private func complainIfUnknown(_ id: String, _ type: String?, by peer: DeviceAddress, in server: SimulatedServer) {
        guard type == nil || type == "inactive", knowsAll, find(id, by: address.number, in: server) == nil,
            server.accounts[peer.number]?.devices[peer.device]?.endpoint == nil,
            !retryCounts.keys.contains(where: { $0.id == id })
        else { return }
        server.report(.unknownTarget, "device \(peer) says to have message \(id), which \(address) never wrote")
    }
}
