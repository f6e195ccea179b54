import SignalProtocol
import WABinary

/// Messages: checked, acknowledged, and routed to every device they were encrypted for.
///
/// Section 9.6 of the protocol reference. A message comes in one of three shapes:
///
/// ```
/// fan-out   <message to=user><participants><to jid=device><enc/></to>…</participants></message>
/// peer      <message to=self category="peer"><enc/></message>             for the own phone
/// retry     <message to=device device_fanout="false"><enc count/></message>   for the device that asked again
/// ```
/// Some clients answer a phone that asked again with the whole fan-out under the same id: `acceptAgain`.
extension SimulatedServer {
    func route(message node: Node, from device: Device) {
        guard let id = node["id"], !id.isEmpty, let to = node.jid("to"), node["type"] != nil else {
            report(.malformedStanza, "device \(device.address) sent a message without id, to or type")
            return acknowledge(node, from: device, adding: [("error", "479")])
        }
        if to.isNewsletter { return route(channelMessage: node, id: id, from: device) }
        if device.endpoint == nil, !device.isActive {
            report(.outOfOrder, "device \(device.address) sent message \(id) before it was active")
        }
        let mark = fingerprint(Array((to.description + ciphertextMark(of: node)).utf8))
        // A retry has the id of the message it repeats; it may be answered anew when the request comes again.
        let ledgerID = node.child("enc").flatMap { $0["count"] }.map { "\(id) retry \($0) \(mark)" } ?? id
        if let earlier = device.sentMessages[ledgerID] {
            return acceptAgain(node, mark: mark, earlier, from: device)
        }
        if to.isGroup {
            return route(groupMessage: node, ledgerID: ledgerID, mark: mark, from: device)
        }
        if to.isStatusBroadcast {
            return route(statusPost: node, ledgerID: ledgerID, mark: mark, from: device)
        }
        guard let recipient = account(at: to) else {
            return acknowledge(node, from: device, adding: [("error", "404")])
        }
        if let code = account(of: device).refusalCode, recipient.number != device.address.number {
            return acknowledge(node, from: device, adding: [("error", .text(String(code)))])
        }
        if let code = refusal(of: node, to: recipient, from: device) {
            return acknowledge(node, from: device, adding: [("error", .text(String(code)))])
        }
        device.sentMessages.remember(ledgerID, .init(fingerprint: mark, acceptedSeconds: nowSeconds))
        counters.messagesAccepted += 1
        become(contacts: recipient, of: device)
        if let encrypted = node.child("enc") {
            routeSingle(node, encrypted, to: to, of: recipient, from: device)
        } else {
            routeFanOut(node, to: to, of: recipient, from: device)
        }
    }

    /// All ciphertexts with the devices they are for, in order.
    private func ciphertextMark(of node: Node) -> String {
        var parts = (node.child("participants")?.children("to") ?? []).map { target in
            "\(target["jid"] ?? "") \(fingerprint(target.child("enc")?.bytes ?? []))"
        }
        parts.append(String(fingerprint(node.child("enc")?.bytes ?? [])))
        return parts.joined(separator: ",")
    }

    /// 479 for a token where none belongs, 463 where one is needed and none of those on the stanza is good.
    private func refusal(of node: Node, to recipient: Account, from device: Device) -> Int? {
        let id = node["id"] ?? ""
        if node["category"] == "peer" {
            guard node.child("tctoken") != nil || node.child("cstoken") != nil else { return nil }
            report(.malformedStanza, "device \(device.address) sent peer message \(id) with a token")
            return 479
        }
        guard recipient.number != device.address.number, node.child("participants") != nil else { return nil }
        let isGood = hasGoodToken(node, id: id, stanza: "message", for: recipient, from: device)
        return isGood || !recipient.tokens.isRequired ? nil : 463
    }

    // MARK: - To every device

    private func routeFanOut(_ node: Node, to: JID, of recipient: Account, from device: Device) {
        let sender = account(of: device)
        let addressing = addressing(of: to)
        if to.device != 0 {
            report(
                .malformedStanza, "device \(device.address) sent message \(node["id"] ?? "") to a device, not a user")
        }
        var targets: [(device: Device, encrypted: Node)] = []
        var listed: Set<DeviceAddress> = []
        for entry in node.child("participants")?.children("to") ?? [] {
            guard let jid = entry.jid("jid"), let encrypted = entry.child("enc") else {
                report(
                    .malformedStanza, "device \(device.address) sent message \(node["id"] ?? "") with an empty target")
                continue
            }
            guard let address = address(of: jid), address.number == recipient.number || address.number == sender.number
            else {
                report(.unknownDevice, "device \(device.address) encrypted message \(node["id"] ?? "") for \(jid)")
                continue
            }
            if address == device.address || !listed.insert(address).inserted {
                report(
                    .malformedStanza,
                    "device \(device.address) encrypted message \(node["id"] ?? "") for itself, or twice for \(address)"
                )
                continue
            }
            if let target = self.device(at: jid) {
                targets.append((target, encrypted))
            } else if account(at: jid)?.formerDevices.contains(jid.device) != true {
                report(.unknownDevice, "device \(device.address) encrypted message \(node["id"] ?? "") for \(address)")
            }
        }
        if listed.isEmpty {
            report(.malformedStanza, "device \(device.address) sent message \(node["id"] ?? "") for no device")
        }
        if let hash = node["phash"], hash != self.hash(of: listed.union([device.address]), addressing) {
            report(.participantHash, "device \(device.address) sent message \(node["id"] ?? "") with a wrong phash")
        }
        checkCoverage(listed, of: [recipient, sender], id: node["id"] ?? "", from: device)
        let actual = deviceSet(of: recipient, sender)
        var extra: [(String, AttributeValue?)] = [("t", .text(String(nowSeconds)))]
        if listed.union([device.address]) != actual {
            extra.append(("phash", .text(hash(of: actual, addressing))))
        }
        acknowledge(node, from: device, adding: extra)
        checkCiphertexts(targets, in: node, from: device)
        let isUnwanted = isBlocked(sender, by: recipient)
        for (target, encrypted) in targets where !isUnwanted || target.address.number == sender.number {
            deliver(delivery(of: node, encrypted, to: to, from: device, for: target), to: target)
        }
        guard let placeholder = placeholder(in: node, from: device) else { return }
        for target in recipient.sortedDevices + (recipient === sender ? [] : sender.sortedDevices)
        where target !== device && !listed.contains(target.address) {
            deliver(delivery(of: node, placeholder, to: to, from: device, for: target), to: target)
        }
    }

