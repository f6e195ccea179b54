import Foundation
import Hummingbird
import WABinary
import WASimulator

/// Channels, and who sees status posts.
struct ChannelRoutes {
    let host: SimulatorHost

    func add(to router: Router<BasicRequestContext>) {
        router.put("phones/:number/status-audience") { request, context in
            let number = try context.number()
            let members = try await request.decode(as: StatusAudience.self, context: context).members
            try await host.drive { server, _ in
                try server.setStatusAudience(members?.map(PhoneNumber.digits), of: number)
            }
            return Response(status: .noContent)
        }
        router.post("channels") { request, context in
            let wanted = try await request.decode(as: NewChannel.self, context: context)
            let made = try await host.drive { server, _ in
                let id = try server.addChannel(
                    wanted.name, owner: PhoneNumber.digits(of: wanted.owner), description: wanted.description,
                    id: wanted.id.map(GroupAddress.id), followers: (wanted.followers ?? []).map(PhoneNumber.digits))
                return ChannelModel(try server.channel(id))
            }
            return EditedResponse(status: .created, response: made)
        }
        router.get("channels") { _, _ in
            await host.drive { server, _ in ChannelList(channels: server.channelList().map { ChannelModel($0) }) }
        }
        router.get("channels/:channel") { _, context in
            let id = try context.channel()
            return try await host.drive { server, _ in ChannelModel(try server.channel(id)) }
        }
        router.get("channels/:channel/messages") { _, context in
            let id = try context.channel()
            return try await host.drive { server, _ in
                ChannelPosts(messages: try server.channel(id).posts.map { PostModel($0) })
            }
        }
        for (word, isFollowing) in [("follow", true), ("unfollow", false)] {
            router.post("channels/:channel/\(word)") { request, context in
                let id = try context.channel()
                let actor = PhoneNumber.digits(
                    of: try await request.decode(as: LeaveRequest.self, context: context).actor)
                return try await host.drive { server, _ in
                    try server.follow(isFollowing, channel: id, by: actor)
                    return ChannelModel(try server.channel(id))
                }
            }
        }
        router.post("channels/:channel/reactions") { request, context in
            let id = try context.channel()
            let wanted = try await request.decode(as: ChannelReaction.self, context: context)
            let count = wanted.count ?? 1
            guard (1...1_000_000).contains(count) else {
                throw ControlError.badRequest("count must be from 1 to 1000000.")
            }
            try await host.drive { server, _ in
                try server.react(wanted.emoji, count: count, to: wanted.serverId, in: id)
            }
            return Response(status: .noContent)
        }
    }
}

extension RequestContext {
    fileprivate func channel() throws -> String { GroupAddress.id(of: try parameters.require("channel")) }
}

struct StatusAudience: Decodable {
    /// nil: everybody the account knows.
    let members: [String]?
}

struct NewChannel: Decodable {
    let name: String
    let owner: String
    let description: String?
    let id: String?
    let followers: [String]?
}

struct ChannelReaction: Decodable {
    let serverId: Int
    let emoji: String
    let count: Int?
}

struct ChannelModel: ResponseEncodable {
    let id: String
    let jid: String
    let name: String
    let description: String?
    let owner: String
    /// The code of `https://whatsapp.com/channel/<code>`.
    let invite: String
    let followers: [String]
    let messageCount: Int

    init(_ channel: ChannelSnapshot) {
        id = channel.id
        jid = channel.jid.description
        name = channel.name
        description = channel.description
        owner = channel.owner
        invite = channel.inviteCode
        followers = channel.followers
        messageCount = channel.posts.count
    }
}

struct ChannelList: ResponseEncodable {
    let channels: [ChannelModel]
}

struct ChannelPosts: ResponseEncodable {
    let messages: [PostModel]
}

struct PostModel: Encodable {
    let id: String
    let serverId: Int
    let type: String
    let text: String?
    let timestampSeconds: Int64
    let reactions: [String: Int]
    let views: Int
    /// The protobuf, base64; empty once it is taken back.
    let message: String

    init(_ post: ChannelSnapshot.Post) {
        id = post.id
        serverId = post.serverID
        type = post.type
        text = post.text
        timestampSeconds = post.timestampSeconds
        reactions = post.reactions
        views = post.views
        message = Data(post.message).base64EncodedString()
    }
}
