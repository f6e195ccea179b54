import FoundationEssentials
import WABinary
import WAProto

/// Channels, as people with phones make and follow them, and what passes through them. Sections 5.5 and 8.5 of the
/// protocol reference.
///
/// ```
/// post      <message to=channel id type><plaintext [mediatype]>Message</plaintext></message>
/// edit      the same id, edit="3", the new content          revoke   the same id, edit="8", empty
/// reaction  <message to=channel id type="reaction" server_id><reaction [code]/></message>
/// ```
extension SimulatedServer {
    // MARK: - What people do

    /// - Parameter id: 18 digits or so; nil for the next free one.
    /// - Returns: the id.
    @discardableResult
    package func addChannel(
        _ name: String, owner: String, description: String? = nil, id: String? = nil, followers: [String] = []
    ) throws(SimulatorError) -> String {
        if let id {
            guard (16...20).contains(id.count), id.allSatisfy(\.isASCIIDigit) else { throw .invalidGroup(id) }
            guard channels[id] == nil, groups[id] == nil else { throw .groupExists(id) }
        }
        _ = try account(owner)
        for number in followers { _ = try account(number) }
        return makeChannel(name, description: description, owner: owner, id: id, followers: followers).id
    }

    func makeChannel(
        _ name: String, description: String?, owner: String, id: String? = nil, followers: [String] = []
    ) -> Channel {
        let id = id ?? freeChannelID()
        let channel = Channel(
            id: id, name: name, description: description, owner: owner, followers: Set(followers),
            inviteCode: inviteCode("channel/\(id)"), createdSeconds: nowSeconds)
        channels[id] = channel
        return channel
    }

    package func channel(_ id: String) throws(SimulatorError) -> ChannelSnapshot {
        ChannelSnapshot(try knownChannel(id))
    }

    package func channelList() -> [ChannelSnapshot] {
        channels.values.sorted { $0.id < $1.id }.map { ChannelSnapshot($0) }
    }

    package func follow(_ isFollowing: Bool, channel id: String, by number: String) throws(SimulatorError) {
        let channel = try knownChannel(id)
        setFollowing(isFollowing, channel, by: try account(number))
    }

    /// So many people outside the simulator react.
    package func react(
        _ emoji: String, count: Int = 1, to serverID: Int, in id: String
    ) throws(SimulatorError) {
        let channel = try knownChannel(id)
        guard channel[serverID: serverID] != nil else { throw .unknownMessage(String(serverID)) }
        channel[serverID: serverID]?.otherReactions[emoji, default: 0] += count
        tellLive(of: serverID, in: channel)
    }

    func knownChannel(_ id: String) throws(SimulatorError) -> Channel {
        guard let channel = channels[id] else { throw .unknownChannel(id) }
        return channel
    }

    /// Edits and deletions of posts go under the id of the post.
    func channelMessageID(of speech: Speech, fresh id: String) throws(SimulatorError) -> String {
        let content = speech.message.unwrapped.content
        guard content.hasProtocolMessage, content.protocolMessage.hasKey else { return id }
        return content.protocolMessage.key.id
    }

    private func freeChannelID() -> String {
        while true {
            channelCount += 1
            let digits = seeds.bytes("channel/\(channelCount)", 8).bigEndianNumber ?? 0
            let id = "120363" + String(100_000_000_000 + digits % 900_000_000_000)
            if channels[id] == nil, groups[id] == nil { return id }
        }
    }

    // MARK: - What devices send

    func route(channelMessage node: Node, id: String, from device: Device) {
        let number = device.address.number
        guard let channel = node.jid("to").flatMap({ channels[$0.user] }) else {
            return refuse(node, 404, from: device)
        }
        if node["type"] == "reaction" { return route(channelReaction: node, in: channel, from: device) }
        guard channel.owner == number || channel.admins.contains(number) else { return refuse(node, 403, from: device) }
        guard let plaintext = node.child("plaintext") else {
            report(.malformedStanza, "device \(device.address) sent channel message \(id) without plaintext")
            return refuse(node, 479, from: device)
        }
        counters.messagesAccepted += 1
        let content = plaintext.bytes ?? []
        if let edit = node["edit"], edit == "3" || edit == "8" {
            guard var post = channel.post(id: id) else { return refuse(node, 404, from: device) }
            post.content = edit == "8" ? [] : content
            post.editedMilliseconds = nowMilliseconds
            channel[serverID: post.serverID] = post
            acknowledge(node, post, from: device)
            return publish(post, of: channel, edit: edit, from: device)
        }
        if let known = channel.post(id: id) {
            counters.repeatedMessages += 1
            return acknowledge(node, known, from: device)
        }
        if (try? WAMessage(decoding: content)) == nil || content.isEmpty {
            report(.malformedContent, "channel message \(id) of device \(device.address) is no message")
        }
        let post = channel.add(
            id: id, type: node["type"] ?? "text", mediaType: plaintext["mediatype"], content: content,
            atSeconds: nowSeconds)
        acknowledge(node, post, from: device)
        publish(post, of: channel, edit: nil, from: device)
    }

