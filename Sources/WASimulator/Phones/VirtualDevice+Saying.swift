import FoundationEssentials
import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// Messages from a device in the simulator: encrypted for every device concerned, and again for those that ask.
extension VirtualDevice {
    private static let rememberedCount = 2_000
    private static let maximumAnswerCount = 5

    /// What the server hands to companions in place of what is to be seen once.
    static let placeholder = Node("unavailable", ["type": "view_once"])

    func say(
        _ speech: Speech, id: String, to recipient: Account, addressing: Addressing, as device: Device,
        in server: SimulatedServer
    ) {
        let message = speech.message
        let sender = server.account(of: device)
        let chat = recipient.jid(addressing)
        remember(
            SaidMessage(
                id: id, chat: chat, text: message.shownText, saidMilliseconds: server.nowMilliseconds,
                message: message.encoded(), recipient: recipient.number))
        let facts = speech.facts
        var participants: [Node] = []
        var needsIdentity = false
        let own = sender.number == recipient.number ? [] : sender.sortedDevices
        for target in recipient.sortedDevices + own where target !== device {
            guard !speech.isForPhonesAlone || target.address.device == 0 else { continue }
            let isOwn = target.address.number == sender.number
            let content = isOwn ? wrapped(message, for: chat) : message
            guard let encrypted = encrypt(content, for: target, in: server) else { continue }
            said[id]?.progress[target.address] = .init()
            needsIdentity = needsIdentity || encrypted.kind == .preKeyMessage
            participants.append(
                Node(
                    "to", ["jid": .jid(target.jid(addressing, in: isOwn ? sender : recipient))],
                    [encNode(encrypted, of: facts)]))
        }
        var children = [Node("participants", [:], participants)]
        if needsIdentity { children += identityNode(of: device) }
        children += facts.metaNodes
        if speech.isForPhonesAlone { children.append(Self.placeholder) }
        var node = Node("message", ["id": .text(id), "to": .jid(chat), "type": .text(facts.type)], children)
        node.attributes["edit"] = facts.edit.map { .text($0) }
        server.submit(node, from: device)
        apply(.init(id: id, writer: address.number, chat: chat, message: message), in: server)
    }

    /// To one own companion, as the phone speaks with it.
    func say(
        peerMessage message: WAMessage, id: String, to target: Device, as device: Device, in server: SimulatedServer
    ) {
        let account = server.account(of: device)
        guard let encrypted = encrypt(message, for: target, in: server) else { return }
        var attributes: Attributes = [
            "from": .jid(device.jid(.phoneNumber, in: account)), "id": .text(id), "type": "text",
            "t": .text(String(server.nowSeconds)), "category": "peer",
        ]
        attributes["notify"] = .text(account.name)
        remember(
            SaidMessage(
                id: id, chat: account.jid(.phoneNumber), text: nil, saidMilliseconds: server.nowMilliseconds,
                progress: [target.address: .init()], message: message.encoded(), recipient: account.number))
        server.deliver(Node("message", attributes, [encNode(encrypted)]), to: target)
    }

    func remember(_ message: SaidMessage) {
        said[message.id] = message
        saidOrder.append(message.id)
        if saidOrder.count > Self.rememberedCount * 2 {
            for forgotten in saidOrder.prefix(Self.rememberedCount) { said[forgotten] = nil }
            hasForgottenSaid = true
            saidOrder.removeFirst(Self.rememberedCount)
        }
    }

    // MARK: - Encryption

    func encrypt(_ message: WAMessage, for target: Device, in server: SimulatedServer) -> Ciphertext? {
        if sessions[target.address] == nil {
            guard let bundle = server.takeBundle(of: target), startSession(with: bundle, target.address, in: server)
            else { return nil }
        }
        let padded = MessagePadding.pad(message.encoded(), using: &server.random)
        guard var session = sessions[target.address], let encrypted = try? session.encrypt(padded, by: local) else {
            return nil
        }
        sessions[target.address] = session
        return encrypted
    }

    private func startSession(
        with bundle: PreKeyBundle, _ peer: DeviceAddress, in server: SimulatedServer
    ) -> Bool {
        do {
            let session = try Session.initiated(with: bundle, by: local, using: &server.random)
            if sessions[peer]?.replaceCurrent(with: session) == nil { sessions[peer] = session }
            return true
        } catch {
            server.report(.malformedKeys, "the keys of device \(peer) start no session on \(address): \(error)")
            return false
        }
    }

    func wrapped(_ message: WAMessage, for chat: JID) -> WAMessage {
        var copy = WAMessage()
        copy.deviceSentMessage.destinationJid = chat.description
        copy.deviceSentMessage.message = message
        if message.hasMessageContextInfo { copy.messageContextInfo = message.messageContextInfo }
        return copy
    }

