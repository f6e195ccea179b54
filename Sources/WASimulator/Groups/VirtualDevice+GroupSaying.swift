import FoundationEssentials
import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// What a device in the simulator says in groups: once for all under its own sender key, which goes first to every
/// device that does not have it yet.
extension VirtualDevice {
    func say(_ message: WAMessage, id: String, in group: Group, as device: Device, in server: SimulatedServer) {
        remember(
            SaidMessage(
                id: id, chat: group.jid, text: message.shownText, saidMilliseconds: server.nowMilliseconds,
                message: message.encoded(), recipient: group.id))
        let everybody = server.devices(of: group)
        let targets = everybody.filter { $0 !== device }
        var key = senderKey(in: group, heldWithin: Set(targets.map(\.address)))
        guard let distribution = try? key.record.distribution() else { return }
        var participants: [Node] = []
        var needsIdentity = false
        let gift = giving(distribution, in: group)
        for target in targets {
            said[id]?.progress[target.address] = .init()
            guard !key.holders.contains(target.address), let encrypted = encrypt(gift, for: target, in: server) else {
                continue
            }
            key.holders.insert(target.address)
            needsIdentity = needsIdentity || encrypted.kind == .preKeyMessage
            participants.append(
                Node(
                    "to", ["jid": .jid(target.jid(group.addressing, in: server.account(of: target)))],
                    [encNode(encrypted)]))
        }
        let padded = MessagePadding.pad(message.encoded(), using: &server.random)
        guard let shared = try? key.record.encrypt(padded, using: &server.random) else { return }
        groupKeys.own[group.id] = key
        var children = participants.isEmpty ? [] : [Node("participants", [:], participants)]
        if needsIdentity { children += identityNode(of: device) }
        let facts = message.stanzaFacts
        var encrypted = Node("enc", ["v": "2", "type": "skmsg"], bytes: shared)
        encrypted.attributes["mediatype"] = facts.mediaType.map { .text($0) }
        if facts.isHiddenOnFailure { encrypted.attributes["decrypt-fail"] = "hide" }
        children.append(encrypted)
        children += facts.metaNodes
        let hash = ParticipantHash.of(
            everybody.map { $0.jid(group.addressing, in: server.account(of: $0)) })
        var node = Node(
            "message",
            [
                "id": .text(id), "to": .jid(group.jid), "type": .text(facts.type), "phash": .text(hash),
                "addressing_mode": .text(group.addressing.wireName),
            ],
            children)
        node.attributes["edit"] = facts.edit.map { .text($0) }
        server.submit(node, from: device)
        apply(.init(id: id, writer: address.number, chat: group.jid, message: message), in: server)
    }

    /// The present key; a new one when somebody holds it who is no longer in the group.
    private func senderKey(in group: Group, heldWithin devices: Set<DeviceAddress>) -> GroupSenderKeys.Own {
        if let own = groupKeys.own[group.id], own.holders.isSubset(of: devices) { return own }
        return makeSenderKey(in: group)
    }

    private func giving(_ distribution: SenderKeyDistribution, in group: Group) -> WAMessage {
        var message = WAMessage()
        message.senderKeyDistributionMessage.groupID = group.jid.description
        message.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = Data(distribution.bytes)
        return message
    }

    // MARK: - Asked again

    /// The device could not read the message: it gets it alone, with the sender key of now.
    func answer(
        groupRetry node: Node, in group: Group, _ peer: DeviceAddress, as device: Device, in server: SimulatedServer
    ) {
        guard let id = node["id"], let participant = node.jid("participant"), group.contains(peer.number),
            let target = server.accounts[peer.number]?.devices[peer.device],
            let (text, count) = prepareAnswer(to: node, peer, target, in: server)
        else { return }
        var message = peer.number == address.number ? wrapped(text, for: group.jid) : text
        if let distribution = try? groupKeys.own[group.id]?.record.distribution() {
            message.senderKeyDistributionMessage = giving(distribution, in: group).senderKeyDistributionMessage
            groupKeys.own[group.id]?.holders.insert(peer)
        }
        guard let encrypted = encrypt(message, for: target, in: server) else { return }
        var again = Node(
            "message",
            [
                "id": .text(id), "to": .jid(group.jid), "participant": .jid(participant),
                "type": .text(text.stanzaFacts.type), "addressing_mode": .text(group.addressing.wireName),
                "t": .text(node.child("retry")?["t"] ?? String(server.nowSeconds)),
            ],
            [encNode(encrypted, of: text.stanzaFacts, retryCount: count)] + text.stanzaFacts.metaNodes)
        again.attributes["edit"] = text.stanzaFacts.edit.map { .text($0) }
        if encrypted.kind == .preKeyMessage { again.content = .nodes(again.children + identityNode(of: device)) }
        server.submit(again, from: device)
    }
}
