import Storage
import StrictJSON

extension MessagingGateway {
    /// The session's webhooks, newest first; an unknown session has none.
    package func webhooks(of idOrName: String) async throws -> [WebhookRecord] {
        guard let session = directory[idOrName] else { return [] }
        return sorted(events.webhooks.all.filter { $0.sessionID == session.id })
    }

    /// All webhooks of these sessions, newest first; nil for all sessions.
    package func webhooks(ofSessions sessions: Set<String>?) -> [WebhookRecord] {
        sorted(events.webhooks.all.filter { sessions?.contains($0.sessionID) ?? true })
    }

    private func sorted(_ webhooks: [WebhookRecord]) -> [WebhookRecord] {
        webhooks.sorted { ($1.createdAtMilliseconds, $0.id) < ($0.createdAtMilliseconds, $1.id) }
    }

    /// - Throws: `GatewayError.webhookNotFound`, also for a webhook of another session.
    package func webhook(_ id: String, of idOrName: String) throws(GatewayError) -> WebhookRecord {
        guard let webhook = events.webhooks[id], webhook.sessionID == directory[idOrName]?.id else {
            throw .webhookNotFound(id)
        }
        return webhook
    }

    /// - Throws: `GatewayError.sessionNotFound`, `.tooManyWebhooks`, `.destination`.
    package func createWebhook(_ draft: WebhookDraft, in idOrName: String) async throws -> WebhookRecord {
        let session = try find(idOrName)
        try await vet(draft.url ?? "")
        let now = environment.nowMilliseconds
        let blank = WebhookRecord(
            id: makeUUID(), sessionID: session.id, url: "", events: [EventName.messageReceived.rawValue], headers: [],
            isActive: true, retryCount: 3, ordering: .none, schedule: .standard, disablesOnGone: false,
            disableAfterDays: 0, createdAtMilliseconds: now, updatedAtMilliseconds: now)
        let webhook = draft.applied(to: blank, nowMilliseconds: now, overlapUntil: now)
        let limit = configuration.webhooks.maximumPerSession
        try await write { [events] connection in
            if limit > 0, try WebhookStore.count(of: session.id, on: connection) >= limit {
                throw GatewayError.tooManyWebhooks(limit: limit)
            }
            try WebhookStore.put(webhook, on: connection)
            connection.afterCommit { events.webhooks.put(webhook) }
        }
        return webhook
    }

    /// - Throws: `GatewayError.webhookNotFound`, `.destination` when the URL changes to one that is not allowed.
    package func changeWebhook(
        _ id: String, _ draft: WebhookDraft, in idOrName: String
    ) async throws -> WebhookRecord {
        let known = try webhook(id, of: idOrName)
        if let url = draft.url, url != known.url { try await vet(url) }
        let now = environment.nowMilliseconds
        let overlapUntil = now + configuration.webhooks.secretOverlapMilliseconds
        return try await write { [events] connection in
            guard let before = try WebhookStore.webhook(id, on: connection) else {
                throw GatewayError.webhookNotFound(id)
            }
            let webhook = draft.applied(to: before, nowMilliseconds: now, overlapUntil: overlapUntil)
            try WebhookStore.put(webhook, on: connection)
            if webhook.ordering != before.ordering {
                try DeliveryStore.reorder(id, to: webhook.ordering, on: connection)
            }
            connection.afterCommit {
                events.webhooks.put(webhook)
                events.deliveries.touch([id])
            }
            return webhook
        }
    }

    /// Removes it, and what was and was not delivered to it.
    ///
    /// - Throws: `GatewayError.webhookNotFound`.
    package func deleteWebhook(_ id: String, in idOrName: String) async throws {
        _ = try webhook(id, of: idOrName)
        try await write { [events] connection in
            guard try WebhookStore.delete(id, on: connection) else { throw GatewayError.webhookNotFound(id) }
            connection.afterCommit { events.webhooks.remove(id) }
        }
        try await forgetDeliveries(of: id)
    }

    private func vet(_ url: String) async throws {
        do {
            try await webhookSender.post.vet(try WebURL(parsing: url))
        } catch {
            throw GatewayError.destination(error)
        }
    }

    // MARK: - Testing