    /// What companions get instead of a message that is for phones alone. Only devices of the simulator know how to
    /// ask for that; how real phones do is not known. Reference 5.6.
    func placeholder(in node: Node, from device: Device) -> Node? {
        device.endpoint == nil ? nil : node.child("unavailable")
    }

    private func deviceSet(of one: Account, _ other: Account) -> Set<DeviceAddress> {
        Set((Array(one.devices.values) + Array(other.devices.values)).map(\.address))
    }

    private func hash(of devices: Set<DeviceAddress>, _ addressing: Addressing) -> String {
        ParticipantHash.of(devices.compactMap { accounts[$0.number]?.jid(addressing, device: $0.device) })
    }

    /// Whoever was told of a device must encrypt to it.
    private func checkCoverage(_ listed: Set<DeviceAddress>, of accounts: [Account], id: String, from device: Device) {
        guard device.endpoint == nil else { return }
        for account in accounts {
            let expected = device.toldDevices.expected(
                of: account.number, atMilliseconds: nowMilliseconds,
                graceMilliseconds: configuration.deviceListGraceMilliseconds)
            for number in expected.sorted() {
                let address = DeviceAddress(account.number, number)
                if address != device.address, account.devices[number] != nil, !listed.contains(address) {
                    report(.missingDevice, "device \(device.address) sent message \(id) without device \(address)")
                }
            }
        }
    }

    // MARK: - To one device

    private func routeSingle(_ node: Node, _ encrypted: Node, to: JID, of recipient: Account, from device: Device) {
        let id = node["id"] ?? ""
        acknowledge(node, from: device, adding: [("t", .text(String(nowSeconds)))])
        let isPeer = node["category"] == "peer"
        guard let target = isPeer ? recipient.phone : recipient.devices[to.device] else {
            if !recipient.formerDevices.contains(to.device) {
                report(.unknownDevice, "device \(device.address) sent message \(id) to \(to)")
            }
            return
        }
        if isPeer {
            if recipient.number != device.address.number {
                report(.malformedStanza, "device \(device.address) sent peer message \(id) to another account")
                return
            }
        } else {
            let request = Device.RetryRequest(messageID: id, device: target.address)
            if !device.requestedRetries.contains(request) {
                report(.unrequestedRetry, "device \(device.address) sent message \(id) again to \(target.address)")
            }
        }
        checkCiphertexts([(target, encrypted)], in: node, from: device)
        deliver(delivery(of: node, encrypted, to: to, from: device, for: target), to: target)
    }

    // MARK: - What arrives

    /// The stanza as the target sees it: from the sending device under the name the message was addressed with, and
    /// its other name beside it, so that both lead to one session.
    func delivery(of node: Node, _ encrypted: Node, to: JID, from device: Device, for target: Device) -> Node {
        let sender = account(of: device)
        let addressing = addressing(of: to)
        let from = device.jid(addressing, in: sender)
        var attributes: Attributes = [
            "from": .jid(from), "id": .text(node["id"] ?? ""), "type": .text(node["type"] ?? "text"),
            "t": .text(String(nowSeconds)),
        ]
        attributes["notify"] = .text(sender.name)
        attributes["category"] = node["category"].map { .text($0) }
        attributes["edit"] = node["edit"].map { .text($0) }
        if target.address.number == sender.number {
            if node["category"] != "peer" {
                let chat = node.jid("recipient") ?? to.account
                attributes["recipient"] = .jid(chat)
                if let other = account(at: chat), !other.hidesLID {
                    attributes[addressing == .lid ? "peer_recipient_pn" : "peer_recipient_lid"] = .jid(
                        other.jid(addressing.other))
                }
            }
        } else if !sender.hidesLID {
            let other = device.jid(addressing.other, in: sender)
            attributes[addressing == .lid ? "sender_pn" : "sender_lid"] = .jid(other)
        }
        var children = [encrypted]
        if encrypted["type"] == "pkmsg" { children += node.children("device-identity") }
        return Node("message", attributes, children + additions(of: node, from: device))
    }
}
