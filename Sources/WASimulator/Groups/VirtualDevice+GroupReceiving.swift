import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// Messages of groups for a device in the simulator: first the ciphertext for it alone, which may bring the sender's
/// key, then the one for all.
extension VirtualDevice {
    func receive(groupMessage node: Node, as device: Device, in server: SimulatedServer) {
        guard let id = node["id"], let group = node.jid("from"), let author = node.jid("participant"),
            let sender = server.address(of: author)
        else { return }
        let name = MessageName(sender: sender, id: id)
        if isPlaceholder(node) { return keep(placeholder: node, name, chat: group, as: device, in: server) }
        if server.faults.losesSession(), server.accounts[sender.number]?.devices[sender.device]?.endpoint == nil {
            loseSessions(with: sender, senderKeys: server.faults.plan.loseSenderKeys)
        }
        var failure: SignalError?
        for encrypted in node.children("enc") {
            let isShared = encrypted["type"] == "skmsg"
            do {
                let padded =
                    isShared
                    ? try open(shared: encrypted.bytes ?? [], of: sender, in: group)
                    : try decrypt(encrypted, from: sender, in: server)
                server.counters.messagesDecrypted += 1
                let message = try WAMessage(decoding: try MessagePadding.unpad(padded))
                let content = takeSenderKey(from: message, of: sender, in: group, name, server)
                if let content { accept(content, name, node, encrypted, as: device, in: server) }
                if isShared || content != nil { failure = nil }
            } catch SignalError.duplicateMessage {
                if isShared { failure = nil }
            } catch let refusal as SignalError {
                // What a broken session kept from us explains that the message for all cannot be read either.
                failure = failure ?? refusal
            } catch {
                server.report(.malformedContent, "message \(id) of device \(sender) for \(address): \(error)")
            }
        }
        guard let failure else { return sendReceipt(for: node, from: group, as: device, in: server) }
        if failure == .invalidSignature {
            server.report(.senderKeySignature, "message \(id) of device \(sender) on \(address)")
        }
        askAgain(for: node, name, because: failure, isExpected: failure.isExpectedInGroups, as: device, in: server)
    }

    private func open(
        shared bytes: [UInt8], of sender: DeviceAddress, in group: JID
    ) throws(SignalError) -> [UInt8] {
        let message = try SenderKeyMessage(parsing: bytes)
        let name = GroupSenderKeys.Name(group: group.user, sender: sender)
        guard var record = groupKeys.received[name] else { throw .noSenderKey(message.id) }
        let padded = try record.decrypt(message)
        groupKeys.received[name] = record
        return padded
    }

    /// Keeps the sender key that a message brings, and returns what else is in it, if anything.
    private func takeSenderKey(
        from message: WAMessage, of sender: DeviceAddress, in group: JID, _ name: MessageName,
        _ server: SimulatedServer
    ) -> WAMessage? {
        guard message.hasSenderKeyDistributionMessage else { return message }
        let brought = message.senderKeyDistributionMessage
        if brought.groupID != group.description {
            server.report(
                .malformedContent, "message \(name.id) of device \(sender) for \(address): a key of another group")
        }
        do {
            let key = try SenderKeyDistribution(parsing: [UInt8](brought.axolotlSenderKeyDistributionMessage))
            groupKeys.received[.init(group: group.user, sender: sender), default: .init()].process(key)
        } catch {
            server.report(
                .malformedContent, "message \(name.id) of device \(sender) for \(address): sender key \(error)")
        }
        var content = message
        content.clearSenderKeyDistributionMessage()
        var bare = content
        bare.clearMessageContextInfo()
        return bare.encoded().isEmpty ? nil : content
    }
}

extension SignalError {
    /// What happens in groups without anybody's fault: a device that was never given the key, or only a later one.
    fileprivate var isExpectedInGroups: Bool {
        switch self {
        case .noSenderKey, .olderThanSenderKey, .invalidSignature: true
        default: false
        }
    }
}
