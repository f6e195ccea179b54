import FoundationEssentials
import WABinary

/// What clients ask of channels: GraphQL by numbers of queries, and requests of their own kind. Section 8.5 of the
/// protocol reference.
extension SimulatedServer {
    private enum Query {
        case metadata, subscribed, create, update, follow, unfollow, mute, unmute
    }

    /// The numbers change with the web client; those known to the reference all mean the same.
    private static let queries: [String: Query] = [
        "6563316087068696": .metadata, "9779843322044422": .metadata, "25383075034668475": .metadata,
        "7272540469429201": .metadata,
        "6388546374527196": .subscribed, "8621797084555037": .subscribed, "33101596156151910": .subscribed,
        "6234210096708695": .create, "27527996220149684": .create, "8823471724422422": .create,
        "25149874324715067": .create,
        "7150902998257522": .update, "7839742399440946": .update, "24250201037901610": .update,
        "9926858900719341": .follow, "24404358912487870": .follow,
        "6392786840836363": .unfollow, "8782612271820087": .unfollow, "9767147403369991": .unfollow,
        "6274038279359549": .mute, "5971669009605755": .mute, "29766401636284406": .mute,
        "6068417879924485": .unmute, "6104029483058502": .unmute, "9864994326891137": .unmute,
    ]

    // MARK: - GraphQL

    func answerChannelQuery(_ node: Node, from device: Device, on connection: Connection) {
        guard let child = node.child("query"), let query = Self.queries[child["query_id"] ?? ""] else {
            return replyUnknown(to: node, on: connection)
        }
        let asked = child.bytes.flatMap { try? JSONDecoder().decode(ChannelQuery.self, from: Data($0)) }
        guard let variables = asked?.variables else {
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        let number = device.address.number
        let data: ChannelAnswer.Contents?
        switch query {
        case .subscribed:
            let mine = channels.values.filter { $0.followers.contains(number) || $0.owner == number }
            data = .init(subscribed: mine.sorted { $0.id < $1.id }.map { ChannelAnswer.Metadata($0, for: number) })
        case .create:
            let wish = variables.input ?? variables.newsletterInput
            data = wish?.name.map {
                let made = makeChannel($0, description: wish?.description, owner: number)
                return .init(created: ChannelAnswer.Metadata(made, for: number))
            }
        case .metadata:
            data = channel(named: variables.input?.key ?? variables.newsletterID).map {
                .init(metadata: ChannelAnswer.Metadata($0, for: number))
            }
        case .update, .follow, .unfollow, .mute, .unmute:
            data = channel(named: variables.newsletterID).flatMap { change($0, by: query, variables, number) }
        }
        let answer =
            data.map { ChannelAnswer(data: $0, errors: nil) }
            ?? ChannelAnswer(data: nil, errors: [.init(message: "Not Found", extensions: .init(errorCode: 404))])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = (try? encoder.encode(answer)).map { [UInt8]($0) } ?? []
        reply(to: node, [Node("result", [:], bytes: json)], on: connection)
    }

    private func change(
        _ channel: Channel, by query: Query, _ variables: ChannelQuery.Variables, _ number: String
    ) -> ChannelAnswer.Contents? {
        switch query {
        case .update:
            guard channel.owner == number else { return nil }
            if let name = variables.updates?.name { channel.name = name }
            if let description = variables.updates?.description { channel.description = description }
            return .init(updated: ChannelAnswer.Metadata(channel, for: number))
        case .follow:
            channel.followers.insert(number)
            return .init(joined: ChannelAnswer.Metadata(channel, for: number))
        case .unfollow:
            channel.followers.remove(number)
            return .init(left: ChannelAnswer.Metadata(channel, for: number))
        case .mute: channel.mutedBy.insert(number)
        default: channel.mutedBy.remove(number)
        }
        return .init()
    }

    /// By its address, or by the code of its invite link.
    private func channel(named key: String?) -> Channel? {
        guard let key else { return nil }
        if let jid = JID(key), jid.isNewsletter { return channels[jid.user] }
        return channels.values.first { $0.inviteCode == key }
    }

    // MARK: - Posts

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
