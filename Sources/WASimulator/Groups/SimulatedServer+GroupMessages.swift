import SignalProtocol
import WABinary

/// Messages to groups: sections 5.4 and 9.6 of the protocol reference.
///
/// ```
/// all     <message to=group phash addressing_mode><participants><to jid=device><enc/></to>…</participants>
///           <enc type="skmsg"/></message>              every device: its own enc, if it has one, then the shared one
/// retry   <message to=group participant=device><enc count/></message>                  the device that asked again
/// ```
extension SimulatedServer {
    /// What a message is refused with in its ack.
    private enum MessageRefusal: String {
        case unknownGroup = "404"
        case notAMember = "403"
        /// In an announcement group; and to take back what another wrote.
        case onlyAdmins = "420"
        /// The stanza's `addressing_mode` is not the group's.
        case otherAddressing = "421"
        case malformed = "479"
    }

    /// - Parameter ledgerID: under which the message is remembered once it is accepted.
    func route(groupMessage node: Node, ledgerID: String, mark: UInt64, from device: Device) {
        let sender = account(of: device)
        guard let group = node.jid("to").flatMap({ groups[$0.user] }) else {
            return refuse(node, .unknownGroup, from: device)
        }
        if let code = sender.refusalCode {
            return acknowledge(node, from: device, adding: [("error", .text(String(code)))])
        }
        guard let role = group.role(of: sender.number) else { return refuse(node, .notAMember, from: device) }
        guard !group.isAnnouncement && node["edit"] != "8" || role != .member else {
            return refuse(node, .onlyAdmins, from: device)
        }
        if let mode = node["addressing_mode"], mode != group.addressing.wireName {
            return refuse(node, .otherAddressing, from: device, group)
        }
        guard let encrypted = node.child("enc") else {
            report(.malformedStanza, "device \(device.address) sent group message \(node["id"] ?? "") without enc")
            return refuse(node, .malformed, from: device)
        }
        device.sentMessages.remember(ledgerID, .init(fingerprint: mark, acceptedSeconds: nowSeconds))
        counters.messagesAccepted += 1
        if encrypted["type"] == "skmsg" {
            routeToAll(node, encrypted, in: group, from: device)
        } else {
            routeToOne(node, encrypted, in: group, from: device)
        }
    }

    private func refuse(_ node: Node, _ refusal: MessageRefusal, from device: Device, _ group: Group? = nil) {
        acknowledge(
            node, from: device,
            adding: [
                ("error", .text(refusal.rawValue)),
                ("addressing_mode", group.map { .text($0.addressing.wireName) }),
            ])
    }

    // MARK: - To every device

    private func routeToAll(_ node: Node, _ shared: Node, in group: Group, from device: Device) {
        let place = "group message \(node["id"] ?? "") of device \(device.address)"
        let own = ciphertexts(of: node, place, from: device) { address in
            if group.contains(address.number) { return true }
            if !mayStillCount(address.number, in: group, device) {
                report(.notInGroup, "\(place): encrypted for \(address), who is not in the group")
            }
            return false
        }
        var extra: [(String, AttributeValue?)] = [
            ("t", .text(String(nowSeconds))), ("addressing_mode", .text(group.addressing.wireName)),
        ]
        if let hash = node["phash"], let actual = correctHash(instead: hash, of: group, place, from: device) {
            extra.append(("phash", .text(actual)))
        }
        acknowledge(node, from: device, adding: extra)
        check(shared: shared, givenTo: own.keys.sorted(), in: group, place, from: device)
        let frame = groupDelivery(of: node, in: group, from: device)
        let additions = additions(of: node, from: device)
        let identity = node.children("device-identity")
        let placeholder = placeholder(in: node, from: device)
        for member in group.members {
            for target in accounts[member.number]?.sortedDevices ?? [] where target !== device {
                var delivery = frame
                var children: [Node] = []
                if let own = own[target.address] { children.append(own) }
                children.append(target.address.device == 0 ? shared : placeholder ?? shared)
                if own[target.address]?["type"] == "pkmsg" { children += identity }
                delivery.content = .nodes(children + additions)
                deliver(delivery, to: target)
            }
        }
    }

    /// Whether the device cannot know yet that somebody has left the group.
    private func mayStillCount(_ number: String, in group: Group, _ device: Device) -> Bool {
        guard group.formerMembers[number] != nil else { return false }
        guard let told = device.groups.departure(of: number, group: group.id) else { return device.endpoint == nil }
        return told + configuration.deviceListGraceMilliseconds > nowMilliseconds
    }

    // MARK: - The participant hash

    /// The right hash when the given one is not; reports one that was never right, or that the device was told is not.
    private func correctHash(
        instead hash: String, of group: Group, _ place: String, from device: Device
    ) -> String? {
        let actual = ParticipantHash.of(
            group.members.flatMap { member in
                accounts[member.number].map { account in
                    account.devices.values.map { $0.jid(group.addressing, in: account) }
                } ?? []
            })
        let known = group.knownHashes
        group.remember(hash: actual)
        guard hash != actual else { return nil }
        let grace = configuration.deviceListGraceMilliseconds
        let corrected = device.groups.corrected(hash, group: group.id, atMilliseconds: nowMilliseconds)
        if known.contains(hash) {
            if corrected + grace <= nowMilliseconds {
                report(.participantHash, "\(place): a phash that an earlier ack has corrected")
            }
        } else if isSettled(group, for: device) {
            report(.participantHash, "\(place): a wrong phash")
        }
        return actual
    }

