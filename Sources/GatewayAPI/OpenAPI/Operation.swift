import HTTPTypes

/// What a route says about itself: everything the documentation needs and the code does not tell.
///
/// ```
/// routes.post(
///     "sessions/:sessionId/messages/send-text", .key(atLeast: .operator),
///     Operation(
///         .messages, "Send a text", body: SendTextBody.self, answers: .created(SentModel.self),
///         errors: [.sessionNotActive], examples: [Example(body: #"{"chatId":"6281234567890@c.us","text":"Hello"}"#)])
/// ) { call in … }
/// ```
///
/// Errors that follow from the access, the body and the limits are added by themselves.
struct Operation: Sendable {
    let tag: Tag
    /// What it does, as a command: “Send a text”.
    let summary: String
    /// More, where it is needed; Markdown.
    let details: String?
    let query: [QueryParameter]
    /// What comes in the body, nil where nothing is read.
    let body: BodyDescription?
    /// Headers of ours that the route reads.
    let headers: [HeaderDescription]
    let answer: AnswerDescription
    let errors: [ErrorCode]
    let examples: [Example]

    init(
        _ tag: Tag, _ summary: String, details: String? = nil, query: [QueryParameter] = [],
        body: (any RequestModel.Type)? = nil, acceptsFiles: Bool = false, headers: [HeaderDescription] = [],
        answers answer: AnswerDescription,
        errors: [ErrorCode] = [], examples: [Example] = [Example()]
    ) {
        self.tag = tag
        self.summary = summary
        self.details = details
        self.query = query
        self.body = body.map {
            BodyDescription(name: typeName($0), fields: $0.fields, acceptsFiles: acceptsFiles)
        }
        self.headers = headers
        self.answer = answer
        self.errors = errors
        self.examples = examples
    }

    /// What all sends have in common: their headers, their answer and their errors.
    static func send(
        _ summary: String, details: String? = nil, body: any RequestModel.Type, acceptsFiles: Bool = false,
        answers answer: AnswerDescription = .sent, errors: [ErrorCode] = [], examples: [Example]
    ) -> Operation {
        Operation(
            .messages, summary, details: details, body: body, acceptsFiles: acceptsFiles,
            headers: HeaderDescription.sends, answers: answer,
            errors: errors + sendErrors, examples: examples)
    }

    private static let sendErrors: [ErrorCode] = [
        .sessionNotActive, .sessionNotConnected, .invalidChatID, .notOnWhatsApp, .recipientUnsupported, .outboxFull,
        .idempotencyKeyInvalid, .idempotencyKeyReused, .idempotencyKeyInProgress, .messageIDInvalid, .messageIDTaken,
        .reachoutRestricted, .recipientHasNoKeys, .whatsAppRefused, .storageFull, .shuttingDown,
    ]

    /// The chapters of the documentation.
    enum Tag: String, CaseIterable, Sendable {
        case messages = "Messages"
        case batches = "Batches"
        case templates = "Templates"
        case sessions = "Sessions"
        case chats = "Chats"
        case contacts = "Contacts"
        case groups = "Groups"
        case events = "Events"
        case webhooks = "Webhooks"
        case keys = "API keys"
        case server = "Server"
    }
}

struct BodyDescription: Sendable {
    /// The model's name, which is the schema's.
    let name: String
    let fields: FieldSet
    /// Whether a form with a file as a part is read as well.
    let acceptsFiles: Bool
}

struct QueryParameter: Sendable {
    let name: String
    let schema: Schema

    init(_ name: String, _ schema: Schema = .string) {
        self.name = name
        self.schema = schema
    }

    static func limit(_ maximum: Int) -> Self {
        Self("limit", .type("integer", ("minimum", .integer(1)), ("maximum", .integer(maximum))))
    }

    static let offset = Self("offset", .type("integer", ("minimum", .integer(0))))
}

/// A request header that a route reads, or a response header that it sets.
enum HeaderDescription: String, Sendable, CaseIterable {
    case idempotencyKey = "Idempotency-Key"
    case messageID = "X-OpenWA-Message-Id"
    case prefer = "Prefer"

    /// What every send understands.
    static let sends: [HeaderDescription] = [.idempotencyKey, .messageID, .prefer]

    var text: String {
        switch self {
        case .idempotencyKey:
            "1 to 255 visible ASCII characters. A repetition with the same key gets the first answer and sends nothing."
        case .messageID: "The WhatsApp message id to use: 8 to 64 capital hexadecimal digits."
        case .prefer: "`respond-async` answers as soon as the message is durable, without waiting for WhatsApp."
        }
    }
}

struct AnswerDescription: Sendable {
    let status: HTTPResponse.Status
    /// Nil for an answer without a body.
    let schema: Schema?
    var contentType = "application/json"
    /// Another status that comes with the same body.
    var otherStatus: HTTPResponse.Status?
    /// Headers of ours in the answer, with what they say.
    var headers: [(name: String, text: String)] = []

    static func ok(_ model: any DocumentedModel.Type) -> Self { Self(status: .ok, schema: .model(model)) }
    static func created(_ model: any DocumentedModel.Type) -> Self { Self(status: .created, schema: .model(model)) }
    static func accepted(_ model: any DocumentedModel.Type) -> Self { Self(status: .accepted, schema: .model(model)) }
    static func list(_ model: any DocumentedModel.Type) -> Self {
        Self(status: .ok, schema: .array(of: .model(model)))
    }
    static let noContent = Self(status: .noContent, schema: nil)
    /// What every send answers.
    static let sent = Self(
        status: .created, schema: .model(SentModel.self),
        headers: [
            (
                "X-OpenWA-Ack",
                "`server` when WhatsApp has the message, `pending` when it is durable here and goes out by itself."
            )
        ])

    /// Something that is no JSON.
    static func file(_ contentType: String) -> Self {
        Self(status: .ok, schema: .string, contentType: contentType)
    }
}

/// One request that works, with the glossary's values in its path. A test runs it.
struct Example: Sendable {
    let title: String
    let query: String
    /// JSON text.
    let body: String?

    init(_ title: String = "Example", query: String = "", body: String? = nil) {
        self.title = title
        self.query = query
        self.body = body
    }
}
