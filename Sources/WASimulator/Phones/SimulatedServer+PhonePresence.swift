import WABinary

/// Somebody writes, records, or has stopped.
package enum ChatState: String, Sendable, CaseIterable {
    case composing, recording, paused

    var node: Node {
        switch self {
        case .composing: Node("composing")
        case .recording: Node("composing", ["media": "audio"])
        case .paused: Node("paused")
        }
    }
}

/// What a server tells of somebody who is away.
package enum LastSeen: Sendable, Equatable {
    case seconds(Int64)
    /// The person lets nobody know.
    case denied
    /// There is nothing to tell.
    case unknown
}

/// Being there, looking for others, and writing, as people with phones do it. Reference 5.19.
extension SimulatedServer {
    /// - Parameter lastSeen: told of somebody who goes; now when nil.
    package func setPresence(
        _ isAvailable: Bool, of address: DeviceAddress, lastSeen: LastSeen? = nil
    ) throws(SimulatorError) {
        let device = try device(address)
        guard try endpoint(address).isPoweredOn else { throw .poweredOff(address.number) }
        account(of: device).statedLastSeen = lastSeen
        submit(
            Node(
                "presence",
                ["type": isAvailable ? "available" : "unavailable", "name": .text(account(of: device).name)]),
            from: device)
    }

    /// Opens the chat with somebody: comes online, and hears of the other from now on.
    package func subscribePresence(of number: String, on address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        guard let peer = accounts[number] else { throw .unknownRecipient(number) }
        if !device.isAvailable { try setPresence(true, of: address) }
        submit(Node("presence", ["type": "subscribe", "to": .jid(peer.jid(.lid))]), from: device)
    }

    /// Shows the other side, or a group, that somebody is writing or recording, or has stopped.
    package func show(
        _ state: ChatState, from address: DeviceAddress, to number: String
    ) throws(SimulatorError) {
        let device = try device(address)
        guard try endpoint(address).isPoweredOn else { throw .poweredOff(address.number) }
        guard let chat = groups[number]?.jid ?? accounts[number]?.jid(.lid) else { throw .unknownRecipient(number) }
        submit(Node("chatstate", ["to": .jid(chat)], [state.node]), from: device)
    }

    package func type(_ isTyping: Bool, from address: DeviceAddress, to number: String) throws(SimulatorError) {
        try show(isTyping ? .composing : .paused, from: address, to: number)
    }
}
