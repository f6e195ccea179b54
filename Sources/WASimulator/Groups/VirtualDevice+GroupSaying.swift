import FoundationEssentials
import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// What a device in the simulator says in groups and in status posts: once for all under its own sender key, which goes
/// first to every device that does not have it yet.
extension VirtualDevice {
    func say(_ speech: Speech, id: String, to audience: Audience, as device: Device, in server: SimulatedServer) {
        let message = speech.message
        remember(
            SaidMessage(
                id: id, chat: audience.jid, text: message.shownText, saidMilliseconds: server.nowMilliseconds,
                message: message.encoded(), recipient: audience.name))
        let targets = audience.devices.filter { $0 !== device }
        var key = senderKey(for: audience, heldWithin: Set(targets.map(\.address)))
        guard let distribution = try? key.record.distribution() else { return }
        var participants: [Node] = []
        var needsIdentity = false
        let gift = giving(distribution, in: audience.jid)
        for target in targets where !speech.isForPhonesAlone || target.address.device == 0 {
            said[id]?.progress[target.address] = .init()
            guard !key.holders.contains(target.address), let encrypted = encrypt(gift, for: target, in: server) else {
                continue
            }
            key.holders.insert(target.address)
            needsIdentity = needsIdentity || encrypted.kind == .preKeyMessage
            participants.append(
                Node(
                    "to", ["jid": .jid(target.jid(audience.addressing, in: server.account(of: target)))],
                    [encNode(encrypted)]))
        }
        let padded = MessagePadding.pad(message.encoded(), using: &server.random)
        guard let shared = try? key.record.encrypt(padded, using: &server.random) else { return }
        groupKeys.own[audience.name] = key
        var children = participants.isEmpty ? [] : [Node("participants", [:], participants)]
        if needsIdentity { children += identityNode(of: device) }
        let facts = speech.facts
        var encrypted = Node("enc", ["v": "2", "type": "skmsg"], bytes: shared)
        encrypted.attributes["mediatype"] = facts.mediaType.map { .text($0) }
        if facts.isHiddenOnFailure { encrypted.attributes["decrypt-fail"] = "hide" }
        children.append(encrypted)
        children += facts.metaNodes
        if speech.isForPhonesAlone { children.append(Self.placeholder) }
        let hash = ParticipantHash.of(
            audience.devices.map { $0.jid(audience.addressing, in: server.account(of: $0)) })
        var node = Node(
            "message",
            [
                "id": .text(id), "to": .jid(audience.jid), "type": .text(facts.type), "phash": .text(hash),
                "addressing_mode": .text(audience.addressing.wireName),
            ],
            children)
        node.attributes["edit"] = facts.edit.map { .text($0) }
        server.submit(node, from: device)
        apply(.init(id: id, writer: address.number, chat: audience.jid, message: message), in: server)
    }

    /// The present key; a new one when somebody holds it who is no longer spoken to.
    private func senderKey(for audience: Audience, heldWithin devices: Set<DeviceAddress>) -> GroupSenderKeys.Own {
        if let own = groupKeys.own[audience.name], own.holders.isSubset(of: devices) { return own }
        return makeSenderKey(named: audience.name)
    }

    private func giving(_ distribution: SenderKeyDistribution, in chat: JID) -> WAMessage {
        var message = WAMessage()
        message.senderKeyDistributionMessage.groupID = chat.description
        message.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = Data(distribution.bytes)
        return message
    }

    // MARK: - Asked again

    /// The device could not read the message: it gets it alone, with the sender key of now.
    func answer(
        groupRetry node: Node, in chat: JID, _ peer: DeviceAddress, as device: Device, in server: SimulatedServer
    ) {
        guard let id = node["id"], let participant = node.jid("participant"),
            let audience = server.audience(at: chat, of: server.account(of: device)),
            let target = audience.devices.first(where: { $0.address == peer }),
            let (text, count) = prepareAnswer(to: node, peer, target, in: server)
        else { return }
        var message = peer.number == address.number ? wrapped(text, for: chat) : text
        if let distribution = try? groupKeys.own[audience.name]?.record.distribution() {
            message.senderKeyDistributionMessage = giving(distribution, in: chat).senderKeyDistributionMessage
            groupKeys.own[audience.name]?.holders.insert(peer)
        }
        guard let encrypted = encrypt(message, for: target, in: server) else { return }
        var again = Node(
            "message",
            [
                "id": .text(id), "to": .jid(chat), "participant": .jid(participant),
                "type": .text(text.stanzaFacts.type), "addressing_mode": .text(audience.addressing.wireName),
                "t": .text(node.child("retry")?["t"] ?? String(server.nowSeconds)),
            ],
            [encNode(encrypted, of: text.stanzaFacts, retryCount: count)] + text.stanzaFacts.metaNodes)
        again.attributes["edit"] = text.stanzaFacts.edit.map { .text($0) }
        if encrypted.kind == .preKeyMessage { again.content = .nodes(again.children + identityNode(of: device)) }
        server.submit(again, from: device)
    }
}
