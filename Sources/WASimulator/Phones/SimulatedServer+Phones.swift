import FoundationEssentials
import WABinary
package import WAProto

/// Phones, and what people do with them. What these methods cause on connections is fetched with `takeActions()`.
extension SimulatedServer {
    /// A new account with its phone. The LID is derived from the number.
    ///
    /// - Parameter automaticAnswer: what the phone answers to every text; `{text}` stands for what it was told.
    package func addPhone(
        _ number: String, name: String? = nil, automaticAnswer: String? = nil
    ) throws(SimulatorError) {
        guard (7...15).contains(number.count), number.first != "0", number.allSatisfy(\.isASCIIDigit) else {
            throw .invalidNumber(number)
        }
        guard accounts[number] == nil else { throw .phoneExists(number) }
        let lid = freeLID(for: number)
        let account = Account(
            number: number, lid: lid, name: name ?? "Phone \(number.suffix(4))", seeds: seeds, nowSeconds: nowSeconds)
        accounts[number] = account
        numbersByLID[lid] = number
        let endpoint = VirtualDevice(
            address: DeviceAddress(number), generation: 0, seeds: seeds, phoneOf: account)
        endpoint.automaticAnswer = automaticAnswer
        account.add(
            Device(address: DeviceAddress(number), keyIndex: 0, name: "Phone", endpoint: endpoint),
            nowSeconds: nowSeconds)
    }

    /// Fifteen digits, as stable as the number itself.
    private func freeLID(for number: String) -> String {
        var attempt = 0
        while true {
            let digits = seeds.bytes("lid/\(number)/\(attempt)", 8).bigEndianNumber ?? 0
            let lid = String(100_000_000_000_000 + digits % 100_000_000_000_000)
            if numbersByLID[lid] == nil { return lid }
            attempt += 1
        }
    }

    // MARK: - Messages

    /// What can be read on a device of the simulator, oldest first.
    package func inbox(of address: DeviceAddress) throws(SimulatorError) -> [InboxMessage] {
        try endpoint(address).inbox.messages
    }

    /// How many of its oldest messages a device no longer shows: the place of `inbox(of:)[0]` among all it ever showed.
    package func droppedInboxCount(of address: DeviceAddress) throws(SimulatorError) -> Int {
        try endpoint(address).inbox.droppedCount
    }

    /// Says a text from a device of the simulator to everybody of an account, or in a group. Returns the message id.
    ///
    /// - Parameter number: of the account, or the id of a group.
    /// - Parameter addressing: the name of the recipient on the stanza; either leads to the same person.
    package func say(
        _ text: String, from address: DeviceAddress, to number: String, addressing: Addressing = .lid
    ) throws(SimulatorError) -> String {
        var message = WAMessage()
        message.conversation = text
        return try say(message, from: address, to: number, addressing: addressing)
    }

    /// The same with any content.
    package func say(
        _ message: WAMessage, from address: DeviceAddress, to number: String, addressing: Addressing = .lid
    ) throws(SimulatorError) -> String {
        let device = try device(address)
        let endpoint = try endpoint(address)
        guard endpoint.isPoweredOn else { throw .poweredOff(address.number) }
        let id = makeMessageID()
        var message = message
        message.messageContextInfo.messageSecret = Data(random.bytes(32))
        if let group = groups[number] {
            try checkMayWrite(address.number, in: group)
            endpoint.say(message, id: id, in: group, as: device, in: self)
            return id
        }
        guard let recipient = accounts[number] else { throw .unknownRecipient(number) }
        endpoint.say(message, id: id, to: recipient, addressing: addressing, as: device, in: self)
        return id
    }

    /// The same with anything a person says or does. Returns the message id.
    package func say(
        _ utterance: Utterance, from address: DeviceAddress, to number: String, addressing: Addressing = .lid
    ) throws(SimulatorError) -> String {
        guard let chat = groups[number]?.jid ?? accounts[number]?.jid(addressing) else {
            throw .unknownRecipient(number)
        }
        let message = try endpoint(address).message(saying: utterance, in: chat, in: self)
        return try say(message, from: address, to: number, addressing: addressing)
    }

    /// One message in the inbox of a device, whoever sent it.
    package func inboxMessage(_ id: String, of address: DeviceAddress) throws(SimulatorError) -> InboxMessage {
        guard let message = try endpoint(address).inbox.latest(id) else { throw .unknownMessage(id) }
        return message
    }

