import Gateway
import StrictJSON

/// A delivery that failed (contract 10).
struct DeliveryFailureModel: DocumentedModel {
    let delivery: DeliveryRecord

    static let schema = Schema.object([
        .always("id", .string), .always("webhookId", .string), .always("sessionId", .string),
        .always("event", .string), .always("url", .string), .always("idempotencyKey", .string),
        .always("deliveryId", .string), .always("attempts", .integer), .always("lastStatusCode", .nullable(.integer)),
        .always("lastError", .nullable(.string)), .always("createdAt", .date), .always("replayable", .boolean),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", delivery.id)
            json.member("webhookId", delivery.webhookID)
            json.member("sessionId", delivery.sessionID)
            json.member("event", delivery.event)
            json.member("url", delivery.url)
            json.member("idempotencyKey", delivery.idempotencyKey)
            json.member("deliveryId", delivery.deliveryID)
            json.member("attempts", Int64(delivery.attempts))
            json.member("lastStatusCode", raw: delivery.lastStatus.map(String.init) ?? "null")
            json.member("lastError", delivery.lastError)
            json.member(
                "createdAt", ISO8601Text.of(milliseconds: delivery.failedAtMilliseconds ?? delivery.createdAtMilliseconds))
            json.member("replayable", delivery.isReplayable)
        }
    }
}

/// A delivery in whatever state; ours.
struct DeliveryModel: DocumentedModel {
    let delivery: DeliveryRecord
    /// Nil where they were not asked for.
    var attempts: [DeliveryAttempt]?

    static let schema = Schema.object([
        .always("id", .string), .always("eventId", .nullable(.string)), .always("event", .string),
        .always("deliveryId", .string), .always("state", .oneOf(DeliveryRecord.State.allCases.map(\.rawValue))),
        .always("attempts", .integer), .always("nextAttemptAt", .nullable(.date)),
        .always("lastStatusCode", .nullable(.integer)), .always("lastError", .nullable(.string)),
        .always("lastAttemptAt", .nullable(.date)), .always("durationMs", .nullable(.integer)),
        .always("createdAt", .date), .maybe("attemptLog", .array(of: .model(DeliveryAttemptModel.self))),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", delivery.id)
            json.member("eventId", delivery.eventID)
            json.member("event", delivery.event)
            json.member("deliveryId", delivery.deliveryID)
            json.member("state", delivery.state.rawValue)
            json.member("attempts", Int64(delivery.attempts))
            json.member("nextAttemptAt", delivery.dueAtMilliseconds.map(ISO8601Text.of))
            json.member("lastStatusCode", raw: delivery.lastStatus.map(String.init) ?? "null")
            json.member("lastError", delivery.lastError)
            json.member("lastAttemptAt", delivery.lastAttemptAtMilliseconds.map(ISO8601Text.of))
            json.member("durationMs", raw: delivery.lastDurationMilliseconds.map(String.init) ?? "null")
            json.member("createdAt", ISO8601Text.of(milliseconds: delivery.createdAtMilliseconds))
            if let attempts { json.member("attemptLog", array: attempts.map(DeliveryAttemptModel.init)) }
        }
    }
}

struct DeliveryAttemptModel: DocumentedModel {
    let attempt: DeliveryAttempt

    static let schema = Schema.object([
        .always("attempt", .integer), .always("deliveryId", .string), .always("startedAt", .date),
        .always("durationMs", .integer), .always("statusCode", .nullable(.integer)),
        .always("error", .nullable(.string)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("attempt", Int64(attempt.number))
            json.member("deliveryId", attempt.deliveryID)
            json.member("startedAt", ISO8601Text.of(milliseconds: attempt.startedAtMilliseconds))
            json.member("durationMs", attempt.durationMilliseconds)
            json.member("statusCode", raw: attempt.status.map(String.init) ?? "null")
            json.member("error", attempt.error)
        }
    }
}

/// `POST webhooks/delivery-failures/redrive`: everything is optional; the last three are ours.
struct RedriveBody: RequestModel {
    let order: RedriveOrder
    let sessionID: String?

    static let fields: FieldSet = [
        .optional("sessionId", .string, .maximumLength(128)),
        .optional("webhookId", .string, .maximumLength(128)),
        .optional("ids", .array, .maximumCount(500), .each(.string), .each(.maximumLength(128))),
        .optional("limit", .integer, .minimum(1), .maximum(500)),
        .optional("since", .integer, .minimum(0)),
        .optional("until", .integer, .minimum(0)),
        .optional("includeDelivered", .boolean),
    ]

    init(_ values: FieldValues) {
        var order = RedriveOrder()
        order.webhookID = values.optionalString("webhookId")
        order.ids = values.optionalStrings("ids")
        order.limit = values.optionalInteger("limit").map(Int.init) ?? order.limit
        order.since = values.optionalInteger("since")
        order.until = values.optionalInteger("until")
        order.includesDelivered = values.optionalBoolean("includeDelivered") ?? false
        self.order = order
        sessionID = values.optionalString("sessionId")
    }
}

/// What became of a redrive (contract 10).
struct RedriveReportModel: DocumentedModel {
    let report: RedriveReport

    static let schema = Schema.object([
        .always("redriven", .integer), .always("delivered", .integer), .always("enqueued", .integer),
        .always("failed", .integer), .always("skipped", .integer), .always("remaining", .integer),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("redriven", Int64(report.delivered))
            json.member("delivered", Int64(report.delivered))
            json.member("enqueued", 0)
            json.member("failed", Int64(report.failed))
            json.member("skipped", Int64(report.skipped))
            json.member("remaining", Int64(report.remaining))
        }
    }
}
