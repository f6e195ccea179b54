import Gateway
import Hummingbird

/// Webhooks: made, listed, changed, tested, deleted; what was delivered to them and what was not (contract 10).
struct WebhookRoutes: ResourceRoutes {
    private static let webhook = "sessions/:sessionId/webhooks/:webhookId"

    func add(to routes: APIRoutes) {
        addWebhooks(to: routes)
        addDeliveries(to: routes)
    }

    private func addWebhooks(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/webhooks", .key(atLeast: .operator),
            Operation(.webhooks, "List a session's webhooks", details: "Newest first.", answers: .list(WebhookModel.self))
        ) { call in .list(try await call.gateway.webhooks(of: call.session).map(WebhookModel.init)) }
        routes.post(
            "sessions/:sessionId/webhooks", .key(atLeast: .operator),
            Operation(
                .webhooks, "Make a webhook",
                details: """
                    Events of the session are posted to `url`, each with the contract's headers; with a `secret` they are \
                    signed, also in the way of Standard Webhooks. `retryCount` is the number of attempts in all. \
                    `ordering: "chat"` keeps the order within a chat, `retrySchedule: "extended"` tries on for three days.
                    """,
                body: CreateWebhookBody.self, answers: .created(WebhookModel.self),
                errors: [.sessionNotFound, .tooManyWebhooks, .destinationNotAllowed],
                examples: [
                    Example(
                        body: """
                            {"url":"http://example.com/hook","events":["message.received"],\
                            "secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","ordering":"chat",\
                            "filters":{"conditions":[{"field":"isGroup","operator":"is","value":false}]}}
                            """)
                ])
        ) { call in
            let body: CreateWebhookBody = try call.body()
            let webhook = try await call.gateway.createWebhook(body.checkedDraft(), in: call.session)
            return .created(WebhookModel(webhook: webhook))
        }
        routes.get(
            RouterPath(Self.webhook), .key(atLeast: .operator),
            Operation(.webhooks, "Read a webhook", answers: .ok(WebhookModel.self), errors: [.webhookNotFound])
        ) { call in .ok(WebhookModel(webhook: try call.gateway.webhook(call.webhook, of: call.session))) }
        routes.put(
            RouterPath(Self.webhook), .key(atLeast: .operator),
            Operation(
                .webhooks, "Change a webhook",
                details: """
                    What is left out stays as it is. A new `secret` leaves the old one signing beside it for a day; an empty one \
                    takes both away. `filters: null` takes filters away, `headers` are replaced as a whole.
                    """,
                body: ChangeWebhookBody.self, answers: .ok(WebhookModel.self),
                errors: [.webhookNotFound, .destinationNotAllowed],
                examples: [Example(body: #"{"active":false}"#)])
        ) { call in
            let body: ChangeWebhookBody = try call.body()
            let webhook = try await call.gateway.changeWebhook(call.webhook, body.checkedDraft(), in: call.session)
            return .ok(WebhookModel(webhook: webhook))
        }
        routes.delete(
            RouterPath(Self.webhook), .key(atLeast: .operator),
            Operation(.webhooks, "Delete a webhook", answers: .noContent, errors: [.webhookNotFound])
        ) { call in
            try await call.gateway.deleteWebhook(call.webhook, in: call.session)
            return .noContent
        }
        routes.post(
            RouterPath(Self.webhook + "/test"), .key(atLeast: .operator),
            Operation(
                .webhooks, "Test a webhook", details: "Posts one event of the name `test` now and tells what the endpoint said.",
                answers: .ok(WebhookTestModel.self), errors: [.webhookNotFound])
        ) { call in
            .ok(WebhookTestModel(test: try await call.gateway.testWebhook(call.webhook, of: call.session)))
        }
        routes.get(
            "webhooks", .key(atLeast: .operator),
            Operation(
                .webhooks, "List the webhooks of all sessions", details: "Those that the key reaches, newest first.",
                query: [.limit(1000), .offset], answers: .list(WebhookModel.self))
        ) { call in
            let webhooks = call.gateway.webhooks(ofSessions: call.reachedSessions)
            return .list(PageRange(reading: call.query).part(of: webhooks).map(WebhookModel.init))
        }
    }

    private func addDeliveries(to routes: APIRoutes) {
        routes.get(
            RouterPath(Self.webhook + "/deliveries"), .key(atLeast: .operator),
            Operation(
                .webhooks, "List a webhook's deliveries",
                details: "Newest first; `before` is the `eventId` of the last one of the page before.",
                query: [
                    QueryParameter("state", .oneOf(DeliveryRecord.State.allCases.map(\.rawValue))),
                    QueryParameter("before"), .limit(1000),
                ],
                answers: .list(DeliveryModel.self), errors: [.webhookNotFound, .invalidParameter])
        ) { call in
            let state = try call.query["state"].map { text throws(GatewayError) in
                guard let state = DeliveryRecord.State(rawValue: text) else {
                    throw .invalidQuery("state must be one of: pending, delivered, failed, dropped")
                }
                return state
            }
            let limit = call.query.integer("limit").map { min(max($0, 1), 1000) } ?? 100
            let deliveries = try await call.gateway.deliveries(
                to: call.webhook, of: call.session, state: state, before: call.query["before"], limit: limit)
            return .list(deliveries.map { DeliveryModel(delivery: $0) })
        }
        routes.get(
            RouterPath(Self.webhook + "/deliveries/:eventId"), .key(atLeast: .operator),
            Operation(
                .webhooks, "Read a delivery with its attempts", answers: .ok(DeliveryModel.self),
                errors: [.webhookNotFound, .deliveryNotFound])
        ) { call in
            let (delivery, attempts) = try await call.gateway.delivery(
                of: try call.parameter("eventId"), to: call.webhook, of: call.session)
            return .ok(DeliveryModel(delivery: delivery, attempts: attempts))
        }
        routes.get(
            "webhooks/delivery-failures", .key(atLeast: .admin),
            Operation(
                .webhooks, "List the deliveries that failed", details: "Newest first.",
                query: [QueryParameter("sessionId"), .limit(1000), .offset],
                answers: .list(DeliveryFailureModel.self))
        ) { call in
            let page = PageRange(reading: call.query)
            let failures = try await call.gateway.deliveryFailures(
                sessions: call.sessions(named: call.query["sessionId"]), limit: page.limit, offset: page.offset)
            return .list(failures.map(DeliveryFailureModel.init))
        }
        routes.post(
            "webhooks/delivery-failures/redrive", .key(atLeast: .admin),
            Operation(
                .webhooks, "Send failed deliveries again",
                details: """
                    Each once, within the request: those with the fewest attempts first, then the oldest. `since` and `until` choose \
                    by time; `includeDelivered` sends again what was delivered, too.
                    """,
                body: RedriveBody.self, answers: .ok(RedriveReportModel.self),
                examples: [Example(body: #"{"limit":10}"#)])
        ) { call in
            let body: RedriveBody = try call.body()
            var order = body.order
            order.sessions = call.sessions(named: body.sessionID)
            return .ok(RedriveReportModel(report: try await call.gateway.redrive(order)))
        }
    }
}

extension APICall {
    fileprivate var webhook: String {
        get throws(APIError) { try parameter("webhookId") }
    }

    /// The sessions that the key is bound to; nil for all.
    fileprivate var reachedSessions: Set<String>? {
        guard let caller, caller.isScoped else { return nil }
        return Set(caller.key.allowedSessions)
    }

    /// Those of the key's sessions that have this id or name; one out of reach is none.
    fileprivate func sessions(named name: String?) -> Set<String>? {
        guard let name else { return reachedSessions }
        let id = gateway.sessionID(name) ?? name
        return caller?.reaches(sessionID: id) ?? false ? [id] : []
    }
}
