import WABinary
import WACrypto

/// Acks and receipts: what they take off a queue, and who else hears of them.
extension SimulatedServer {
    // MARK: - Acks

    /// `<ack class id to …/>`: the device has taken a stanza.
    func acknowledged(_ node: Node, by device: Device) {
        guard let tag = node["class"], let id = node["id"] else {
            return report(.malformedStanza, "device \(device.address) sent an ack without class or id")
        }
        let taken = device.queue.acknowledge(tag: tag, id: id) {
            $0.jid("from") == node.jid("to") && (node["type"] == nil || $0["type"] == node["type"])
        }
        if let taken, taken.tag == "notification" { learned(from: taken, device: device) }
    }

    // MARK: - Receipts

    func route(receipt node: Node, from device: Device) {
        guard let id = node["id"], let to = node.jid("to") else {
            return report(.malformedStanza, "device \(device.address) sent a receipt without id or to")
        }
        if node.child("offer") != nil { return route(callReceipt: node, from: device) }
        let ids = [id] + (node.child("list")?.children("item") ?? []).compactMap { $0["id"] }
        for id in ids {
            _ = device.queue.acknowledge(tag: "message", id: id) { $0.jid("from")?.account == to.account }
        }
        acknowledge(node, from: device)
        if to.isGroup { return route(groupReceipt: node, group: to, from: device) }
        if to.isStatusBroadcast { return route(statusReceipt: node, from: device) }
        if to.isNewsletter { return route(channelReceipt: node, from: device) }
        let isOwn = account(at: to)?.number == device.address.number
        if node["type"] == "hist_sync" { receivedHistory(ids, by: device) }
        switch node["type"] {
        case "retry"?: route(retry: node, to: to, from: device)
        case nil where isOwn, "sender"?, "peer_msg"?, "hist_sync"?: forwardToOwnEndpoint(node, to: to, from: device)
        case nil, "inactive"?: forward(node, type: node["type"], to: to, from: device)
        case "read"?, "played"?:
            if node["type"] == "read", account(of: device).privacy["readreceipts"] == "none" {
                report(.privacy, "device \(device.address) sent a read receipt, which its owner has switched off")
            }
            if !isOwn { forward(node, type: node["type"], to: to, from: device) }
            forwardToOwnDevices(node, type: (node["type"] ?? "") + "-self", chat: to, from: device)
        case "read-self"?, "played-self"?:
            forwardToOwnDevices(node, type: node["type"], chat: to, from: device)
        case "server-error"?: route(mediaRetry: node, to: to, from: device)
        case "view"?:
            break
        case let other?:
            report(.malformedStanza, "device \(device.address) sent a receipt of type \(other)")
        }
    }

    /// To all devices of the author. `recipient` is left out: clients take its absence as "about my message".
    private func forward(_ node: Node, type: String?, to: JID, from device: Device) {
        guard let author = account(at: to) else { return }
        let forwarded = receipt(node, type: type, from: device, in: addressing(of: to))
        for target in author.sortedDevices { deliver(forwarded, to: target) }
    }

    /// A message was read on one device of the account: the others mark it too.
    private func forwardToOwnDevices(_ node: Node, type: String?, chat: JID, from device: Device) {
        var forwarded = receipt(node, type: type, from: device, in: addressing(of: chat))
        forwarded.attributes["recipient"] = .jid(chat.account)
        for target in account(of: device).sortedDevices where target !== device { deliver(forwarded, to: target) }
    }

    /// A copy of an own message arrived on another own device. A real server keeps that to itself; a device in the
    /// simulator is told, so that it can say where its messages are.
    private func forwardToOwnEndpoint(_ node: Node, to: JID, from device: Device) {
        guard let target = self.device(at: to), target !== device, target.endpoint != nil else { return }
        deliver(receipt(node, type: node["type"], from: device, in: addressing(of: to)), to: target)
    }

    private func receipt(_ node: Node, type: String?, from device: Device, in addressing: Addressing) -> Node {
        var attributes: Attributes = [
            "from": .jid(device.jid(addressing, in: account(of: device))), "id": .text(node["id"] ?? ""),
            "t": .text(String(nowSeconds)),
        ]
        if let type { attributes["type"] = .text(type) }
        guard let list = node.child("list") else { return Node("receipt", attributes) }
        return Node("receipt", attributes, [list])
    }

    // MARK: - Retry receipts

    private func route(retry node: Node, to: JID, from device: Device) {
        var forwarded = receipt(node, type: "retry", from: device, in: addressing(of: to))
        forwarded.attributes["recipient"] = node.jid("recipient").map { .jid($0) }
        forwarded.attributes["category"] = node["category"].map { .text($0) }
        route(retry: node, as: forwarded, to: to, from: device)
    }

    /// To the sending device only; and from now on it may send the message to this device again.
    func route(retry node: Node, as forwarded: Node, to author: JID, from device: Device) {
        guard let id = node["id"], let retry = node.child("retry"), retry["id"] == id, retry.integer("count") != nil,
            let registration = node.child("registration")?.bytes, registration.count == 4
        else {
            return report(
                .malformedStanza, "device \(device.address) sent a retry receipt without retry or registration")
        }
        checkKeys(of: node, from: device)
        guard let target = self.device(at: author) else {
            return report(.unknownDevice, "device \(device.address) asked \(author) to send \(id) again")
        }
        counters.retriesRequested += 1
        target.requestedRetries.insert(.init(messageID: id, device: device.address))
        var forwarded = forwarded
        forwarded.content = node.content
        deliver(forwarded, to: target)
    }

    private func checkKeys(of node: Node, from device: Device) {
        guard let keys = node.child("keys"), var uploaded = device.uploadedKeys else { return }
        let place = "retry receipt \(node["id"] ?? "") of device \(device.address)"
        guard let identity = keys.child("identity")?.bytes, identity.suffix(32) == uploaded.identity.raw[...],
            let signedPreKey = keys.child("skey").flatMap({ signedPreKey($0, mayBeTyped: true) })
        else { return report(.malformedKeys, "\(place): keys without identity or signed prekey, or of another device") }
        if !uploaded.identity.isValidSignature(signedPreKey.signature, for: signedPreKey.key.typed) {
            report(.signedPreKeySignature, place)
        }
        if keys.child("device-identity") == nil {
            report(.deviceIdentity, "\(place): keys without device-identity")
        }
        guard let id = keys.child("key")?.child("id")?.bytes?.bigEndianNumber else { return }
        uploaded.preKeys.noteGivenOut(UInt32(truncatingIfNeeded: id))
        device.uploadedKeys = uploaded
    }
}