    /// Whether the device had time to hear of every change of the group's devices.
    private func isSettled(_ group: Group, for device: Device) -> Bool {
        guard !device.queue.waiting.contains(where: { $0.node.tag == "notification" }) else { return false }
        let devicesChanged = group.members.compactMap { accounts[$0.number]?.devicesChangedSeconds }.max() ?? 0
        let changed = max(group.changedMilliseconds, (devicesChanged + 1) * 1_000)
        return changed + configuration.deviceListGraceMilliseconds <= nowMilliseconds
    }

    // MARK: - The sender key

    /// What can be seen of a sender-key message without its key: no iteration twice, and no key that somebody holds
    /// who the sender knows has left.
    private func check(
        shared: Node, givenTo devices: [DeviceAddress], in group: Group, _ place: String, from device: Device
    ) {
        guard let message = checkSenderKey(shared, place, group: group.id, from: device) else { return }
        // Devices in the simulator are tested by themselves, and there may be thousands of them.
        guard device.endpoint == nil else { return }
        device.groups.used(key: message.id, group: group.id, givenTo: devices)
        for number in Set(device.groups.holders(of: message.id, group: group.id).map(\.number)).sorted() {
            guard !group.contains(number), let told = device.groups.departure(of: number, group: group.id),
                told + configuration.deviceListGraceMilliseconds <= nowMilliseconds
            else { continue }
            report(.senderKeyNotRotated, "\(place): \(number) has left the group, and holds the sender key")
        }
    }

    // MARK: - To one device

    /// The answer to a retry receipt.
    private func routeToOne(_ node: Node, _ encrypted: Node, in group: Group, from device: Device) {
        let id = node["id"] ?? ""
        acknowledge(
            node, from: device,
            adding: [("t", .text(String(nowSeconds))), ("addressing_mode", .text(group.addressing.wireName))])
        guard let jid = node.jid("participant"), let address = address(of: jid) else {
            return report(
                .malformedStanza, "device \(device.address) sent group message \(id) to one device without naming it")
        }
        guard let target = self.device(at: jid) else {
            if account(at: jid)?.formerDevices.contains(jid.device) != true {
                report(.unknownDevice, "device \(device.address) sent group message \(id) again to \(address)")
            }
            return
        }
        if !device.requestedRetries.contains(.init(messageID: id, device: address)) {
            report(.unrequestedRetry, "device \(device.address) sent group message \(id) again to \(address)")
        }
        checkCiphertexts([(target, encrypted)], in: node, from: device)
        if device.endpoint == nil { device.groups.answered(address, group: group.id) }
        // Somebody who has left meanwhile gets nothing more.
        guard group.contains(address.number) else { return }
        var delivery = groupDelivery(of: node, in: group, from: device)
        delivery.content = .nodes(
            [encrypted] + (encrypted["type"] == "pkmsg" ? node.children("device-identity") : [])
                + additions(of: node, from: device))
        deliver(delivery, to: target)
    }

    // MARK: - What arrives

    /// `<message from=group participant=device participant_pn|participant_lid addressing_mode id type t notify>`, still
    /// empty.
    func groupDelivery(of node: Node, in group: Group, from device: Device) -> Node {
        let sender = account(of: device)
        var attributes: Attributes = [
            "from": .jid(group.jid), "id": .text(node["id"] ?? ""), "type": .text(node["type"] ?? "text"),
            "t": .text(String(nowSeconds)), "participant": .jid(device.jid(group.addressing, in: sender)),
        ]
        attributes[group.addressing.alternativeName(of: "participant")] =
            .jid(device.jid(group.addressing.other, in: sender))
        attributes["addressing_mode"] = .text(group.addressing.wireName)
        attributes["notify"] = .text(sender.name)
        attributes["edit"] = node["edit"].map { .text($0) }
        return Node("message", attributes)
    }

    // MARK: - What a device has heard of its groups

    /// The device has taken a `w:gp2` notification.
    func learned(fromGroup note: Node, device: Device) {
        guard let group = note.jid("from").flatMap({ groups[$0.user] }) else { return }
        for child in note.children {
            let people = (child.child("group") ?? child).children("participant")
            let numbers = people.compactMap { $0.jid("jid").flatMap { account(at: $0)?.number } }
            switch child.tag {
            case "remove":
                for number in numbers where !group.contains(number) {
                    device.groups.learned(departureOf: number, group: group.id, atMilliseconds: nowMilliseconds)
                }
            case "add", "create":
                for number in numbers { device.groups.learned(arrivalOf: number, group: group.id) }
            default: break
            }
        }
    }
}
