import Gateway
import StrictJSON

/// What every send answers.
struct SentModel: DocumentedModel {
    let result: SendResult

    static let schema = Schema.object([.always("messageId", .string), .always("timestamp", .seconds)])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("messageId", result.messageID)
            json.member("timestamp", result.timestampSeconds)
        }
    }
}

/// One page of stored messages (contract 3.7).
struct MessagePageModel: DocumentedModel {
    let page: MessagePage

    static let schema = Schema.object([
        .always("messages", .array(of: .model(MessageModel.self))), .always("total", .integer),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("messages", array: page.messages.lazy.map(MessageModel.init))
            json.member("total", Int64(page.total))
        }
    }
}

struct MessageModel: DocumentedModel {
    let message: MessageRecord

    static let schema = Schema.object([
        .always("id", .string), .always("sessionId", .string), .always("waMessageId", .nullable(.string)),
        .always("chatId", .string), .always("chatName", .nullable(.string)), .always("author", .nullable(.string)),
        .always("from", .string), .always("to", .string), .always("body", .nullable(.string)), .always("type", .string),
        .always("direction", .oneOf(MessageDirection.allCases.map(\.rawValue))), .always("timestamp", .seconds),
        .always("metadata", .nullable(.type("object"))), .always("status", .oneOf(MessageStatus.allCases.map(\.name))),
        .always("createdAt", .date), .always("mediaPath", .nullable(.string)),
        .always("mediaMimetype", .nullable(.string)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    /// Where a stored file is read: the path of its route.
    private var mediaPath: String? {
        guard message.isMediaStored else { return nil }
        let parts = [message.sessionID, message.chatID, message.waMessageID].map(PercentEncoding.encode)
        return "/api/sessions/\(parts[0])/messages/\(parts[1])/\(parts[2])/media"
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member("id", message.id)
        json.member("sessionId", message.sessionID)
        json.member("waMessageId", message.waMessageID)
        json.member("chatId", message.chatID)
        json.member("chatName", message.chatName)
        json.member("author", message.author)
        json.member("from", message.from)
        json.member("to", message.to)
        json.member("body", message.body)
        json.member("type", message.type)
        json.member("direction", message.direction.rawValue)
        json.member("timestamp", message.timestampSeconds)
        json.member("metadata", raw: message.metadataJSON ?? "null")
        json.member("status", message.status.name)
        json.member("createdAt", ISO8601Text.of(milliseconds: message.createdAtMilliseconds))
        json.member("mediaPath", mediaPath)
        json.member("mediaMimetype", message.mediaMimetype)
    }
}

extension MessageQuery {
    static let parameters: [QueryParameter] = [
        QueryParameter("chatId"), QueryParameter("from"), QueryParameter("messageId"),
        QueryParameter("direction", .oneOf(MessageDirection.allCases.map(\.rawValue))), QueryParameter("type"),
        QueryParameter("since", .integer), QueryParameter("until", .integer),
        QueryParameter("orderBy", .oneOf(["createdAt", "timestamp"])), QueryParameter("after"), .limit(100), .offset,
        QueryParameter("inlineMedia", .boolean),
    ]

    /// The filters in a request's query; `limit` and `offset` are read leniently, all others strictly.
    init(session: String, reading query: QueryParameters) throws(APIError) {
        self.init(session: session)
        chatID = query["chatId"]
        from = query["from"]
        limit = min(max(query.integer("limit") ?? 50, 1), 100)
        offset = PageRange.offset(in: query)
        after = query["after"]
        messageID = try query["messageId"].map { text throws(APIError) in
            guard text.unicodeScalars.count <= 200, !text.contains(where: \.isWhitespace) else {
                throw .invalidParameter("messageId must be at most 200 characters without white space")
            }
            return text
        }
        sinceMilliseconds = try Self.milliseconds("since", in: query)
        untilMilliseconds = try Self.milliseconds("until", in: query)
        if let since = sinceMilliseconds, let until = untilMilliseconds, since >= until {
            throw .invalidParameter("since must be earlier than the exclusive until boundary")
        }
        direction = try query["direction"].map { text throws(APIError) in
            guard let direction = MessageDirection(rawValue: text) else {
                throw .invalidParameter("direction must be incoming or outgoing")
            }
            return direction
        }
        type = try query["type"].map { text throws(APIError) in
            guard Self.isTypeToken(text) else {
                throw .invalidParameter("type must match /^[a-z][a-z0-9_]{0,49}$/ regular expression")
            }
            return text
        }
        inlinesMedia = query["inlineMedia"].map { $0 != "false" && $0 != "0" } ?? true
        order =
            try query["orderBy"].map { text throws(APIError) in
                guard let order = Order(rawValue: text) else {
                    throw .invalidParameter("orderBy must be createdAt or timestamp")
                }
                return order
            } ?? .createdAt
    }

    private static func milliseconds(_ name: String, in query: QueryParameters) throws(APIError) -> Int64? {
        guard let text = query[name] else { return nil }
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }), let value = Int64(text) else {
            throw .invalidParameter("\(name) must be Unix epoch milliseconds")
        }
        return value
    }

    private static func isTypeToken(_ text: String) -> Bool {
        guard (1...50).contains(text.utf8.count), let first = text.utf8.first else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return letters.contains(first)
            && text.utf8.allSatisfy {
                letters.contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
            }
    }
}
