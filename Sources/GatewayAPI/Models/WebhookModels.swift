import Gateway
import StrictJSON

/// `POST …/webhooks`: fields and limits of contract 10, and ours after them.
struct CreateWebhookBody: RequestModel {
    let draft: WebhookDraft
    private let conditions: [JSONObject]?

    static let fields = FieldSet([
        .required("url", .string, .url, .maximumLength(2048)),
        .optional("events", .array, .minimumCount(1), .each(.oneOf(WebhookFields.events))),
        .optional("secret", .string, .minimumLength(16), .maximumLength(255), .readable(WebhookFields.standardSecret)),
        .optional("headers", .stating(WebhookFields.headersText, .headerMap)),
        .optional("filters", .nested(WebhookFields.filters)),
        .optional("retryCount", .integer, .minimum(0), .maximum(5)),
        .optional("ordering", .oneOf(WebhookRecord.Ordering.allCases.map(\.rawValue))),
        .optional("retrySchedule", .oneOf(WebhookRecord.Schedule.allCases.map(\.rawValue))),
        .optional("disableOnGone", .boolean),
        .optional("disableAfterDays", .integer, .minimum(0), .maximum(30)),
    ])

    init(_ values: FieldValues) {
        draft = WebhookDraft(values)
        conditions = WebhookFields.conditions(values)
    }

    /// - Throws: `GatewayError.invalidWebhook`.
    func checkedDraft() throws(GatewayError) -> WebhookDraft { try draft.with(conditions, clears: false) }
}

/// `PUT …/webhooks/:id`: any part. An empty secret, `filters: null` and no conditions take away; other nulls are refused.
struct ChangeWebhookBody: RequestModel {
    let draft: WebhookDraft
    private let conditions: [JSONObject]?
    private let clearsFilters: Bool

    static let fields = FieldSet([
        .unclearable("url", .string, .url, .maximumLength(2048)),
        .unclearable("events", .array, .minimumCount(1), .each(.oneOf(WebhookFields.events))),
        .unclearable("secret", .string, .stating(WebhookFields.secretText, .matches(WebhookFields.secret)), .maximumLength(255),
            .readable(WebhookFields.standardSecret)),
        .unclearable("headers", .stating(WebhookFields.headersText, .headerMap)),
        .optional("filters", .nested(WebhookFields.filters)),
        .unclearable("retryCount", .integer, .minimum(0), .maximum(5)),
        .unclearable("active", .boolean),
        .unclearable("ordering", .oneOf(WebhookRecord.Ordering.allCases.map(\.rawValue))),
        .unclearable("retrySchedule", .oneOf(WebhookRecord.Schedule.allCases.map(\.rawValue))),
        .unclearable("disableOnGone", .boolean),
        .unclearable("disableAfterDays", .integer, .minimum(0), .maximum(30)),
    ])

    init(_ values: FieldValues) {
        draft = WebhookDraft(values)
        conditions = WebhookFields.conditions(values)
        clearsFilters = values.isNull("filters")
    }

    /// - Throws: `GatewayError.invalidWebhook`.
    func checkedDraft() throws(GatewayError) -> WebhookDraft { try draft.with(conditions, clears: clearsFilters) }
}

/// What both bodies have in common.
private enum WebhookFields {
    static let events = EventName.allCases.map(\.rawValue) + [EventName.wildcard]

    static let filters = FieldSet([
        .required(
            "conditions", .array, .maximumCount(WebhookFilter.maximumConditions),
            .nestedEach([
                .required("field", .oneOf(WebhookFilter.Field.allCases.map(\.rawValue))),
                .required("operator", .oneOf(WebhookFilter.Operator.allCases.map(\.rawValue))),
                .required("value", .notEmpty),
                .optional("caseSensitive", .boolean),
            ]))
    ])

    static let headersText =
        "headers must be an object of at most 50 header names (letters, digits and hyphens, each once) with texts of at most "
        + "1024 ASCII characters without control characters"
    static let secretText = "secret must be longer than or equal to 16 characters, or empty to remove it"
    static let secret = Rule.Pattern(description: "/^$|^.{16,}$/") { $0.isEmpty || $0.unicodeScalars.count >= 16 }

