import WABinary

/// One channel in the JSON of `w:mex`, as somebody sees it. Numbers are texts.
struct ChannelMetadata: Encodable {
    struct State: Encodable {
        let type: String
    }

    struct Text: Encodable {
        let text: String
        let id: String
        /// Microseconds.
        let updateTime: String

        private enum CodingKeys: String, CodingKey {
            case text, id
            case updateTime = "update_time"
        }
    }

    /// Empty where there is none: Baileys reads its fields without looking whether it is there.
    struct Picture: Encodable {
        let id: String
        let type: String
        let directPath: String

        private enum CodingKeys: String, CodingKey {
            case id, type
            case directPath = "direct_path"
        }

        init(_ picture: ProfilePicture?, type: String) {
            id = picture?.id ?? ""
            self.type = type
            directPath = picture?.directPath ?? ""
        }
    }

    struct Thread: Encodable {
        struct Settings: Encodable {
            struct ReactionCodes: Encodable {
                let value: String
            }

            let reactionCodes: ReactionCodes

            private enum CodingKeys: String, CodingKey { case reactionCodes = "reaction_codes" }
        }

        let name: Text
        let description: Text
        let picture: Picture
        let preview: Picture
        let invite: String
        let subscribersCount: String
        let verification: String
        let creationTime: String
        let settings: Settings

        private enum CodingKeys: String, CodingKey {
            case name, description, picture, preview, invite, verification, settings
            case subscribersCount = "subscribers_count"
            case creationTime = "creation_time"
        }
    }

    struct Viewer: Encodable {
        let mute: String
        let role: String
    }

    let id: String
    let state: State
    let thread: Thread
    let viewer: Viewer

    private enum CodingKeys: String, CodingKey {
        case id, state
        case thread = "thread_metadata"
        case viewer = "viewer_metadata"
    }

    init(_ channel: Channel, for number: String, state: String = "ACTIVE") {
        let time = String(channel.createdSeconds * 1_000_000)
        id = channel.jid.description
        self.state = State(type: state)
        thread = Thread(
            name: Text(text: channel.name, id: time, updateTime: time),
            description: Text(text: channel.description ?? "", id: time, updateTime: time),
            picture: Picture(channel.picture, type: "IMAGE"), preview: Picture(channel.picture, type: "PREVIEW"),
            invite: channel.inviteCode, subscribersCount: String(channel.followers.count),
            verification: "UNVERIFIED", creationTime: String(channel.createdSeconds),
            settings: .init(reactionCodes: .init(value: "ALL")))
        viewer = Viewer(mute: channel.mutedBy.contains(number) ? "ON" : "OFF", role: channel.role(of: number))
    }
}

/// Somebody who follows a channel, as its owner and admins see them.
struct ChannelFollower: Encodable {
    struct Person: Encodable {
        let id: String
        let pn: String
        let displayName: String

        private enum CodingKeys: String, CodingKey {
            case id, pn
            case displayName = "display_name"
        }
    }

    let node: Person
    let role: String
}
