package import WABinary

/// A channel (newsletter) as the server knows it: what its owner says, to whoever follows it, in plaintext.
final class Channel {
    struct Post: Sendable, Equatable {
        let id: String
        /// Counts the posts of the channel from 100.
        let serverID: Int
        let timestampSeconds: Int64
        var type: String
        var mediaType: String?
        /// A protobuf `Message` without padding; empty once it is taken back.
        var content: [UInt8]
        var editedMilliseconds: Int64?
        /// The emoji of each account that reacted.
        var reactions: [String: String] = [:]
        /// Reactions of people who are not in the simulator.
        var otherReactions: [String: Int] = [:]
        var viewers: Set<String> = []

        /// By emoji.
        var reactionCounts: [String: Int] {
            reactions.values.reduce(into: otherReactions) { $0[$1, default: 0] += 1 }
        }
    }

    let id: String
    var owner: String
    /// Who may change it beside the owner.
    var admins: Set<String> = []
    let createdSeconds: Int64
    let inviteCode: String
    var name: String
    var description: String?
    var picture: ProfilePicture?
    var followers: Set<String>
    var mutedBy: Set<String> = []
    private(set) var posts: [Post] = []
    /// Devices that want to hear of reactions and views, and until when.
    var liveDevices: [DeviceAddress: Int64] = [:]

    private static let firstServerID = 100

    init(
        id: String, name: String, description: String?, owner: String, followers: Set<String>, inviteCode: String,
        createdSeconds: Int64
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.owner = owner
        self.followers = followers
        self.inviteCode = inviteCode
        self.createdSeconds = createdSeconds
    }

    var jid: JID { JID(id, .newsletter) }

    /// What somebody is there, in the words of `w:mex`.
    func role(of number: String) -> String {
        if owner == number { return "OWNER" }
        if admins.contains(number) { return "ADMIN" }
        return followers.contains(number) ? "SUBSCRIBER" : "GUEST"
    }

    /// Any number may be asked for.
    subscript(serverID serverID: Int) -> Post? {
        get { index(of: serverID).map { posts[$0] } }
        set {
            if let index = index(of: serverID), let newValue { posts[index] = newValue }
        }
    }

    private func index(of serverID: Int) -> Int? {
        guard serverID >= Self.firstServerID, serverID - Self.firstServerID < posts.count else { return nil }
        return serverID - Self.firstServerID
    }

    func post(id: String) -> Post? { posts.last { $0.id == id } }

    func add(id: String, type: String, mediaType: String?, content: [UInt8], atSeconds now: Int64) -> Post {
        let post = Post(
            id: id, serverID: Self.firstServerID + posts.count, timestampSeconds: now, type: type,
            mediaType: mediaType, content: content)
        posts.append(post)
        return post
    }
}

/// A picture of a channel for people.
package struct ChannelSnapshot: Sendable, Equatable {
    package struct Post: Sendable, Equatable {
        package let id: String
        package let serverID: Int
        package let type: String
        package let text: String?
        package let timestampSeconds: Int64
        package let reactions: [String: Int]
        package let views: Int
        /// The protobuf.
        package let message: [UInt8]
    }

    package let id: String
    package let jid: JID
    package let name: String
    package let description: String?
    package let owner: String
    package let inviteCode: String
    /// Sorted.
    package let followers: [String]
    package let posts: [Post]

    init(_ channel: Channel) {
        id = channel.id
        jid = channel.jid
        name = channel.name
        description = channel.description
        owner = channel.owner
        inviteCode = channel.inviteCode
        followers = channel.followers.sorted()
        posts = channel.posts.map { post in
            Post(
                id: post.id, serverID: post.serverID, type: post.type, text: post.text,
                timestampSeconds: post.timestampSeconds, reactions: post.reactionCounts, views: post.viewers.count,
                message: post.content)
        }
    }
}
