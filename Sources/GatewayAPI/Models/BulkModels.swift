import Gateway
import StrictJSON

/// `POST …/messages/send-bulk` (contract 4).
struct SendBulkBody: RequestModel {
    let batchID: String?
    /// What is wrong with items that obey their fields but lack what their type needs.
    let problems: [String]
    let items: [BatchItem]
    let pace: BatchPace

    static let fields: FieldSet = [
        .optional("batchId", .string, .notEmpty, .maximumLength(128), .readable(nameForm)),
        .required("messages", .array, .maximumCount(100), .nestedEach(BulkItem.fields)),
        .optional(
            "options",
            .nested([
                .optional("delayBetweenMessages", .number, .minimum(1000), .maximum(60_000)),
                .optional("randomizeDelay", .boolean),
                .optional("stopOnError", .boolean),
            ])),
    ]

    /// Such a name would be lost in a path.
    private static let nameForm = Rule.Form(description: "a name other than . and ..") { $0 != "." && $0 != ".." }

    init(_ values: FieldValues) {
        batchID = values.optionalString("batchId")
        let parsed = values.list("messages").enumerated().map { BulkItem($1, at: "messages.\($0)") }
        problems = parsed.flatMap(\.problems)
        items = parsed.compactMap(\.item)
        let options = values.optionalValues("options")
        pace = BatchPace(
            delayMilliseconds: options?.optionalDouble("delayBetweenMessages").map { Int($0.rounded()) } ?? 3_000,
            randomizesDelay: options?.optionalBoolean("randomizeDelay") ?? true,
            stopsOnError: options?.optionalBoolean("stopOnError") ?? false)
    }
}

/// One element of `messages`.
struct BulkItem {
    /// Nil when something is lacking.
    private(set) var item: BatchItem?
    private(set) var problems: [String] = []

    static let mediaTypes = ["image", "video", "audio", "document", "sticker"]

    static let fields: FieldSet = [
        .chatID(),
        .required(
            "type", .string,
            .oneOf(["text", "image", "video", "audio", "document", "sticker", "location", "contact", "poll", "template"])),
        .required("content", .object, .nested(contentFields)),
        .optional("variables", .object, .stringValues),
    ]

    private static let contentFields = contentFields(textLimit: 4096, captionLimit: 1024)

    /// What the content must obey once its placeholders are filled.
    private static let filledFields = contentFields(
        textLimit: BulkFilling.maximumLength, captionLimit: BulkFilling.maximumLength)

    private static func contentFields(textLimit: Int, captionLimit: Int) -> FieldSet {
        FieldSet(
            [
                .optional("text", .string, .maximumLength(textLimit)),
                .optional("caption", .string, .maximumLength(captionLimit)),
                .mentions,
                .optional("location", .nested(FieldSet(SendLocationBody.placeFields))),
                .optional("contact", .nested(FieldSet(SendContactBody.cardFields))),
                .optional("poll", .nested(FieldSet(SendPollBody.pollFields))),
                .optional("template", .nested(FieldSet(SendTemplateBody.templateFields))),
            ] + mediaTypes.map { .optional($0, .nested(mediaFields)) })
    }

    private static let mediaFields: FieldSet = [
        .optional("url", .string),
        .optional("base64", .string),
        .optional("mimetype", .string),
        .optional("filename", .string, .maximumLength(255)),
        .optional("ptt", .boolean),
    ]

    init(_ values: FieldValues, at path: String) {
        let chatID = values.string("chatId")
        do {
            item = BatchItem(chatID: chatID, content: try Self.content(of: values))
        } catch {
            problems = error.problems.map { "\(path).content.\($0)" }
        }
    }

    private static func content(of values: FieldValues) throws(BulkFilling.Broken) -> BatchItem.Content {
        let type = values.string("type")
        let variables = values.optionalStringMap("variables")
        var content = values.optionalValues("content") ?? FieldValues(JSONObject())
        // No `variables`, no substitution (contract 4). The variables of a template are filled in where it is read.
        if let variables, type != "template" {
            let object = try BulkFilling(values: variables)
                .filled(content.object, members: mediaTypes.contains(type) ? [type, "caption"] : [type], by: filledFields)
            content = FieldValues(object, media: content.media)
        }
        func part(_ name: String) throws(BulkFilling.Broken) -> FieldValues {
            guard let values = content.optionalValues(name) else { throw lack("\(name) should not be empty") }
            return values
        }
        switch type {
        case "text":
            guard let text = content.optionalString("text"), !text.isEmpty else {
                throw lack("text should not be empty")
            }
            return .message(.text(OutgoingText(text, mentions: content.optionalStrings("mentions") ?? [])))
        case "location": return .message(.location(SendLocationBody.place(try part("location"))))
        case "contact": return .message(.contact(SendContactBody.card(try part("contact"))))
        case "poll": return .message(.poll(SendPollBody.poll(try part("poll"))))
        case "template":
            let values = try part("template")
            guard let name = SendTemplateBody.template(values) else {
                throw lack("template must have either templateId or templateName")
            }
            let given = values.optionalStringMap("vars") ?? [:]
            return .template(name, given.merging(variables ?? [:]) { own, _ in own })
        default: return .message(.media(try media(type, try part(type), content)))
        }
    }

