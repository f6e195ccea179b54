import WABinary

/// What a device of the simulator says when a message comes.
package enum DeliveryReceipts: String, Sendable, CaseIterable {
    case delivered
    /// As devices do that nobody looks at.
    case inactive
    case withheld
}

/// What people let the authors of messages know. Reference 5.8.
extension SimulatedServer {
    package enum ReceiptType: String, Sendable, CaseIterable {
        case delivered, inactive, read, played
        /// For the account's own devices alone.
        case readSelf = "read-self"
        case playedSelf = "played-self"

        /// On the stanza: nothing where a message was merely delivered.
        var wireName: String? { self == .delivered ? nil : rawValue }
    }

    package func setReceipts(
        of address: DeviceAddress, delivery: DeliveryReceipts? = nil, hidesReading: Bool? = nil
    ) throws(SimulatorError) {
        let endpoint = try endpoint(address)
        if let delivery { endpoint.deliveryReceipts = delivery }
        if let hidesReading { endpoint.hidesReading = hidesReading }
    }

    /// Marks messages as read and tells their senders, or only the account's own devices where that is hidden.
    package func read(_ ids: [String], on address: DeviceAddress) throws(SimulatorError) {
        try sendReceipts(try endpoint(address).hidesReading ? .readSelf : .read, for: ids, on: address)
    }

    /// Says of messages in the inbox what became of them. Those of one author in one chat go in one receipt.
    package func sendReceipts(
        _ type: ReceiptType, for ids: [String], on address: DeviceAddress
    ) throws(SimulatorError) {
        let device = try device(address)
        let endpoint = try endpoint(address)
        guard endpoint.isPoweredOn else { throw .poweredOff(address.number) }
        var bundles: [(chat: JID, author: DeviceAddress, ids: [String])] = []
        for id in ids {
            guard let message = endpoint.inbox.latest(id), !message.isFromMe else { throw .unknownMessage(id) }
            guard endpoint.mark(message, type) else { continue }
            if let last = bundles.last, last.chat == message.chat, last.author == message.sender {
                bundles[bundles.count - 1].ids.append(id)
            } else {
                bundles.append((message.chat, message.sender, [id]))
            }
        }
        for bundle in bundles { submit(receipt(type, for: bundle), from: device) }
    }

    private func receipt(
        _ type: ReceiptType, for bundle: (chat: JID, author: DeviceAddress, ids: [String])
    ) -> Node {
        var receipt = Node(
            "receipt",
            ["id": .text(bundle.ids[0]), "to": .jid(bundle.chat), "t": .text(String(nowSeconds))])
        receipt.attributes["type"] = type.wireName.map { .text($0) }
        if bundle.chat.isShared, let author = accounts[bundle.author.number] {
            let addressing = groups[bundle.chat.user]?.addressing ?? .lid
            receipt.attributes["participant"] = .jid(author.jid(addressing, device: bundle.author.device))
        }
        if bundle.ids.count > 1 {
            receipt.content = .nodes([
                Node("list", [:], bundle.ids.dropFirst().map { Node("item", ["id": .text($0)]) })
            ])
        }
        return receipt
    }

    /// One receipt of many members for one message, as a server gathers them: `<participants key><user jid t/>…`.
    package func aggregateReceipts(
        _ type: ReceiptType, of members: [String], for id: String, in groupID: String
    ) throws(SimulatorError) {
        let group = try knownGroup(groupID)
        var author: Account?
        var users: [Node] = []
        for number in members {
            let endpoint = try endpoint(DeviceAddress(number))
            guard let message = endpoint.inbox.latest(id), message.chat == group.jid, !message.isFromMe,
                let account = accounts[number]
            else { throw .unknownMessage(id) }
            author = accounts[message.sender.number]
            _ = endpoint.mark(message, type)
            users.append(Node("user", ["jid": .jid(account.jid(group.addressing)), "t": .text(String(nowSeconds))]))
        }
        guard let author else { throw .unknownMessage(id) }
        var receipt = Node(
            "receipt", ["from": .jid(group.jid), "id": .text(makeID()), "t": .text(String(nowSeconds))],
            [Node("participants", ["key": .text(id)], users)])
        receipt.attributes["type"] = type.wireName.map { .text($0) }
        for device in author.sortedDevices { deliver(receipt, to: device) }
    }
}

extension VirtualDevice {
    /// Returns false when the person has said so already.
    fileprivate func mark(_ message: InboxMessage, _ type: SimulatedServer.ReceiptType) -> Bool {
        var marked = message
        switch type {
        case .delivered, .inactive: return true
        case .read, .readSelf:
            guard !message.isRead else { return false }
            marked.isRead = true
        case .played, .playedSelf:
            guard !message.isPlayed else { return false }
            marked.isRead = true
            marked.isPlayed = true
        }
        inbox[MessageName(sender: message.sender, id: message.id)] = marked
        return true
    }
}
