import WABinary

/// The JSON of `w:mex` queries about channels: `{"variables": {…}}`.
struct ChannelQuery: Decodable {
    struct Wish: Decodable {
        let key: String?
        let name: String?
        let description: String?
    }

    struct Variables: Decodable {
        let newsletterID: String?
        let input: Wish?
        let newsletterInput: Wish?
        let updates: Wish?

        private enum CodingKeys: String, CodingKey {
            case newsletterID = "newsletter_id"
            case input
            case newsletterInput = "newsletter_input"
            case updates
        }
    }

    let variables: Variables
}

/// `{"data": {key: …}}`, or `{"errors": […]}`.
struct ChannelAnswer: Encodable {
    struct Failure: Encodable {
        struct Extensions: Encodable {
            let errorCode: Int

            private enum CodingKeys: String, CodingKey { case errorCode = "error_code" }
        }

        let message: String
        let extensions: Extensions
    }

    struct Contents: Encodable {
        var metadata: Metadata?
        var subscribed: [Metadata]?
        var created: Metadata?
        var updated: Metadata?
        var joined: Metadata?
        var left: Metadata?

        private enum CodingKeys: String, CodingKey {
            case metadata = "xwa2_newsletter"
            case subscribed = "xwa2_newsletter_subscribed"
            case created = "xwa2_newsletter_create"
            case updated = "xwa2_newsletter_update"
            case joined = "xwa2_newsletter_join_v2"
            case left = "xwa2_newsletter_leave_v2"
        }
    }

    /// One channel, as somebody sees it. Numbers are texts.
    struct Metadata: Encodable {
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
            let invite: String
            let subscribersCount: String
            let verification: String
            let creationTime: String
            let settings: Settings

            private enum CodingKeys: String, CodingKey {
                case name, description, invite, verification, settings
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

        init(_ channel: Channel, for number: String) {
            let time = String(channel.createdSeconds * 1_000_000)
            id = channel.jid.description
            state = State(type: "ACTIVE")
            thread = Thread(
                name: Text(text: channel.name, id: time, updateTime: time),
                description: Text(text: channel.description ?? "", id: time, updateTime: time),
                invite: channel.inviteCode, subscribersCount: String(channel.followers.count),
                verification: "UNVERIFIED", creationTime: String(channel.createdSeconds),
                settings: .init(reactionCodes: .init(value: "ALL")))
            viewer = Viewer(
                mute: channel.mutedBy.contains(number) ? "ON" : "OFF",
                role: channel.owner == number
                    ? "OWNER" : channel.followers.contains(number) ? "SUBSCRIBER" : "GUEST")
        }
    }

    let data: Contents?
    let errors: [Failure]?
}
