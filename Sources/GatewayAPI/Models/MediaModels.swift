import Gateway

/// `POST …/messages/send-image`, `send-video`, `send-audio`, `send-document`, `send-sticker` (contract 3.4): one flat body,
/// or a form with the file as a part.
protocol SendMediaModel: RequestModel {
    var media: SendMediaBody { get }
}

struct SendMediaBody: Sendable {
    let chatID: String
    let url: String?
    let file: ReceivedMedia?
    let mimetype: String?
    let filename: String?
    let caption: String?
    let mentions: [String]
    let quotedMessageID: String?

    static let fields: [Field] = [
        .chatID(),
        .optional("url", .string, .url),
        .optional("base64", .string),
        .optional("mimetype", .string, .maximumLength(255)),
        .optional("filename", .string, .maximumLength(255)),
        .optional("caption", .string, .maximumLength(1024)),
        .mentions,
        .quotedMessageID,
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        url = values.optionalString("url")
        file = values.optionalMedia("base64")
        mimetype = values.optionalString("mimetype")
        filename = values.optionalString("filename")
        caption = values.optionalString("caption")
        mentions = values.optionalStrings("mentions") ?? []
        quotedMessageID = values.optionalString("quotedMessageId")
    }

    /// What the gateway is to send.
    ///
    /// - Throws: `GatewayError.mediaSourceMissing`, `.mediaTypeMissing`, `.mediaEmpty`, in the contract's order.
    func content(as kind: OutgoingMedia.Kind) throws(GatewayError) -> OutgoingMedia {
        var content = OutgoingMedia(
            kind, mimetype: mimetype.nonEmpty, filename: filename.nonEmpty, caption: caption.nonEmpty,
            mentions: mentions)
        if let file {
            if file.origin == .base64, content.mimetype == nil, kind != .voice { throw .mediaTypeMissing }
            guard file.file.byteCount > 0 else { throw .mediaEmpty(source: file.origin == .base64 ? "base64" : "file") }
            content.file = OutgoingMedia.File(file.file)
        } else if let url = url.nonEmpty {
            content.url = url
        } else {
            throw .mediaSourceMissing
        }
        return content
    }
}

extension Optional where Wrapped == String {
    fileprivate var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}

/// All kinds but sounds.
struct SendFileBody: SendMediaModel {
    let media: SendMediaBody
    static let fields = FieldSet(SendMediaBody.fields)
    init(_ values: FieldValues) { media = SendMediaBody(values) }
}

struct SendAudioBody: SendMediaModel {
    let media: SendMediaBody
    /// A voice note.
    let isVoice: Bool

    static let fields = FieldSet([.optional("ptt", .boolean)] + SendMediaBody.fields)

    init(_ values: FieldValues) {
        media = SendMediaBody(values)
        isVoice = values.optionalBoolean("ptt") ?? false
    }
}
