import WABinary

/// Telling devices what changed: device lists, identities, whatever has to be fetched again.
extension SimulatedServer {
    enum DeviceChange {
        case added(Device)
        case removed(Device)
    }

    func notification(_ type: String, from: JID, _ children: [Node]) -> Node {
        Node(
            "notification",
            [
                "from": .jid(from), "type": .text(type), "id": .text(makeID()), "t": .text(String(nowSeconds)),
            ],
            children)
    }

    /// Contacts hear `devices`, the account's own devices `account_sync`.
    func announceDevices(of account: Account, change: DeviceChange) {
        for other in account.sortedDevices where other.endpoint == nil {
            if case .added(let device) = change, device === other { continue }
            deliver(notification("account_sync", from: account.jid(.phoneNumber), [ownDevices(of: account)]), to: other)
            other.toldDevices.forget(change.removedDevice, account: account.number)
        }
        for number in account.contacts.sorted() {
            guard let contact = accounts[number] else { continue }
            for device in contact.sortedDevices where device.endpoint == nil {
                var note = notification("devices", from: account.jid(.phoneNumber), [changeNode(change, of: account)])
                if !account.hidesLID { note.attributes["lid"] = .jid(account.jid(.lid)) }
                deliver(note, to: device)
                device.toldDevices.forget(change.removedDevice, account: account.number)
            }
        }
    }

    /// The device has taken the news of somebody's devices: from now on it has no excuse.
    func learned(from note: Node, device: Device) {
        if note["type"] == "w:gp2" { return learned(fromGroup: note, device: device) }
        guard let from = note.jid("from"), let account = account(at: from) else { return }
        let added = note.child("add")?.children("device") ?? note.child("devices")?.children("device") ?? []
        for jid in added.compactMap({ $0.jid("jid") }) {
            device.toldDevices.learned(of: jid.device, account: account.number, atMilliseconds: nowMilliseconds)
        }
    }

    private func ownDevices(of account: Account) -> Node {
        let devices = account.sortedDevices.map {
            Node(
                "device",
                [
                    "jid": .jid($0.jid(.phoneNumber, in: account)), "key-index": .text(String($0.keyIndex)),
                ])
        }
        return Node("devices", ["dhash": .text(hash(of: account, .phoneNumber))], devices + [keyIndexNode(of: account)])
    }

    private func changeNode(_ change: DeviceChange, of account: Account) -> Node {
        let (tag, device) =
            switch change {
            case .added(let device): ("add", device)
            case .removed(let device): ("remove", device)
            }
        return Node(
            tag,
            [
                "device_hash": .text(hash(of: account, .phoneNumber)),
                "device_lid_hash": .text(hash(of: account, .lid)),
            ],
            [
                Node(
                    "device",
                    [
                        "jid": .jid(device.jid(.phoneNumber, in: account)), "lid": .jid(device.jid(.lid, in: account)),
                        "key-index": .text(String(device.keyIndex)),
                    ]),
                keyIndexNode(of: account),
            ])
    }

    private func keyIndexNode(of account: Account) -> Node {
        let time: Attributes = ["ts": .text(String(account.devicesChangedSeconds))]
        return account.signedKeyIndexList.map { Node("key-index-list", time, bytes: $0) }
            ?? Node("key-index-list", time)
    }

    func hash(of account: Account, _ addressing: Addressing) -> String {
        ParticipantHash.of(account.sortedDevices.map { $0.jid(addressing, in: account) })
    }

    /// `<notification type="encrypt"><identity/></notification>`: the contact's phone was set up anew.
    func announceIdentity(of account: Account) {
        for number in account.contacts.sorted() {
            guard let contact = accounts[number] else { continue }
            for device in contact.sortedDevices {
                var note = notification("encrypt", from: account.jid(.phoneNumber), [Node("identity")])
                if !account.hidesLID { note.attributes["lid"] = .jid(account.jid(.lid)) }
                deliver(note, to: device)
            }
        }
    }

    /// A companion leaves the account. One that is connected is told why.
    func remove(_ device: Device, from account: Account, isOwnWish: Bool) {
        let connection = liveConnection(of: device)
        account.remove(device.address.device, nowSeconds: nowSeconds)
        device.queue.removeAll()
        endPresenceSubscriptions(of: device)
        for other in accounts.values.lazy.flatMap(\.devices.values) {
            other.endpoint?.forgetSession(with: device.address)
            other.requestedRetries = other.requestedRetries.filter { $0.device != device.address }
        }
        announceDevices(of: account, change: .removed(device))
        guard let connection else { return }
        if isOwnWish {
            perform(.close(connection.id))
            forget(connection.id)
        } else {
            endStream(
                connection,
                with: Node("stream:error", ["code": "401"], [Node("conflict", ["type": "device_removed"])]))
        }
    }

    /// `<remove-companion-device jid reason/>` of a companion that logs out.
    func unlink(_ node: Node, from device: Device, on connection: Connection) {
        let account = account(of: device)
        guard let jid = node.child("remove-companion-device")?.jid("jid"), let target = self.device(at: jid),
            target.address.number == account.number, target.address.device != 0
        else { return replyError(to: node, code: 400, text: "bad-request", on: connection) }
        reply(to: node, on: connection)
        remove(target, from: account, isOwnWish: target === device)
    }
}

extension Device {
    func jid(_ addressing: Addressing, in account: Account) -> JID {
        account.jid(addressing, device: address.device)
    }
}

extension SimulatedServer.DeviceChange {
    var removedDevice: UInt16? {
        if case .removed(let device) = self { device.address.device } else { nil }
    }
}
