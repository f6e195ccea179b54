import Gateway
import StrictJSON

/// What `GET /api/search` answers (contract 19).
struct SearchResultsModel: DocumentedModel {
    let page: SearchPage
    let tookMilliseconds: Int64

    static let schema = Schema.object([
        .always("hits", .array(of: .model(SearchHitModel.self))), .always("total", .integer),
        .always("tookMs", .integer),
        .always("provider", .string),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("hits", array: page.hits.lazy.map(SearchHitModel.init))
            json.member("total", Int64(page.total))
            json.member("tookMs", tookMilliseconds)
            json.member("provider", "builtin-fts")
        }
    }
}

/// A message that was found; `snippet` has the words found between `<mark>` and `</mark>`, and is not escaped.
struct SearchHitModel: DocumentedModel {
    let hit: SearchHit

    static let schema = Schema.object([
        .always("messageId", .string), .always("waMessageId", .string), .always("sessionId", .string),
        .always("chatId", .string), .always("body", .string), .always("snippet", .string),
        .always("timestamp", .seconds),
        .always("type", .string), .always("direction", .oneOf(MessageDirection.allCases.map(\.rawValue))),
        .always("from", .string), .maybe("score", .number),
    ])

    func write(to json: inout JSONWriter) {
        let message = hit.message
        json.object { json in
            json.member("messageId", message.id)
            json.member("waMessageId", message.waMessageID)
            json.member("sessionId", message.sessionID)
            json.member("chatId", message.chatID)
            json.member("body", message.body)
            json.member("snippet", hit.snippet)
            json.member("timestamp", message.timestampSeconds)
            json.member("type", message.type)
            json.member("direction", message.direction.rawValue)
            json.member("from", message.from)
            if let score = hit.score { json.member("score", raw: score.isFinite ? "\(score)" : "0") }
        }
    }
}