    private func route(channelReaction node: Node, in channel: Channel, from device: Device) {
        guard let serverID = node.integer("server_id"), let reaction = node.child("reaction") else {
            report(.malformedStanza, "device \(device.address) sent a channel reaction without server_id or reaction")
            return refuse(node, 479, from: device)
        }
        guard var post = channel[serverID: Int(clamping: serverID)] else { return refuse(node, 404, from: device) }
        post.reactions[device.address.number] = reaction["code"].flatMap { $0.isEmpty ? nil : $0 }
        channel[serverID: post.serverID] = post
        acknowledge(node, post, from: device)
        tellLive(of: post.serverID, in: channel)
    }

    private func refuse(_ node: Node, _ code: Int, from device: Device) {
        acknowledge(node, from: device, adding: [("error", .text(String(code)))])
    }

    private func acknowledge(_ node: Node, _ post: Channel.Post, from device: Device) {
        acknowledge(
            node, from: device,
            adding: [("t", .text(String(post.timestampSeconds))), ("server_id", .text(String(post.serverID)))])
    }

    /// `view`: somebody has looked at posts.
    func route(channelReceipt node: Node, from device: Device) {
        if node["type"] == "read" || node["type"] == "played" {
            return report(.malformedStanza, "device \(device.address) sent a channel a \(node["type"] ?? "") receipt")
        }
        guard node["type"] == "view", let channel = node.jid("to").flatMap({ channels[$0.user] }) else { return }
        for item in node.child("list")?.children("item") ?? [] {
            guard let serverID = item.integer("server_id"), var post = channel[serverID: Int(clamping: serverID)] else {
                report(.unknownTarget, "device \(device.address) has viewed a post that \(channel.id) does not have")
                continue
            }
            post.viewers.insert(device.address.number)
            channel[serverID: post.serverID] = post
        }
    }

    // MARK: - What followers get

    private func publish(_ post: Channel.Post, of channel: Channel, edit: String?, from device: Device) {
        for number in channel.followers.union(channel.admins).union([channel.owner]).sorted() {
            for target in accounts[number]?.sortedDevices ?? [] where target !== device {
                deliver(stanza(of: post, in: channel, edit: edit), to: target)
            }
        }
    }

    private func stanza(of post: Channel.Post, in channel: Channel, edit: String?) -> Node {
        var node = Node(
            "message",
            [
                "from": .jid(channel.jid), "id": .text(post.id), "server_id": .text(String(post.serverID)),
                "t": .text(String(nowSeconds)), "type": .text(post.type),
            ], [plaintext(of: post)])
        guard let edit else { return node }
        node.attributes["edit"] = .text(edit)
        node.content = .nodes([
            plaintext(of: post),
            Node(
                "meta",
                [
                    "msg_edit_t": .text(String(post.editedMilliseconds ?? nowMilliseconds)),
                    "original_msg_t": .text(String(post.timestampSeconds)),
                ]),
        ])
        return node
    }

    func plaintext(of post: Channel.Post) -> Node {
        var node = post.content.isEmpty ? Node("plaintext") : Node("plaintext", [:], bytes: post.content)
        node.attributes["mediatype"] = post.mediaType.map { .text($0) }
        return node
    }

    /// Reactions and views, for devices that asked to hear of them.
    private func tellLive(of serverID: Int, in channel: Channel) {
        guard let post = channel[serverID: serverID] else { return }
        let message = Node("message", ["server_id": .text(String(serverID))], numbers(of: post))
        let messages = Node("messages", ["jid": .jid(channel.jid), "t": .text(String(nowSeconds))], [message])
        for (address, until) in channel.liveDevices.sorted(by: { $0.key < $1.key }) where until >= nowSeconds {
            guard let device = accounts[address.number]?.devices[address.device] else { continue }
            deliver(
                notification("newsletter", from: channel.jid, [Node("live_updates", [:], [messages])]), to: device)
        }
    }

    func numbers(of post: Channel.Post) -> [Node] {
        let reactions = post.reactionCounts.sorted { $0.key < $1.key }.map {
            Node("reaction", ["code": .text($0.key), "count": .text(String($0.value))])
        }
        return [
            Node("reactions", [:], reactions), Node("views_count", ["count": .text(String(post.viewers.count))]),
        ]
    }
}

extension Channel.Post {
    /// What people read of it.
    var text: String? { (try? WAMessage(decoding: content))?.shownText }
}
