import FoundationEssentials
import WABinary
import WAProto

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

    private func freeLID(for number: String) -> String {
        var attempt = 0
        while true {
            let lid = probableLID(of: number, attempt: attempt)
            if numbersByLID[lid] == nil { return lid }
            attempt += 1
        }
    }

    /// Fifteen digits, as stable as the number itself. The one of attempt 0, unless somebody else has it.
    func probableLID(of number: String, attempt: Int = 0) -> String {
        let digits = seeds.bytes("lid/\(number)/\(attempt)", 8).bigEndianNumber ?? 0
        return String(100_000_000_000_000 + digits % 100_000_000_000_000)
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

    /// One message in the inbox of a device, whoever sent it.
    package func inboxMessage(_ id: String, of address: DeviceAddress) throws(SimulatorError) -> InboxMessage {
        guard let message = try endpoint(address).inbox.latest(id) else { throw .unknownMessage(id) }
        return message
    }

    /// What a device of the simulator has said, oldest first, and how far it has come.
    package func said(by address: DeviceAddress) throws(SimulatorError) -> [SaidMessage] {
        let endpoint = try endpoint(address)
        return endpoint.saidOrder.compactMap { endpoint.said[$0] }.filter {
            $0.text != nil || $0.recipient != address.number
        }
    }

    package func said(_ id: String, by address: DeviceAddress) throws(SimulatorError) -> SaidMessage {
        guard let message = try endpoint(address).said[id] else { throw .unknownMessage(id) }
        return message
    }

    // MARK: - Mishaps

    /// A device of the simulator is switched off or on. While it is off, what is for it waits.
    package func setPower(_ isOn: Bool, of address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        let endpoint = try endpoint(address)
        guard endpoint.isPoweredOn != isOn else { return }
        endpoint.isPoweredOn = isOn
        guard isOn else { return setAvailable(false, for: device) }
        for entry in device.queue.waiting {
            var node = entry.node
            node.attributes["offline"] = "0"
            passToEndpoint(node, of: device)
        }
        device.queue.removeAll()
        guard address.device == 0, let account = accounts[address.number] else { return }
        for companion in account.sortedDevices where companion.isActive { greet(companion) }
        resumeHistory(of: account)
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
        let account = try account(number)
        account.refusalCode = code
        tellReachoutTimelock(of: account)
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
