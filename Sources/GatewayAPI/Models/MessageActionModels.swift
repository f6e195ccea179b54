import Gateway
import StrictJSON

/// `POST …/messages/react` (contract 3.6).
struct ReactBody: RequestModel {
    let target: MessageTarget
    /// Empty takes the reaction away.
    let emoji: String

    static let fields: FieldSet = [.chatID(), .messageID(), .required("emoji", .string, .maximumLength(32))]

    init(_ values: FieldValues) {
        target = MessageTarget(values)
        emoji = values.string("emoji")
    }
}

/// `POST …/messages/delete`.
struct DeleteMessageBody: RequestModel {
    let target: MessageTarget
    let isForEveryone: Bool

    static let fields: FieldSet = [.chatID(), .messageID(), .optional("forEveryone", .boolean)]

    init(_ values: FieldValues) {
        target = MessageTarget(values)
        isForEveryone = values.optionalBoolean("forEveryone") ?? true
    }
}

/// `POST …/messages/edit`.
struct EditMessageBody: RequestModel {
    let target: MessageTarget
    let text: OutgoingText

    static let fields: FieldSet = [
        .chatID(), .messageID(), .required("body", .string, .notEmpty, .maximumLength(4096)), .mentions,
    ]

    init(_ values: FieldValues) {
        target = MessageTarget(values)
        text = OutgoingText(values.string("body"), mentions: values.optionalStrings("mentions") ?? [])
    }
}

/// `POST …/messages/pin`.
struct PinMessageBody: RequestModel {
    let target: MessageTarget
    let durationSeconds: Int64

    /// What phones offer: a day, a week, thirty days.
    static let fields: FieldSet = [
        .chatID(), .messageID(), .optional("durationSeconds", .oneOfIntegers([86_400, 604_800, 2_592_000])),
    ]

    init(_ values: FieldValues) {
        target = MessageTarget(values)
        durationSeconds = values.optionalInteger("durationSeconds") ?? 86_400
    }
}

/// `POST …/messages/unpin`.
struct UnpinMessageBody: RequestModel {
    let target: MessageTarget

    static let fields: FieldSet = [.chatID(), .messageID()]

    init(_ values: FieldValues) { target = MessageTarget(values) }
}

/// `POST …/messages/star`.
struct StarMessageBody: RequestModel {
    let target: MessageTarget
    let isStarred: Bool

    static let fields: FieldSet = [.chatID(), .messageID(), .required("star", .boolean)]

    init(_ values: FieldValues) {
        target = MessageTarget(values)
        isStarred = values.boolean("star")
    }
}

/// `POST …/messages/vote-poll`: the texts of the options; none takes the vote back.
struct VotePollBody: RequestModel {
    let target: MessageTarget
    let options: [String]

    static let fields: FieldSet = [
        .chatID(), .messageID("pollMessageId"), .required("options", .array, .maximumCount(12), .each(.string)),
    ]

    init(_ values: FieldValues) {
        target = MessageTarget(chatID: values.string("chatId"), messageID: values.string("pollMessageId"))
        options = values.optionalStrings("options") ?? []
    }
}

/// `POST …/messages/click-button`.
struct ClickButtonBody: RequestModel {
    let target: MessageTarget
    let buttonID: String
    let text: String?

    static let fields: FieldSet = [
        .chatID(), .messageID(), .required("buttonId", .string, .notEmpty, .maximumLength(256)),
        .optional("text", .string, .notEmpty, .maximumLength(4096)),
    ]

    init(_ values: FieldValues) {
        target = MessageTarget(values)
        buttonID = values.string("buttonId")
        text = values.optionalString("text")
    }
}

extension MessageTarget {
    fileprivate init(_ values: FieldValues) {
        self.init(chatID: values.string("chatId"), messageID: values.string("messageId"))
    }
}

/// One emoji and who put it on a message (contract 3.7).
struct ReactionModel: DocumentedModel {
    let emoji: String
    let reactions: [MessageReaction]

    static let schema = Schema.object([
        .always("emoji", .string),
        .always(
            "senders",
            .array(
                of: .object([
                    .always("senderId", .string), .always("emoji", .string), .always("timestamp", .seconds),
                ]))),
    ])

    /// One model for each emoji, in the order in which they first appeared.
    static func grouping(_ reactions: [MessageReaction]) -> [ReactionModel] {
        var emojis: [String] = []
        for reaction in reactions where !emojis.contains(reaction.emoji) { emojis.append(reaction.emoji) }
        return emojis.map { emoji in
            ReactionModel(emoji: emoji, reactions: reactions.filter { $0.emoji == emoji })
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("emoji", emoji)
            json.member("senders", array: reactions.map(SenderModel.init))
        }
    }

    private struct SenderModel: JSONWritable {
        let reaction: MessageReaction

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("senderId", reaction.senderID)
                json.member("emoji", reaction.emoji)
                json.member("timestamp", reaction.reactedAtMilliseconds / 1000)
            }
        }
    }
}
