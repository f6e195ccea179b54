import Gateway
import StrictJSON

/// One event as the pull API and the stream tell it: what a webhook would get, with its place in the log.
struct EventModel: DocumentedModel {
    let record: EventRecord

    static let schema = Schema.object([
        .always("cursor", .string), .always("id", .string),
        .always("event", .oneOf(EventName.allCases.map(\.rawValue))), .always("timestamp", .date),
        .always("sessionId", .string), .always("idempotencyKey", .string), .always("data", .type("object")),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("cursor", String(record.seq))
            json.member("id", record.id)
            json.member("event", record.name.rawValue)
            json.member("timestamp", ISO8601Text.of(milliseconds: record.occurredAtMilliseconds))
            json.member("sessionId", record.sessionID)
            json.member("idempotencyKey", record.identity)
            json.member("data", raw: record.data)
        }
    }
}

/// Some events in order, and where to read on.
struct EventPageModel: DocumentedModel {
    let page: EventPage

    static let schema = Schema.object([
        .always("events", .array(of: .model(EventModel.self))), .always("cursor", .string),
        .always("hasMore", .boolean),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("events", array: page.records.lazy.map(EventModel.init))
            json.member("cursor", String(page.cursor))
            json.member("hasMore", page.hasMore)
        }
    }
}
