import Storage

/// Which deliveries are sent again (contract 10); what is nil is no condition.
package struct RedriveOrder: Sendable {
    /// The sessions that the caller reaches, or the one asked for; nil for all.
    package var sessions: Set<String>?
    package var webhookID: String?
    /// Ids of failures.
    package var ids: [String]?
    /// When the event happened, Unix milliseconds; the end is excluded. Ours.
    package var since: Int64?
    package var until: Int64?
    /// Whether what was delivered is sent again too, for a receiver that lost it. Ours.
    package var includesDelivered = false
    package var limit = 100

    package init() {}
}

/// What became of it.
package struct RedriveReport: Sendable, Equatable {
    package var delivered = 0
    package var failed = 0
    /// Chosen, but with nothing to send: the event is not kept any more, or the webhook is gone.
    package var skipped = 0
    /// Failures of the same choice that are left and can be sent again.
    package var remaining = 0
}

extension MessagingGateway {
    /// Sends deliveries again, each once, within this call: those with the fewest attempts first, then the oldest. The same
    /// idempotency key, a new delivery id. What is delivered is a failure no longer.
    package func redrive(_ order: RedriveOrder) async throws -> RedriveReport {
        let chosen = try await read { try DeliveryStore.chosen(by: order, limit: order.limit, on: $0) }
        let replayable = chosen.filter { $0.isReplayable && events.webhooks[$0.webhookID] != nil }
        var report = RedriveReport(skipped: chosen.count - replayable.count)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (index, delivery) in replayable.enumerated() {
                if index >= Self.redrivesAtATime, let isDelivered = try await group.next() {
                    report.count(isDelivered)
                }
                group.addTask { try await self.redrive(delivery) }
            }
            for try await isDelivered in group { report.count(isDelivered) }
        }
        let left = try await read { try DeliveryStore.chosen(by: order, limit: DeliveryStore.maximumLook, on: $0) }
        report.remaining = left.count { $0.state == .failed && $0.isReplayable }
        return report
    }

    private static let redrivesAtATime = 8

    private func redrive(_ delivery: DeliveryRecord) async throws -> Bool {
        let result = await webhookSender.attempt(
            delivery.key, deliveryID: "dlv_" + makeUUID(), attempts: delivery.attempts, isRedrive: true)
        let now = environment.nowMilliseconds
        return try await write { [events] connection in
            guard let progress = try DeliveryStore.progress(delivery.key, on: connection) else { return false }
            switch result.outcome {
            case .answered where result.isDelivered:
                try DeliveryStore.delivered(
                    delivery.key, attempts: progress.attempts + 1, by: result, on: connection)
                try WebhookStore.note(delivery.webhookID, lastTriggered: now, failingSince: nil, on: connection)
                connection.afterCommit {
                    events.webhooks.note(delivery.webhookID, lastTriggered: now, failingSince: nil)
                }
                return true
            case .answered, .unanswered:
                // What was delivered before stays so.
                guard delivery.state == .failed else { return false }
                try DeliveryStore.failed(
                    delivery.key, attempts: progress.attempts + 1, by: result, atMilliseconds: now, on: connection)
                return false
            case .undeliverable, .unwanted, .interrupted:
                return false
            }
        }
    }
}

extension RedriveReport {
    fileprivate mutating func count(_ isDelivered: Bool) {
        if isDelivered { delivered += 1 } else { failed += 1 }
    }
}

extension DeliveryStore {
    /// The deliveries that an order chooses, those with the fewest attempts first, then the oldest.
    static func chosen(
        by order: RedriveOrder, limit: Int, on connection: any SQLConnection
    ) throws -> [DeliveryRecord] {
        let ids = order.ids.map(Set.init)
        return try connection.query(
            """
            SELECT \(columns) FROM gateway_deliveries d LEFT JOIN gateway_events e ON e.seq = d.seq
            WHERE d.attempts > 0 AND (d.state = 'failed' OR ($1 = 1 AND d.state = 'delivered'))
                AND ($2 = '' OR d.webhook_id = $2) AND d.created_at >= $3 AND d.created_at < $4
            ORDER BY d.attempts, d.created_at, d.seq LIMIT $5
            """,
            [
                SQLValue(order.includesDelivered), .text(order.webhookID ?? ""), .integer(order.since ?? .min),
                .integer(order.until ?? .max), SQLValue(maximumLook),
            ]
        ).map(record).filter { delivery in
            (order.sessions?.contains(delivery.sessionID) ?? true) && (ids?.contains(delivery.id) ?? true)
        }.prefix(limit).map { $0 }
    }
}
