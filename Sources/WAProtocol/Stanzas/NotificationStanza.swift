package import WABinary

/// Something changed on the server. Every notification is acknowledged.
///
/// ```
/// <notification type from id t [participant] [offline] [lid] [notify]>one child or more</notification>
/// ```
/// Source: protocol reference 5.11.
package struct NotificationStanza: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// So many of our one-time prekeys are left on the server.
        case preKeysLow(Int64)
        /// A contact's phone was set up anew: its identity key changed.
        case identityChanged(JID)
        /// The server wants our prekey digest compared.
        case preKeyDigestRequested
        /// A contact linked or unlinked a device.
        case devicesChanged(DeviceChange)
        /// We linked or unlinked a device; all of our devices now, and their hash.
        case ownDevicesChanged([DeviceSet.Device], hash: String?)
        /// People gave us tokens to write to them with.
        case privacyTokens([PrivacyToken])
        /// A group changed.
        case group(GroupNotification)
        /// Another device changed these collections of the app state.
        case appStateChanged([String])
        /// Pictures, names, numbers, blocks.
        case people([PersonNews])
        /// The phone answers a pairing by code.
        case pairingCode(PairingCodePrimaryHello)
        /// The phone answers that it uploaded a file again, or not.
        case mediaRetry(ReuploadAnswer)
        /// Everything else, by its type; the stanza is in `node`.
        case other(type: String)
    }

    /// A token of a contact that lets us write to it. Opaque bytes.
    package struct PrivacyToken: Equatable, Sendable {
        package let timestampSeconds: Int64
        package let bytes: [UInt8]
    }

    package let id: String
    package let from: JID
    package let type: String
    package let timestampSeconds: Int64
    package let isOffline: Bool
    package let content: Content
    package let addressMappings: [AddressMapping]
    package let node: Node

    package init?(_ node: Node) {
        guard node.tag == "notification", let id = node["id"], let from = node.jid("from") else { return nil }
        self.id = id
        self.from = from
        self.node = node
        type = node["type"] ?? ""
        timestampSeconds = node.seconds("t") ?? 0
        isOffline = node["offline"] != nil
        content = Self.content(of: node, from: from, type: type)
        var mappings = AddressMapping.learned(from: node)
        for device in node.children.flatMap({ $0.children("device") }) {
            guard let mapping = AddressMapping(device.jid("jid"), device.jid("lid")) else { continue }
            if !mappings.contains(mapping) { mappings.append(mapping) }
        }
        if case .group(let change) = content { mappings += change.addressMappings }
        if type == "contacts" { mappings += PersonNews.mappings(in: node) }
        addressMappings = mappings
    }

    package var acknowledgement: Node {
        AckStanza.node(tag: "notification", id: id, to: .jid(from), copying: node)
    }

    private static func content(of node: Node, from: JID, type: String) -> Content {
        switch type {
        case "encrypt":
            if let count = node.child("count")?.integer("value") { return .preKeysLow(count) }
            if node.child("identity") != nil, from.isPerson { return .identityChanged(from.foldingHosted.account) }
            if node.child("digest") != nil { return .preKeyDigestRequested }
        case "devices":
            if let change = DeviceChange(node) { return .devicesChanged(change) }
        case "account_sync":
            if let devices = node.child("devices") {
                return .ownDevicesChanged(
                    devices.children("device").compactMap(DeviceSet.Device.init(notified:)), hash: devices["dhash"])
            }
            if case let news = PersonNews.read(node, from: from, type: type), !news.isEmpty { return .people(news) }
        case "picture", "status", "contacts", "business":
            if case let news = PersonNews.read(node, from: from, type: type), !news.isEmpty { return .people(news) }
        case "privacy_token":
            let tokens = (node.child("tokens")?.children("token") ?? []).compactMap { token -> PrivacyToken? in
                guard token["type"] == "trusted_contact", let bytes = token.bytes else { return nil }
                return PrivacyToken(timestampSeconds: token.seconds("t") ?? 0, bytes: bytes)
            }
            if !tokens.isEmpty { return .privacyTokens(tokens) }
        case "w:gp2":
            if let change = GroupNotification(node, from: from) { return .group(change) }
        case "server_sync":
            let names = node.children("collection").prefix(16).compactMap { $0["name"] }
            if !names.isEmpty { return .appStateChanged(names) }
        case "link_code_companion_reg":
            if let hello = PairingCodePrimaryHello(node) { return .pairingCode(hello) }
        case "mediaretry":
            if let answer = ReuploadAnswer(node) { return .mediaRetry(answer) }
        default:
            break
        }
        return .other(type: type)
    }
}
