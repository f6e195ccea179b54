import WABinary
import WAProto

/// What devices of the simulator say in channels they own, and see in those they follow.
extension VirtualDevice {
    /// - Parameter id: of the post that is made, changed or taken back.
    func say(_ speech: Speech, id: String, in channel: Channel, as device: Device, in server: SimulatedServer) {
        let content = speech.message.unwrapped.content
        if content.hasReactionMessage {
            return react(content.reactionMessage, id: id, in: channel, as: device, in: server)
        }
        var node = Node("message", ["id": .text(id), "to": .jid(channel.jid), "type": .text(speech.facts.type)])
        var plaintext = Node("plaintext", [:], bytes: speech.message.encoded())
        plaintext.attributes["mediatype"] = speech.facts.mediaType.map { .text($0) }
        if content.hasProtocolMessage, content.protocolMessage.hasKey {
            let isEdit = content.protocolMessage.type == .messageEdit
            node.attributes["edit"] = isEdit ? "3" : "8"
            plaintext =
                isEdit
                ? Node("plaintext", [:], bytes: content.protocolMessage.editedMessage.encoded()) : Node("plaintext")
            apply(.init(id: id, writer: address.number, chat: channel.jid, message: speech.message), in: server)
        } else {
            remember(
                SaidMessage(
                    id: id, chat: channel.jid, text: speech.message.shownText,
                    saidMilliseconds: server.nowMilliseconds, message: speech.message.encoded(),
                    recipient: channel.id))
        }
        node.content = .nodes([plaintext])
        server.submit(node, from: device)
    }

    private func react(
        _ reaction: WAReactionMessage, id: String, in channel: Channel, as device: Device, in server: SimulatedServer
    ) {
        remember(
            SaidMessage(
                id: id, chat: channel.jid, text: reaction.text, saidMilliseconds: server.nowMilliseconds, message: [],
                recipient: channel.id))
        var child = Node("reaction")
        if !reaction.text.isEmpty { child.attributes["code"] = .text(reaction.text) }
        var node = Node("message", ["id": .text(id), "to": .jid(channel.jid), "type": "reaction"], [child])
        node.attributes["server_id"] = channel.post(id: reaction.key.id).map { .text(String($0.serverID)) }
        if reaction.text.isEmpty { node.attributes["edit"] = "7" }
        server.submit(node, from: device)
    }

    /// Nobody is named as the author of a post: it is kept as if the channel itself had a phone.
    func receive(channelMessage node: Node, in server: SimulatedServer) {
        guard let id = node["id"], let chat = node.jid("from"), let channel = server.channels[chat.user] else { return }
        let name = MessageName(sender: DeviceAddress(chat.user), id: id)
        let bytes = node.child("plaintext")?.bytes ?? []
        if node["edit"] != nil, var known = inbox[name] {
            let text = (try? WAMessage(decoding: bytes))?.shownText
            if bytes.isEmpty {
                known.changes.revokedBy = channel.owner
                known.text = nil
            } else {
                known.changes.edit(from: known.text, id: id, atMilliseconds: server.nowMilliseconds)
                known.text = text
            }
            inbox[name] = known
            return
        }
        guard inbox[name] == nil, let message = try? WAMessage(decoding: bytes) else { return }
        inbox[name] = InboxMessage(
            id: id, chat: chat, sender: name.sender, isFromMe: channel.owner == address.number,
            text: message.shownText, kind: message.kindName, timestampSeconds: node.integer("t") ?? 0,
            receivedMilliseconds: server.nowMilliseconds, retryCount: 0, message: bytes)
        if let media = message.shown.media { server.received(media, as: name, on: self) }
    }
}
