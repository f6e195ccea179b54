import SignalProtocol

/// The sender keys a device in the simulator holds: those others gave it, and its own for each group.
struct GroupSenderKeys {
    struct Name: Hashable {
        let group: String
        let sender: DeviceAddress
    }

    struct Own {
        var record: SenderKeyRecord
        /// Devices it was given to.
        var holders: Set<DeviceAddress> = []
    }

    var received: [Name: SenderKeyRecord] = [:]
    var own: [String: Own] = [:]
    /// How many own keys were made, so that each comes from the seed in its own way.
    private(set) var madeCount = 0

    /// A new key, from randomness of its own.
    mutating func make(seeds: SeedTree, label: String) -> Own {
        madeCount += 1
        let seed = seeds.bytes("\(label)/sender key/\(madeCount)", 8).bigEndianNumber ?? 0
        var generator = SeededGenerator(seed: seed)
        return Own(record: .created(using: &generator))
    }

    /// Forgets the keys of one sender, or of all: what they say in groups must be asked for again.
    mutating func loseReceived(from sender: DeviceAddress? = nil) {
        guard let sender else { return received.removeAll() }
        for name in received.keys where name.sender == sender { received[name] = nil }
    }

    /// A device that was unlinked: another one may get its number.
    mutating func forget(_ device: DeviceAddress) {
        for name in received.keys where name.sender == device { received[name] = nil }
        own = own.filter { !$0.value.holders.contains(device) }
    }

    /// An account whose phone was set up anew: it has other keys, and who it was before must not read on with ours.
    mutating func forget(_ number: String) {
        for name in received.keys where name.sender.number == number { received[name] = nil }
        own = own.filter { !$0.value.holders.contains { $0.number == number } }
    }
}
