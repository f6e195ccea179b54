import Gateway
import StrictJSON

extension Field {
    /// A chat as the chat routes want it: something, one `@`, something; no white space.
    fileprivate static let chat = Field.required("chatId", .string, .matches(MarkReadBody.chatIDPattern))
}

/// `POST …/chats/read`: a whole chat, or some messages of it.
struct MarkReadBody: RequestModel {
    let chatID: String
    let messageIDs: [String]?

    static let fields: FieldSet = [
        .chat,
        .optional("messageIds", .array, .minimumCount(1), .maximumCount(100), .each(.string), .each(.notEmpty)),
    ]

    static let chatIDPattern = Rule.Pattern(description: #"/^[^\s@]+@[^\s@]+$/"#) { text in
        // Scalar by scalar: see `ExactText`.
        let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(where: \.properties.isWhitespace) }
    }

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        messageIDs = values.optionalStrings("messageIds")
    }
}

/// `POST …/chats/unread` and `…/chats/delete`.
struct ChatBody: RequestModel {
    let chatID: String

    static let fields: FieldSet = [.chat]

    init(_ values: FieldValues) { chatID = values.string("chatId") }
}

/// `POST …/chats/archive`.
struct ArchiveChatBody: RequestModel {
    let chatID: String
    let isArchived: Bool

    static let fields: FieldSet = [.chat, .required("archive", .boolean)]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        isArchived = values.boolean("archive")
    }
}

/// `POST …/chats/pin`.
struct PinChatBody: RequestModel {
    let chatID: String
    let isPinned: Bool

    static let fields: FieldSet = [.chat, .required("pin", .boolean)]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        isPinned = values.boolean("pin")
    }
}

/// `POST …/chats/mute`.
struct MuteChatBody: RequestModel {
    let chatID: String
    /// Unix milliseconds; nil makes it ring again.
    let until: Int64?

    static let fields: FieldSet = [.chat, .required("muteUntil", .orNull(.integer), .orNull(.minimum(-1)))]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        until = values.optionalInteger("muteUntil")
    }
}

/// One chat of a list.
struct ChatModel: DocumentedModel {
    let chat: ChatRecord

    static let schema = Schema.object([
        .always("id", .string), .always("name", .string), .always("isGroup", .boolean),
        .always("kind", .oneOf(ChatKind.allCases.map(\.rawValue))), .always("unreadCount", .integer),
        .always("timestamp", .seconds), .maybe("lastMessage", .string), .maybe("lastMessageType", .string),
        .always("archived", .boolean), .always("pinned", .boolean), .always("muted", .boolean),
        .maybe("muteExpiration", .integer),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", chat.id)
            json.member("name", chat.name)
            json.member("isGroup", chat.kind == .group)
            json.member("kind", chat.kind.rawValue)
            json.member("unreadCount", Int64(chat.unreadCount))
            json.member("timestamp", chat.timestampSeconds)
            if let text = chat.lastMessage { json.member("lastMessage", text) }
            if let type = chat.lastMessageType { json.member("lastMessageType", type) }
            json.member("archived", chat.isArchived)
            json.member("pinned", chat.isPinned)
            json.member("muted", chat.isMuted)
            if let end = chat.muteExpirationMilliseconds { json.member("muteExpiration", end) }
        }
    }
}

/// `{"success":…}`: false means that WhatsApp had nothing to do it with.
struct SuccessModel: DocumentedModel {
    let success: Bool
    var message: String?

    static let schema = Schema.object([.always("success", .boolean), .maybe("message", .string)])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("success", success)
            if let message { json.member("message", message) }
        }
    }
}
