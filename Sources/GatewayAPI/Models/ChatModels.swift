import StrictJSON

/// `POST …/chats/read`: a whole chat, or some messages of it.
struct MarkReadBody: RequestModel {
    let chatID: String
    let messageIDs: [String]?

    static let fields: FieldSet = [
        .required("chatId", .string, .matches(chatIDPattern)),
        .optional("messageIds", .array, .minimumCount(1), .maximumCount(100), .each(.string), .each(.notEmpty)),
    ]

    /// Something, one `@`, something; no white space.
    static let chatIDPattern = Rule.Pattern(description: #"/^[^\s@]+@[^\s@]+$/"#) { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains(where: \.isWhitespace)
    }

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        messageIDs = values.optionalStrings("messageIds")
    }
}

/// `{"success":…}`: false means that WhatsApp had nothing to do it with.
struct SuccessModel: DocumentedModel {
    let success: Bool

    static let schema = Schema.object([.always("success", .boolean)])

    func write(to json: inout JSONWriter) {
        json.object { $0.member("success", success) }
    }
}
