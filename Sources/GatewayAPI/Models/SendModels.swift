import Gateway

/// `POST …/messages/send-text` (contract 3.3).
struct SendTextBody: RequestModel {
    let chatID: String
    let text: String
    let mentions: [String]
    let quotedMessageID: String?
    let linkPreview: Bool?
    let customLinkPreview: OutgoingLinkPreview?

    static let fields: FieldSet = [
        .chatID(),
        .required("text", .string, .notEmpty, .maximumLength(4096)),
        .mentions,
        .optional("linkPreview", .boolean),
        .optional(
            "customLinkPreview",
            .nested([
                .required("url", .string, .notEmpty, .maximumLength(2048)),
                .required("title", .string, .notEmpty, .maximumLength(256)),
                .optional("description", .string, .maximumLength(1024)),
            ])),
        .quotedMessageID,
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        text = values.string("text")
        mentions = values.optionalStrings("mentions") ?? []
        quotedMessageID = values.optionalString("quotedMessageId")
        linkPreview = values.optionalBoolean("linkPreview")
        customLinkPreview = values.optionalValues("customLinkPreview").map { preview in
            OutgoingLinkPreview(
                url: preview.string("url"), title: preview.string("title"),
                description: preview.optionalString("description"))
        }
    }
}

/// `POST …/messages/reply`.
struct ReplyBody: RequestModel {
    let chatID: String
    let quotedMessageID: String
    let text: OutgoingText

    static let fields: FieldSet = [
        .chatID(),
        .messageID("quotedMessageId"),
        .required("text", .string, .notEmpty, .maximumLength(4096)),
        .mentions,
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        quotedMessageID = values.string("quotedMessageId")
        text = OutgoingText(values.string("text"), mentions: values.optionalStrings("mentions") ?? [])
    }
}

/// `POST …/messages/forward`.
struct ForwardBody: RequestModel {
    let fromChatID: String
    let toChatID: String
    let messageID: String

    static let fields: FieldSet = [.chatID("fromChatId"), .chatID("toChatId"), .messageID()]

    init(_ values: FieldValues) {
        fromChatID = values.string("fromChatId")
        toChatID = values.string("toChatId")
        messageID = values.string("messageId")
    }
}

/// `POST …/messages/send-location` (contract 3.5).
struct SendLocationBody: RequestModel {
    let chatID: String
    let location: OutgoingLocation
    let quotedMessageID: String?

    static let fields = FieldSet([.chatID()] + placeFields + [.quotedMessageID])
    static let placeFields: [Field] = [
        .required("latitude", .latitude),
        .required("longitude", .longitude),
        .optional("description", .string, .maximumLength(1024)),
        .optional("address", .string, .maximumLength(1024)),
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        location = Self.place(values)
        quotedMessageID = values.optionalString("quotedMessageId")
    }

    static func place(_ values: FieldValues) -> OutgoingLocation {
        OutgoingLocation(
            latitude: values.double("latitude"), longitude: values.double("longitude"),
            name: values.optionalString("description"), address: values.optionalString("address"))
    }
}

/// `POST …/messages/send-contact` (contract 3.5).
struct SendContactBody: RequestModel {
    let chatID: String
    let contact: OutgoingContact
    let quotedMessageID: String?

    static let fields = FieldSet([.chatID()] + cardFields + [.quotedMessageID])
    static let cardFields: [Field] = [
        .required("contactName", .string, .notEmpty, .maximumLength(255)),
        .required("contactNumber", .string, .notEmpty, .maximumLength(30), .readable(.phoneNumber)),
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        contact = Self.card(values)
        quotedMessageID = values.optionalString("quotedMessageId")
    }

    static func card(_ values: FieldValues) -> OutgoingContact {
        OutgoingContact(
            name: values.string("contactName"),
            number: values.string("contactNumber").filter { $0.isASCII && $0.isNumber })
    }
}

/// `POST …/messages/send-poll` (contract 3.5).
struct SendPollBody: RequestModel {
    let chatID: String
    let poll: OutgoingPoll
    let quotedMessageID: String?

    static let fields = FieldSet([.chatID()] + pollFields + [.quotedMessageID])
    static let pollFields: [Field] = [
        .required("name", .string, .notEmpty, .maximumLength(255)),
        .required(
            "options", .array, .minimumCount(2), .maximumCount(12), .each(.string), .each(.notEmpty),
            .each(.maximumLength(100))),
        .optional("allowMultipleAnswers", .boolean),
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        poll = Self.poll(values)
        quotedMessageID = values.optionalString("quotedMessageId")
    }

    static func poll(_ values: FieldValues) -> OutgoingPoll {
        OutgoingPoll(
            question: values.string("name"), options: values.optionalStrings("options") ?? [],
            allowsMultipleAnswers: values.optionalBoolean("allowMultipleAnswers") ?? false)
    }
}

/// `POST …/messages/send-template` (contract 3.3).
struct SendTemplateBody: RequestModel {
    let chatID: String
    /// Nil when the caller named none.
    let template: TemplateName?
    let variables: [String: String]
    let mentions: [String]
    let linkPreview: Bool?

    static let fields = FieldSet([.chatID()] + templateFields + [.mentions, .optional("linkPreview", .boolean)])
    static let templateFields: [Field] = [
        .optional("templateId", .string, .notEmpty),
        .optional("templateName", .string, .notEmpty),
        .optional("vars", .object, .stringValues),
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        template = Self.template(values)
        variables = values.optionalStringMap("vars") ?? [:]
        mentions = values.optionalStrings("mentions") ?? []
        linkPreview = values.optionalBoolean("linkPreview")
    }

    static func template(_ values: FieldValues) -> TemplateName? {
        values.optionalString("templateId").map(TemplateName.id)
            ?? values.optionalString("templateName").map(TemplateName.name)
    }
}