    /// What an endpoint made of a test.
    package enum WebhookTest: Sendable, Equatable {
        case answered(status: Int)
        case unanswered(String)

        package var isSuccess: Bool {
            if case .answered(200..<300) = self { true } else { false }
        }
    }

    /// Posts a `test` event, once.
    ///
    /// - Throws: `GatewayError.webhookNotFound`.
    package func testWebhook(_ id: String, of idOrName: String) async throws -> WebhookTest {
        let webhook = try webhook(id, of: idOrName)
        let deliveryID = "dlv_" + makeUUID()
        let data = JSONObject { json in
            json.add("message", "This is a test of your webhook.")
            json.add("webhookId", webhook.id)
            json.add("url", webhook.url)
        }
        let request = WebhookRequest(
            event: "test", atMilliseconds: environment.nowMilliseconds, sessionID: webhook.sessionID,
            identity: "test_\(deliveryID)", id: deliveryID, data: data.json, deliveryID: deliveryID, webhook: webhook)
        switch try await webhookSender.send(request, to: webhook, attempt: 0) {
        case .answered(let status, _, _): return .answered(status: status)
        case .unanswered(let text): return .unanswered(text)
        case .undeliverable, .unwanted, .interrupted: throw CancellationError()
        }
    }

    // MARK: - Deliveries

    /// What was and is to be delivered to a webhook, newest first.
    ///
    /// - Parameter before: Only what comes before this event's id.
    /// - Throws: `GatewayError.webhookNotFound`, `.invalidQuery`.
    package func deliveries(
        to id: String, of idOrName: String, state: DeliveryRecord.State?, before: String?, limit: Int
    ) async throws -> [DeliveryRecord] {
        let webhook = try webhook(id, of: idOrName)
        let place = try before.map { text throws(GatewayError) in
            guard let seq = EventRecord.seq(ofID: text) else { throw .invalidQuery("before must be the id of an event") }
            return seq
        }
        return try await read {
            try DeliveryStore.list(of: webhook.id, state: state, before: place, limit: limit, on: $0)
        }
    }

    /// One delivery with all its attempts.
    ///
    /// - Throws: `GatewayError.webhookNotFound`, `.deliveryNotFound`.
    package func delivery(
        of eventID: String, to id: String, of idOrName: String
    ) async throws -> (delivery: DeliveryRecord, attempts: [DeliveryAttempt]) {
        let webhook = try webhook(id, of: idOrName)
        guard let seq = EventRecord.seq(ofID: eventID) else { throw GatewayError.deliveryNotFound(eventID) }
        let found = try await read { connection -> (DeliveryRecord, [DeliveryAttempt])? in
            let key = DeliveryKey(webhookID: webhook.id, seq: seq)
            guard let delivery = try DeliveryStore.delivery(key, on: connection) else { return nil }
            return (delivery, try DeliveryStore.attempts(of: delivery, on: connection))
        }
        guard let (delivery, attempts) = found else { throw GatewayError.deliveryNotFound(eventID) }
        return (delivery, attempts)
    }

    /// Deliveries that failed, newest first.
    package func deliveryFailures(
        sessions: Set<String>?, limit: Int, offset: Int
    ) async throws -> [DeliveryRecord] {
        try await read {
            try DeliveryStore.failures(limit: limit, offset: offset, sessions: sessions, on: $0)
        }
    }

    // MARK: - Retention

    func forgetDeliveries(of webhookID: String) async throws {
        while try await write({ try DeliveryStore.forget(webhookID: webhookID, on: $0) }) {}
    }

    /// Removes deliveries past their time, and those of webhooks that are gone.
    func pruneDeliveries() async throws {
        let now = environment.nowMilliseconds
        let failuresBefore = now - Int64(configuration.webhooks.failureRetentionDays) * 86_400_000
        let through = events.prunedThrough
        for id in try await read({ try DeliveryStore.webhooksWithRows(on: $0) }) {
            guard events.webhooks[id] != nil else {
                try await forgetDeliveries(of: id)
                continue
            }
            while try await write({
                try DeliveryStore.prune(
                    webhookID: id, through: through, failuresBefore: failuresBefore, nowMilliseconds: now, on: $0)
            }) {}
        }
    }
}