    /// A key that the libraries of Standard Webhooks cannot decode could not be verified by anybody.
    static let standardSecret = Rule.Form(
        description: "whsec_ and strict base64 with its padding, or a text that does not begin with whsec_",
        reads: WebhookSignature.isReadable)

    static func conditions(_ values: FieldValues) -> [JSONObject]? {
        values.optionalValues("filters").map { $0.list("conditions").map(\.object) }
    }
}

extension WebhookDraft {
    fileprivate init(_ values: FieldValues) {
        self.init()
        url = values.optionalString("url")
        events = values.optionalStrings("events")
        secret = values.optionalString("secret")
        headers = values.optionalObject("headers")?.members.compactMap { member in
            member.value.string.map { WebhookRecord.Header(name: member.name, value: $0) }
        }
        isActive = values.optionalBoolean("active")
        retryCount = values.optionalInteger("retryCount").map(Int.init)
        ordering = values.optionalString("ordering").flatMap(WebhookRecord.Ordering.init)
        schedule = values.optionalString("retrySchedule").flatMap(WebhookRecord.Schedule.init)
        disablesOnGone = values.optionalBoolean("disableOnGone")
        disableAfterDays = values.optionalInteger("disableAfterDays").map(Int.init)
    }

    fileprivate func with(_ conditions: [JSONObject]?, clears: Bool) throws(GatewayError) -> WebhookDraft {
        var draft = self
        if clears { draft.filter = .clear }
        if let conditions { draft.filter = .set(try WebhookFilter(conditions)) }
        return draft
    }
}

/// One webhook as the API shows it: without secret and headers, which are write-only (contract 10).
struct WebhookModel: DocumentedModel {
    let webhook: WebhookRecord

    static let schema = Schema.object([
        .always("id", .string), .always("sessionId", .string), .always("url", .string),
        .always("events", .array(of: .string)),
        .always(
            "filters",
            .nullable(
                .object([
                    .always(
                        "conditions",
                        .array(
                            of: .object([
                                .always("field", .string), .always("operator", .string), .always("value", .any),
                                .maybe("caseSensitive", .boolean),
                            ])))
                ]))),
        .always("active", .boolean), .always("retryCount", .integer), .always("lastTriggeredAt", .nullable(.date)),
        .always("createdAt", .date), .always("updatedAt", .date),
        .always("ordering", .oneOf(WebhookRecord.Ordering.allCases.map(\.rawValue))),
        .always("retrySchedule", .oneOf(WebhookRecord.Schedule.allCases.map(\.rawValue))),
        .always("disableOnGone", .boolean), .always("disableAfterDays", .integer),
        .always("disabledReason", .nullable(.string)), .always("hasSecret", .boolean),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", webhook.id)
            json.member("sessionId", webhook.sessionID)
            json.member("url", webhook.url)
            json.member("events", array: webhook.events)
            json.member("filters", raw: webhook.filter?.json.json ?? "null")
            json.member("active", webhook.isActive)
            json.member("retryCount", Int64(webhook.retryCount))
            json.member("lastTriggeredAt", webhook.lastTriggeredAtMilliseconds.map(ISO8601Text.of))
            json.member("createdAt", ISO8601Text.of(milliseconds: webhook.createdAtMilliseconds))
            json.member("updatedAt", ISO8601Text.of(milliseconds: webhook.updatedAtMilliseconds))
            json.member("ordering", webhook.ordering.rawValue)
            json.member("retrySchedule", webhook.schedule.rawValue)
            json.member("disableOnGone", webhook.disablesOnGone)
            json.member("disableAfterDays", Int64(webhook.disableAfterDays))
            json.member("disabledReason", webhook.disabledReason?.rawValue)
            json.member("hasSecret", webhook.secret != nil)
        }
    }
}

/// What an endpoint made of a test: `{"success":true,"statusCode":200}`.
struct WebhookTestModel: DocumentedModel {
    let test: MessagingGateway.WebhookTest

    static let schema = Schema.object([
        .always("success", .boolean), .maybe("statusCode", .integer), .maybe("error", .string),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("success", test.isSuccess)
            switch test {
            case .answered(let status): json.member("statusCode", Int64(status))
            case .unanswered(let text): json.member("error", text)
            }
        }
    }
}