    private static func lack(_ text: String) -> BulkFilling.Broken { BulkFilling.Broken(problems: [text]) }

    private static func media(
        _ type: String, _ values: FieldValues, _ content: FieldValues
    ) throws(BulkFilling.Broken) -> OutgoingMedia {
        let isVoice = type == "audio" && values.optionalBoolean("ptt") == true
        guard let kind = isVoice ? .voice : OutgoingMedia.Kind(rawValue: type) else {
            preconditionFailure("the rules let only known types pass")
        }
        var media = OutgoingMedia(
            kind, mimetype: values.optionalString("mimetype"), filename: values.optionalString("filename"),
            caption: content.optionalString("caption"), mentions: content.optionalStrings("mentions") ?? [])
        let url = values.optionalString("url") ?? ""
        // A file of no bytes beside a URL counts as absent, as in the sends of one message.
        if let file = values.optionalMedia("base64"), file.file.byteCount > 0 || url.isEmpty {
            guard file.file.byteCount > 0 else {
                throw lack("\(type).base64 must contain media, and it is empty")
            }
            media.file = OutgoingMedia.File(file.file)
        } else if !url.isEmpty {
            guard Rule.url.holds(for: .string(url)) else { throw lack("\(type).url must be a URL address") }
            media.url = url
        } else {
            throw lack("\(type) must have either url or base64")
        }
        return media
    }
}

/// What `send-bulk` answers.
struct BatchTicketModel: DocumentedModel {
    static let schema = Schema.object([
        .always("batchId", .string), .always("status", .oneOf([BatchStatus.pending.rawValue])),
        .always("totalMessages", .integer), .always("estimatedCompletionTime", .date), .always("statusUrl", .string),
    ])

    let ticket: BatchTicket
    /// The session as the request's path names it.
    let session: String

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("batchId", ticket.batchID)
            json.member("status", BatchStatus.pending.rawValue)
            json.member("totalMessages", Int64(ticket.totalMessages))
            json.member(
                "estimatedCompletionTime", ISO8601Text.of(milliseconds: ticket.estimatedCompletionMilliseconds))
            json.member(
                "statusUrl",
                "/api/sessions/\(PercentEncoding.encode(session))/messages/batch/\(PercentEncoding.encode(ticket.batchID))")
        }
    }
}

/// How far a batch is; `results` only where they were asked for.
struct BatchReportModel: DocumentedModel {
    static let schema = Schema.object([
        .always("batchId", .string),
        .always("status", .oneOf(["pending", "processing", "completed", "cancelled", "failed"])),
        .always(
            "progress",
            .object(["total", "sent", "failed", "pending", "cancelled"].map { .always($0, .integer) })),
        .maybe(
            "results",
            .array(
                of: .object([
                    .always("chatId", .string), .always("status", .oneOf(["pending", "sent", "failed", "cancelled"])),
                    .maybe("messageId", .string), .maybe("sentAt", .date),
                    .maybe("error", .object([.always("code", .string), .always("message", .string)])),
                ]))),
        .maybe("startedAt", .nullable(.date)), .maybe("completedAt", .nullable(.date)),
    ])

    let report: BatchReport
    let showsResults: Bool

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("batchId", report.batchID)
            json.member("status", report.status.rawValue)
            json.member("progress") { json in
                let progress = report.progress
                json.member("total", Int64(progress.total))
                json.member("sent", Int64(progress.sent))
                json.member("failed", Int64(progress.failed))
                json.member("pending", Int64(progress.pending))
                json.member("cancelled", Int64(progress.cancelled))
            }
            guard showsResults else { return }
            json.member("results", array: report.results.map(ResultModel.init))
            json.member("startedAt", report.startedAtMilliseconds.map(ISO8601Text.of))
            json.member("completedAt", report.completedAtMilliseconds.map(ISO8601Text.of))
        }
    }

    private struct ResultModel: JSONWritable {
        let result: BatchReport.Result

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("chatId", result.chatID)
                json.member("status", result.status.rawValue)
                if let messageID = result.messageID { json.member("messageId", messageID) }
                if let sentAt = result.sentAtMilliseconds { json.member("sentAt", ISO8601Text.of(milliseconds: sentAt)) }
                guard let failure = result.failure else { return }
                json.member("error") { json in
                    json.member("code", failure.code)
                    json.member("message", failure.message)
                }
            }
        }
    }
}