    func encNode(_ encrypted: Ciphertext, of facts: StanzaFacts = StanzaFacts(), retryCount: Int? = nil) -> Node {
        var node = Node("enc", ["v": "2", "type": .text(encrypted.kind.rawValue)], bytes: encrypted.bytes)
        node.attributes["count"] = retryCount.map { .text(String($0)) }
        node.attributes["mediatype"] = facts.mediaType.map { .text($0) }
        if facts.isHiddenOnFailure { node.attributes["decrypt-fail"] = "hide" }
        return node
    }

    func identityNode(of device: Device) -> [Node] {
        device.signedIdentity.isEmpty ? [] : [Node("device-identity", [:], bytes: device.signedIdentity)]
    }

    // MARK: - What becomes of them

    func receive(ack node: Node, in server: SimulatedServer) {
        guard node["class"] == "message", let id = node["id"] else { return }
        if let error = node["error"] {
            said[id]?.refusal = Int(error) ?? 0
        } else {
            said[id]?.acknowledgedMilliseconds = server.nowMilliseconds
        }
    }

    /// The device could not read the message: encrypt it anew for it alone, in a new session if it sent keys.
    func answer(
        retry node: Node, from: JID, _ peer: DeviceAddress, as device: Device, in server: SimulatedServer
    ) {
        guard let id = node["id"], let text = said[id],
            let target = server.accounts[peer.number]?.devices[peer.device],
            let (message, count) = prepareAnswer(to: node, peer, target, in: server)
        else { return }
        let isPeer = node["category"] == "peer"
        let isOwn = peer.number == address.number
        guard
            let encrypted = encrypt(
                isOwn && !isPeer ? wrapped(message, for: text.chat) : message, for: target, in: server)
        else { return }
        var again = Node(
            "message",
            [
                "id": .text(id), "to": .jid(from), "type": .text(message.stanzaFacts.type), "device_fanout": "false",
                "t": .text(node.child("retry")?["t"] ?? String(server.nowSeconds)),
            ],
            [encNode(encrypted, of: message.stanzaFacts, retryCount: count)] + message.stanzaFacts.metaNodes)
        again.attributes["edit"] = message.stanzaFacts.edit.map { .text($0) }
        if encrypted.kind == .preKeyMessage { again.content = .nodes(again.children + identityNode(of: device)) }
        if isOwn { again.attributes["recipient"] = .jid(text.chat) }
        guard !isPeer else {
            again.attributes["from"] = .jid(device.jid(.phoneNumber, in: server.account(of: device)))
            again.attributes["to"] = nil
            again.attributes["device_fanout"] = nil
            again.attributes["recipient"] = nil
            again.attributes["category"] = "peer"
            return server.deliver(again, to: target)
        }
        server.submit(again, from: device)
    }

    /// The message that is asked for again and the count of the request, with a session that it can be encrypted in;
    /// nil when it is not to be answered.
    func prepareAnswer(
        to node: Node, _ peer: DeviceAddress, _ target: Device, in server: SimulatedServer
    ) -> (message: WAMessage, count: Int)? {
        guard let id = node["id"], var progress = said[id]?.progress[peer],
            let message = said[id].flatMap({ try? WAMessage(decoding: $0.message) }),
            progress.retryCount < Self.maximumAnswerCount
        else { return nil }
        progress.retryCount += 1
        said[id]?.progress[peer] = progress
        let count = Int(node.child("retry")?.integer("count") ?? 1)
        if let bundle = bundle(in: node) {
            guard startSession(with: bundle, peer, in: server) else { return nil }
        } else if count >= 2 || sessions[peer] == nil {
            guard let bundle = server.takeBundle(of: target), startSession(with: bundle, peer, in: server) else {
                return nil
            }
        }
        return (message, count)
    }

    /// The keys of a retry receipt. Key values may come with their type byte.
    private func bundle(in node: Node) -> PreKeyBundle? {
        func key(_ bytes: [UInt8]?) -> PublicKey? {
            guard let bytes else { return nil }
            return bytes.count == 33 ? try? PublicKey(typed: bytes) : try? PublicKey(raw: bytes)
        }
        func number(_ node: Node?) -> UInt32? {
            node?.child("id")?.bytes?.bigEndianNumber.map { UInt32(truncatingIfNeeded: $0) }
        }
        guard let keys = node.child("keys"), let registration = node.child("registration")?.bytes?.bigEndianNumber,
            let identity = key(keys.child("identity")?.bytes), let skey = keys.child("skey"),
            let signedPreKey = key(skey.child("value")?.bytes), let signedPreKeyID = number(skey),
            let signature = skey.child("signature")?.bytes
        else { return nil }
        let oneTime = keys.child("key")
        let preKey = key(oneTime?.child("value")?.bytes)
        return PreKeyBundle(
            registrationID: UInt32(truncatingIfNeeded: registration), identityKey: identity,
            signedPreKeyID: signedPreKeyID, signedPreKey: signedPreKey, signedPreKeySignature: signature,
            preKeyID: preKey == nil ? nil : number(oneTime), preKey: preKey)
    }
}
