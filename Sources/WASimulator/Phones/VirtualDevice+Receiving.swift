import FoundationEssentials
import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// Messages for a device in the simulator: decrypted, kept, acknowledged, or asked for again.
extension VirtualDevice {
    /// After so many requests a message is given up.
    private static let maximumRetryCount = 5

    func receive(message node: Node, as device: Device, in server: SimulatedServer) {
        guard let id = node["id"], let from = node.jid("from"), let sender = server.address(of: from) else { return }
        let name = MessageName(sender: sender, id: id)
        if server.faults.losesSession(), server.accounts[sender.number]?.devices[sender.device]?.endpoint == nil {
            loseSessions(with: sender)
        }
        if isPlaceholder(node) { return keep(placeholder: node, name, chat: from.account, as: device, in: server) }
        for encrypted in node.children("enc") {
            do {
                let padded = try decrypt(encrypted, from: sender, in: server)
                server.counters.messagesDecrypted += 1
                let plaintext = try MessagePadding.unpad(padded)
                let message = try WAMessage(decoding: plaintext)
                accept(message, name, node, encrypted, as: device, in: server)
                sendReceipt(for: node, from: from, as: device, in: server)
            } catch SignalError.duplicateMessage {
                sendReceipt(for: node, from: from, as: device, in: server)
            } catch let refusal as SignalError {
                askAgain(for: node, name, because: refusal, as: device, in: server)
            } catch {
                server.report(.malformedContent, "message \(id) of device \(sender) for \(address): \(error)")
                sendReceipt(for: node, from: from, as: device, in: server)
            }
        }
    }

    func decrypt(
        _ encrypted: Node, from sender: DeviceAddress, in server: SimulatedServer
    ) throws(SignalError) -> [UInt8] {
        let bytes = encrypted.bytes ?? []
        guard encrypted["type"] == "pkmsg" else {
            let message = try SignalMessage(parsing: bytes)
            guard var session = sessions[sender] else { throw .noSession }
            let padded = try session.decrypt(message, by: local, using: &server.random)
            sessions[sender] = session
            return padded
        }
        let message = try PreKeySignalMessage(parsing: bytes)
        if let id = message.preKeyID, !wasGivenOut(preKey: id) {
            server.report(.unknownPreKey, "device \(sender) used prekey \(id) of \(address), which was not given out")
        }
        let oneTime = message.preKeyID.flatMap { usedPreKeys.contains($0) ? nil : preKey($0) }
        let result = try Session.decrypting(
            message, existing: sessions[sender], by: local,
            signedPreKey: message.signedPreKeyID == Self.signedPreKeyID ? signedPreKey : nil,
            preKey: oneTime, using: &server.random)
        sessions[sender] = result.session
        lostPeers.remove(sender)
        if let used = result.usedPreKeyID { usedPreKeys.insert(used) }
        return result.plaintext
    }

    // MARK: - What only phones have

    func isPlaceholder(_ node: Node) -> Bool { node.child("unavailable") != nil && node.child("enc") == nil }

    func keep(
        placeholder node: Node, _ name: MessageName, chat: JID, as device: Device, in server: SimulatedServer
    ) {
        if inbox[name] == nil {
            inbox[name] = InboxMessage(
                id: name.id, chat: node.jid("recipient")?.account ?? chat, sender: name.sender,
                isFromMe: name.sender.number == address.number, text: nil, kind: "unavailable",
                timestampSeconds: node.integer("t") ?? 0, receivedMilliseconds: server.nowMilliseconds, retryCount: 0,
                unavailable: node.child("unavailable")?["type"] ?? "unknown", message: [])
        }
        var ack = Node("ack", ["class": "message", "id": .text(name.id)])
        ack.attributes["to"] = node.attributes["from"]
        server.submit(ack, from: device)
    }

    // MARK: - Content

    func accept(
        _ received: WAMessage, _ name: MessageName, _ node: Node, _ encrypted: Node, as device: Device,
        in server: SimulatedServer
    ) {
        let isOwn = name.sender.number == address.number
        var message = received
        var chat = node.jid("from")?.account ?? .server
        // In groups own messages are under the sender key like all others; only answers to retries are copies.
        if isOwn, !(chat.isGroup || chat.isStatusBroadcast) || received.hasDeviceSentMessage {
            if node["category"] == "peer" || received.hasProtocolMessage && !received.hasDeviceSentMessage {
                return accept(peerMessage: received, name, as: device, in: server)
            }
            guard received.hasDeviceSentMessage else {
                return server.report(
                    .malformedContent, "message \(name.id) of device \(name.sender) for \(address): a copy unwrapped")
            }
            chat = JID(received.deviceSentMessage.destinationJid) ?? chat
            message = received.deviceSentMessage.message
            if !message.hasMessageContextInfo, received.hasMessageContextInfo {
                message.messageContextInfo = received.messageContextInfo
            }
        } else if !isOwn, received.hasDeviceSentMessage {
            return server.report(
                .malformedContent, "message \(name.id) of device \(name.sender) for \(address): wrapped as our own copy"
            )
        }
        if var known = inbox[name] {
            known.copyCount += 1
            inbox[name] = known
            if retryCounts[name] == nil {
                server.report(.deliveredTwice, "message \(name.id) of device \(name.sender) on \(address)")
            }
            return
        }
        inbox[name] = InboxMessage(
            id: name.id, chat: chat, sender: name.sender, isFromMe: isOwn, text: message.shownText,
            kind: message.kindName, timestampSeconds: node.integer("t") ?? 0,
            receivedMilliseconds: server.nowMilliseconds, retryCount: retryCounts[name] ?? 0,
            message: message.encoded())
        show(message, name, chat: chat, node, encrypted, in: server)
        guard !isOwn, !chat.isStatusBroadcast, !chat.isGroup || answersInGroups, let answer = automaticAnswer,
            let text = message.shown.answerableText
        else { return }
        server.timers.add(
            .answer(address, chat: chat.description, text: answer.replacing("{text}", with: text)),
            atMilliseconds: server.nowMilliseconds + server.configuration.answerDelayMilliseconds)
    }