    /// Marks messages as read and tells their senders.
    package func read(_ ids: [String], on address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        let endpoint = try endpoint(address)
        guard endpoint.isPoweredOn else { throw .poweredOff(address.number) }
        for id in ids {
            guard var message = endpoint.inbox.messages.last(where: { $0.id == id && !$0.isFromMe }) else {
                throw .unknownMessage(id)
            }
            guard !message.isRead else { continue }
            message.isRead = true
            endpoint.inbox[MessageName(sender: message.sender, id: id)] = message
            var receipt = Node(
                "receipt",
                ["id": .text(id), "to": .jid(message.chat), "type": "read", "t": .text(String(nowSeconds))])
            if message.chat.isGroup, let group = groups[message.chat.user], let author = accounts[message.sender.number]
            {
                receipt.attributes["participant"] = .jid(author.jid(group.addressing, device: message.sender.device))
            }
            submit(receipt, from: device)
        }
    }

    /// What a device of the simulator has said, oldest first, and how far it has come.
    package func said(by address: DeviceAddress) throws(SimulatorError) -> [SaidMessage] {
        let endpoint = try endpoint(address)
        return endpoint.saidOrder.compactMap { endpoint.said[$0] }.filter { $0.text != nil || $0.recipient != address.number }
    }

    package func said(_ id: String, by address: DeviceAddress) throws(SimulatorError) -> SaidMessage {
        guard let message = try endpoint(address).said[id] else { throw .unknownMessage(id) }
        return message
    }

    /// Shows the other side that somebody is writing, or has stopped.
    package func type(_ isTyping: Bool, from address: DeviceAddress, to number: String) throws(SimulatorError) {
        let device = try device(address)
        guard let chat = groups[number]?.jid ?? accounts[number]?.jid(.lid) else { throw .unknownRecipient(number) }
        submit(
            Node("chatstate", ["to": .jid(chat)], [Node(isTyping ? "composing" : "paused")]),
            from: device)
    }

    // MARK: - Mishaps

    /// A device of the simulator is switched off or on. While it is off, what is for it waits.
    package func setPower(_ isOn: Bool, of address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        let endpoint = try endpoint(address)
        guard endpoint.isPoweredOn != isOn else { return }
        endpoint.isPoweredOn = isOn
        guard isOn else { return }
        for entry in device.queue.waiting {
            var node = entry.node
            node.attributes["offline"] = "0"
            passToEndpoint(node, of: device)
        }
        device.queue.removeAll()
        guard address.device == 0, let account = accounts[address.number] else { return }
        for companion in account.sortedDevices where companion.isActive { greet(companion) }
    }

    /// A device of the simulator forgets its sessions with one peer, or with all: it will ask for messages again.
    ///
    /// - Parameter senderKeys: and the sender keys with which it reads groups.
    package func loseSessions(
        of address: DeviceAddress, with peer: DeviceAddress? = nil, senderKeys: Bool = false
    ) throws(SimulatorError) {
        try endpoint(address).loseSessions(with: peer, senderKeys: senderKeys)
    }

    /// Whether whoever writes to the device for the first time gets a one-time prekey of it.
    package func setHasPreKeys(_ hasPreKeys: Bool, of address: DeviceAddress) throws(SimulatorError) {
        try endpoint(address).hasPreKeys = hasPreKeys
    }

    /// - Parameter inGroups: whether it answers there too.
    package func setAutomaticAnswer(
        _ answer: String?, of number: String, inGroups: Bool = false
    ) throws(SimulatorError) {
        let endpoint = try endpoint(DeviceAddress(number))
        endpoint.automaticAnswer = answer
        endpoint.answersInGroups = inGroups
    }

    /// The phone is set up anew: another identity, empty storage, no companions; contacts are told.
    package func reregister(_ number: String) throws(SimulatorError) {
        let account = try account(number)
        for device in account.sortedDevices where device.address.device != 0 {
            remove(device, from: account, isOwnWish: false)
        }
        let answer = account.phone?.endpoint?.automaticAnswer
        account.reregister(nowSeconds: nowSeconds)
        let endpoint = VirtualDevice(
            address: DeviceAddress(number), generation: account.generation, seeds: seeds, phoneOf: account)
        endpoint.automaticAnswer = answer
        account.add(
            Device(address: DeviceAddress(number), keyIndex: 0, name: "Phone", endpoint: endpoint),
            nowSeconds: nowSeconds)
        announceIdentity(of: account)
    }

    /// Messages of the account's companions are refused with this code (463: too many strangers); nil ends it.
    package func setRefusal(_ code: Int?, of number: String) throws(SimulatorError) {
        try account(number).refusalCode = code
    }

    /// Whether the server names an account by its phone number alone, or tells its hidden id to whoever asks or hears of it.
    package func setHidesLID(_ hides: Bool, of number: String) throws(SimulatorError) {
        try account(number).hidesLID = hides
    }

    // MARK: - Inside

    func endpoint(_ address: DeviceAddress) throws(SimulatorError) -> VirtualDevice {
        guard let endpoint = try device(address).endpoint else { throw .unknownDevice(address) }
        return endpoint
    }
}
