import WABinary

/// What clients ask of channels by requests of their own kind: posts, and what became of them. Section 8.5 of the
/// protocol reference.
extension SimulatedServer {
    func answerChannelRequest(_ node: Node, from device: Device, on connection: Connection) {
        guard let child = node.children.first else {
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        let key = child["jid"] ?? child["key"] ?? node.jid("to").flatMap { $0.isNewsletter ? $0.description : nil }
        guard let channel = channel(named: key) else {
            return replyError(to: node, code: 404, text: "item-not-found", on: connection)
        }
        let count = Int(clamping: min(max(child.integer("count") ?? 100, 1), 100))
        switch child.tag {
        case "messages":
            let before = child.integer("before").map { Int(clamping: $0) } ?? .max
            let posts = channel.posts.filter { $0.serverID < before }.suffix(count)
            let isOwner = channel.owner == device.address.number
            let messages = posts.map { message($0, isOwner: isOwner, withContent: true) }
            reply(
                to: node,
                [Node("messages", ["jid": .jid(channel.jid), "t": .text(String(nowSeconds))], messages)],
                on: connection)
        case "message_updates":
            let after = child.integer("after").map { Int(clamping: $0) } ?? 0
            let messages = channel.posts.filter { $0.serverID > after }.suffix(count).map {
                message($0, isOwner: false, withContent: false)
            }
            reply(
                to: node,
                [
                    Node(
                        "message_updates", [:],
                        [Node("messages", ["jid": .jid(channel.jid), "t": .text(String(nowSeconds))], messages)])
                ],
                on: connection)
        case "live_updates":
            channel.liveDevices[device.address] = nowSeconds + Self.liveSeconds
            reply(to: node, [Node("live_updates", ["duration": .text(String(Self.liveSeconds))])], on: connection)
        default: replyUnknown(to: node, on: connection)
        }
    }

    private static let liveSeconds: Int64 = 300

    private func message(_ post: Channel.Post, isOwner: Bool, withContent: Bool) -> Node {
        var attributes: Attributes = [
            "id": .text(post.id), "server_id": .text(String(post.serverID)),
            "t": .text(String(post.timestampSeconds)), "type": .text(post.type),
        ]
        if isOwner { attributes["is_sender"] = "true" }
        return Node("message", attributes, (withContent ? [plaintext(of: post)] : []) + numbers(of: post))
    }
}
