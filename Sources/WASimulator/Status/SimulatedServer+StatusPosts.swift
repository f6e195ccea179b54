import SignalProtocol
import WABinary

/// Status posts: written once under a sender key of their own, for whoever their author chose. Section 5.4 of the
/// protocol reference.
///
/// ```
/// all     <message to=status@broadcast><participants><to jid=device><enc/></to>…</participants><enc type="skmsg"/></message>
/// retry   <message to=status@broadcast participant=device><enc count/></message>       the device that asked again
/// ```
/// There is no list of members: a post goes to every device that was ever given the sender key it is written under.
extension SimulatedServer {
    /// Names the sender key in the ledgers, where groups have their ids.
    private static let keyName = statusName

    /// - Parameter ledgerID: under which the post is remembered once it is accepted.
    func route(statusPost node: Node, ledgerID: String, mark: UInt64, from device: Device) {
        let place = "status post \(node["id"] ?? "") of device \(device.address)"
        if let code = account(of: device).refusalCode {
            return acknowledge(node, from: device, adding: [("error", .text(String(code)))])
        }
        guard let encrypted = node.child("enc") else {
            report(.malformedStanza, "\(place): no enc")
            return acknowledge(node, from: device, adding: [("error", "479")])
        }
        device.sentMessages.remember(ledgerID, .init(fingerprint: mark, acceptedSeconds: nowSeconds))
        counters.messagesAccepted += 1
        acknowledge(node, from: device, adding: [("t", .text(String(nowSeconds)))])
        if encrypted["type"] == "skmsg" {
            routePost(node, encrypted, place, from: device)
        } else {
            routePostAgain(node, encrypted, place, from: device)
        }
    }

    private func routePost(_ node: Node, _ shared: Node, _ place: String, from device: Device) {
        let own = ciphertexts(of: node, place, from: device) { _ in true }
        guard let message = checkSenderKey(shared, place, group: Self.keyName, from: device) else { return }
        device.groups.used(key: message.id, group: Self.keyName, givenTo: own.keys)
        let frame = statusDelivery(of: node, from: device)
        let additions = additions(of: node, from: device)
        let identity = node.children("device-identity")
        let placeholder = placeholder(in: node, from: device)
        for address in device.groups.holders(of: message.id, group: Self.keyName).sorted() {
            guard let target = accounts[address.number]?.devices[address.device], target !== device else { continue }
            var children = own[address].map { [$0] } ?? []
            children.append(address.device == 0 ? shared : placeholder ?? shared)
            if own[address]?["type"] == "pkmsg" { children += identity }
            var delivery = frame
            delivery.content = .nodes(children + additions)
            deliver(delivery, to: target)
        }
    }

    private func routePostAgain(_ node: Node, _ encrypted: Node, _ place: String, from device: Device) {
        guard let jid = node.jid("participant"), let address = address(of: jid) else {
            return report(.malformedStanza, "\(place): to one device without naming it")
        }
        guard let target = self.device(at: jid) else { return }
        if !device.requestedRetries.contains(.init(messageID: node["id"] ?? "", device: address)) {
            report(.unrequestedRetry, "\(place): again to \(address)")
        }
        checkCiphertexts([(target, encrypted)], in: node, from: device)
        device.groups.answered(address, group: Self.keyName)
        var delivery = statusDelivery(of: node, from: device)
        delivery.content = .nodes(
            [encrypted] + (encrypted["type"] == "pkmsg" ? node.children("device-identity") : [])
                + additions(of: node, from: device))
        deliver(delivery, to: target)
    }

    /// `<message from=status@broadcast participant=device participant_pn addressing_mode id type t notify>`, still empty.
    func statusDelivery(of node: Node, from device: Device) -> Node {
        let author = account(of: device)
        var attributes: Attributes = [
            "from": .jid(.statusBroadcast), "id": .text(node["id"] ?? ""), "type": .text(node["type"] ?? "text"),
            "t": .text(String(nowSeconds)), "notify": .text(author.name),
        ]
        attributes["participant"] = .jid(device.jid(author.hidesLID ? .phoneNumber : .lid, in: author))
        attributes["addressing_mode"] = author.hidesLID ? "pn" : "lid"
        if !author.hidesLID { attributes["participant_pn"] = .jid(device.jid(.phoneNumber, in: author)) }
        attributes["edit"] = node["edit"].map { .text($0) }
        return Node("message", attributes)
    }

    // MARK: - Receipts

    /// To the author, whom `participant` names, with the viewer as `participant` on its way there.
    func route(statusReceipt node: Node, from device: Device) {
        guard let authorJID = node.jid("participant"), let author = account(at: authorJID) else {
            return report(
                .malformedStanza, "device \(device.address) sent status receipt \(node["id"] ?? "") without the author")
        }
        let reader = account(of: device)
        var forwarded = Node(
            "receipt",
            [
                "from": .jid(.statusBroadcast), "id": .text(node["id"] ?? ""), "t": .text(String(nowSeconds)),
                "participant": .jid(device.jid(.lid, in: reader)),
                "participant_pn": .jid(device.jid(.phoneNumber, in: reader)),
            ])
        forwarded.attributes["type"] = node["type"].map { .text($0) }
        if let list = node.child("list") { forwarded.content = .nodes([list]) }
        let isOwn = author === reader
        switch node["type"] {
        case "retry"?: route(retry: node, as: forwarded, to: authorJID, from: device)
        case nil where isOwn, "sender"?:
            guard let target = self.device(at: authorJID), target !== device, target.endpoint != nil else { return }
            deliver(forwarded, to: target)
        case nil, "inactive"?, "read"?, "played"?:
            for target in author.sortedDevices where target !== device { deliver(forwarded, to: target) }
        case "read-self"?, "played-self"?:
            for target in reader.sortedDevices where target !== device { deliver(forwarded, to: target) }
        case "server-error"?: break
        case let other?:
            report(.malformedStanza, "device \(device.address) sent a status receipt of type \(other)")
        }
    }

    // MARK: - Who sees them

    /// nil: everybody the account knows.
    package func setStatusAudience(_ numbers: [String]?, of number: String) throws(SimulatorError) {
        for number in numbers ?? [] { _ = try account(number) }
        try account(number).statusAudience = numbers.map { Set($0) }
    }

    /// `<privacy><list type [default]><user jid/>…</list></privacy>`.
    func statusPrivacy(of account: Account) -> Node {
        guard let audience = account.statusAudience else {
            return Node("privacy", [:], [Node("list", ["type": "contacts"])])
        }
        let users = audience.sorted().compactMap { accounts[$0] }.map {
            Node("user", ["jid": .jid($0.jid(.phoneNumber))])
        }
        return Node("privacy", [:], [Node("list", ["type": "whitelist"], users)])
    }
}