    /// Everything about a new message but its place in the inbox: is it well made, what does it change, is there a file?
    private func show(
        _ message: WAMessage, _ name: MessageName, chat: JID, _ node: Node, _ encrypted: Node,
        in server: SimulatedServer
    ) {
        var check = ContentCheck(of: message)
        check.check(stanza: node, encrypted: encrypted, carries: message)
        for complaint in check.complaints {
            server.report(
                complaint.kind, "message \(name.id) of device \(name.sender) on \(address): \(complaint.text)")
        }
        let shown = message.shown
        if let media = shown.media { server.received(media, as: name, on: self) }
        guard shown.target != nil || shown.kind == .setting,
            let outcome = apply(
                .init(id: name.id, writer: name.sender.number, chat: chat, message: message), in: server)
        else { return }
        if shown.isEncrypted { inbox[name]?.text = outcome.text }
        inbox[name]?.options = outcome.options
        inbox[name]?.answer = outcome.answer
    }

    // MARK: - Receipts

    func sendReceipt(for node: Node, from: JID, as device: Device, in server: SimulatedServer) {
        guard deliveryReceipts != .withheld else { return }
        var receipt = Node("receipt", ["id": .text(node["id"] ?? ""), "to": .jid(from)])
        receipt.attributes["participant"] = node.jid("participant").map { .jid($0) }
        if node["category"] == "peer" {
            receipt.attributes["type"] = "peer_msg"
        } else if server.address(of: node.jid("participant") ?? from)?.number == address.number {
            receipt.attributes["type"] = "sender"
            receipt.attributes["recipient"] = node.jid("recipient").map { .jid($0) }
        } else if deliveryReceipts == .inactive {
            receipt.attributes["type"] = "inactive"
        }
        server.submit(receipt, from: device)
    }

    /// A retry receipt: with keys from the second time, or at once where there is no session.
    ///
    /// - Parameter isExpected: it can happen to a device that lost nothing.
    func askAgain(
        for node: Node, _ name: MessageName, because refusal: SignalError, isExpected: Bool = false,
        as device: Device, in server: SimulatedServer
    ) {
        server.counters.messagesUndecryptable += 1
        let ciphertexts = node.children("enc").compactMap(\.bytes)
        let isExplained =
            isExpected || lostPeers.contains(name.sender)
            || ciphertexts.contains { wasForLostSession($0, from: name.sender, using: &server.random) }
        if !isExplained {
            server.report(.undecryptable, "message \(name.id) of device \(name.sender) on \(address): \(refusal)")
        }
        let count = (retryCounts[name] ?? 0) + 1
        guard count <= Self.maximumRetryCount, let from = node.jid("from") else { return }
        retryCounts[name] = count
        let time = node["t"] ?? String(server.nowSeconds)
        var children = [
            Node("retry", ["count": .text(String(count)), "id": .text(name.id), "t": .text(time), "v": "1"]),
            Node("registration", [:], bytes: local.registrationID.bigEndianBytes),
        ]
        if count >= 2 || sessions[name.sender] == nil { children.append(keysNode(of: device)) }
        var receipt = Node(
            "receipt", ["id": .text(name.id), "to": .jid(from), "type": "retry", "t": .text(time)], children)
        receipt.attributes["participant"] = node.jid("participant").map { .jid($0) }
        receipt.attributes["recipient"] = node.jid("recipient").map { .jid($0) }
        receipt.attributes["category"] = node["category"].map { .text($0) }
        server.submit(receipt, from: device)
    }

    private func keysNode(of device: Device) -> Node {
        let bundle = takeBundle()
        func idNode(_ id: UInt32) -> Node { Node("id", [:], bytes: Array(id.bigEndianBytes.suffix(3))) }
        var children = [
            Node("type", [:], bytes: [PublicKey.typeByte]),
            Node("identity", [:], bytes: bundle.identityKey.raw),
        ]
        if let id = bundle.preKeyID, let key = bundle.preKey {
            children.append(Node("key", [:], [idNode(id), Node("value", [:], bytes: key.raw)]))
        }
        children.append(
            Node(
                "skey", [:],
                [
                    idNode(bundle.signedPreKeyID), Node("value", [:], bytes: bundle.signedPreKey.raw),
                    Node("signature", [:], bytes: bundle.signedPreKeySignature),
                ]))
        if !device.signedIdentity.isEmpty {
            children.append(Node("device-identity", [:], bytes: device.signedIdentity))
        }
        return Node("keys", [:], children)
    }
}
