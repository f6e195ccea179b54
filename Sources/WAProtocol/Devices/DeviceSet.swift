package import WABinary

/// The devices of one account that messages are encrypted for.
package struct DeviceSet: Equatable, Sendable {
    /// One device: the phone is 0, companions have a key index from the phone's signed list.
    package struct Device: Hashable, Sendable {
        package let id: UInt16
        package let keyIndex: UInt32?
        /// Runs in a hosted service of a business, under the `hosted` or `hosted.lid` server.
        package let isHosted: Bool

        package init(id: UInt16, keyIndex: UInt32? = nil, isHosted: Bool = false) {
            self.id = id
            self.keyIndex = keyIndex
            self.isHosted = isHosted
        }

        /// Reads `<device id key-index is_hosted/>` of a device list.
        init?(_ element: Node) {
            guard let id = element.integer("id").flatMap({ UInt16(exactly: $0) }) else { return nil }
            self.init(
                id: id, keyIndex: element.integer("key-index").flatMap { UInt32(exactly: $0) },
                isHosted: element["is_hosted"] == "true")
        }

        /// Reads `<device jid key-index/>` of a notification.
        init?(notified element: Node) {
            guard let jid = element.jid("jid") else { return nil }
            self.init(
                id: jid.device, keyIndex: element.integer("key-index").flatMap { UInt32(exactly: $0) },
                isHosted: jid.server == .hosted || jid.server == .hostedLID)
        }

        /// The device's address within an account.
        package func jid(of person: JID) -> JID {
            guard isHosted else { return person.with(device: id) }
            switch person.server {
            case .user: return JID(person.user, .hosted, device: id)
            case .lid: return JID(person.user, .hostedLID, device: id)
            default: return person.with(device: id)
            }
        }
    }

    /// The account as it was asked for, without device.
    package let person: JID
    package let lid: JID?
    /// Ascending by id, each once.
    package private(set) var devices: [Device]
    package let keyIndexes: KeyIndexList?

    /// Takes the devices a server lists and keeps those that count.
    ///
    /// The phone always counts. A companion needs a key index above 0, which the phone's list, where given, admits.
    package init(person: JID, lid: JID? = nil, listed: [Device], keyIndexes: KeyIndexList? = nil) {
        self.person = person.account
        self.lid = lid?.account
        self.keyIndexes = keyIndexes
        devices = []
        for device in listed where Self.counts(device, keyIndexes) { insert(device) }
    }

    /// The addresses of all devices in the account's own addressing.
    package var jids: [JID] { devices.map { $0.jid(of: person) } }

    /// The participant hash of the devices in one addressing, to compare with a notification's.
    package func hash(addressedAs address: JID) -> String {
        ParticipantHash.compute(devices.map { $0.jid(of: address.account) })
    }

    /// Applies a notified change; false when the result is not what the server has, and must be fetched.
    package mutating func apply(_ change: DeviceChange) -> Bool {
        switch change.kind {
        case .added(let added):
            for device in added where Self.counts(device, change.keyIndexes) { insert(device) }
        case .removed(let removed):
            let ids = Set(removed.map(\.id))
            devices.removeAll { ids.contains($0.id) }
        case .updated:
            return false
        }
        let expected = person.server == .lid ? change.lidHash : change.hash
        return expected == hash(addressedAs: person)
    }

    private static func counts(_ device: Device, _ keyIndexes: KeyIndexList?) -> Bool {
        if device.id == 0 { return true }
        guard let keyIndex = device.keyIndex, keyIndex > 0 else { return false }
        return keyIndexes?.admits(keyIndex) ?? true
    }

    private mutating func insert(_ device: Device) {
        if let index = devices.firstIndex(where: { $0.id >= device.id }) {
            if devices[index].id == device.id {
                devices[index] = device
            } else {
                devices.insert(device, at: index)
            }
        } else {
            devices.append(device)
        }
    }
}

/// A change of one account's devices, from a `devices` notification.
package struct DeviceChange: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case added([DeviceSet.Device])
        case removed([DeviceSet.Device])
        /// The list changed in a way that only fetching it tells.
        case updated
    }

    package let person: JID
    package let lid: JID?
    package let kind: Kind
    package let keyIndexes: KeyIndexList?
    /// Participant hashes of the complete list after the change, in phone number and in LID addressing.
    package let hash: String?
    package let lidHash: String?

    /// Reads the child of a `devices` notification.
    ///
    /// ```
    /// <add|remove device_hash [device_lid_hash]>
    ///   <device jid [lid] key-index/><key-index-list ts>signed bytes</key-index-list>
    /// </add|remove>
    /// <update hash/>
    /// ```
    init?(_ notification: Node) {
        guard let from = notification.jid("from"), from.isPerson,
            let change = notification.children.first(where: { ["add", "remove", "update"].contains($0.tag) })
        else { return nil }
        let devices = change.children("device")
        person = from.foldingHosted.account
        lid = notification.jid("lid")?.account ?? devices.lazy.compactMap { $0.jid("lid") }.first?.foldingHosted.account
        keyIndexes = change.child("key-index-list").flatMap(KeyIndexList.init)
        hash = change["device_hash"] ?? change["hash"]
        lidHash = change["device_lid_hash"]
        switch change.tag {
        case "add": kind = .added(devices.compactMap(DeviceSet.Device.init(notified:)))
        case "remove": kind = .removed(devices.compactMap(DeviceSet.Device.init(notified:)))
        default: kind = .updated
        }
    }
}
