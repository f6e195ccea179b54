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
    /// Named by id, but not to be sent: no failure that the caller reaches, its event is not kept any more, no attempt was
    /// made, or the webhook is gone.
    package var skipped = 0
    /// Failures of the same choice that are left and can be sent again.
    package var remaining = 0
}

extension MessagingGateway {
    /// Sends deliveries again, each once, within this call: those with the fewest attempts first, then the oldest. The same
    /// idempotency key, a new delivery id. What is delivered is a failure no longer.
    package func redrive(_ order: RedriveOrder) async throws -> RedriveReport {
        let (chosen, named) = try await read { connection in
            (
                try DeliveryStore.redrivable(by: order, on: connection),
                try order.ids.map { Set($0).count - (try DeliveryStore.countRedrivable(by: order, on: connection)) } ?? 0
            )
        }
        var report = RedriveReport(skipped: named)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (index, delivery) in chosen.enumerated() {
                if index >= Self.redrivesAtATime, let isDelivered = try await group.next() {
                    report.count(isDelivered)
                }
                group.addTask { try await self.redrive(delivery) }
            }
            for try await isDelivered in group { report.count(isDelivered) }
        }
        var failures = order
        failures.includesDelivered = false
        report.remaining = try await read { [failures] in try DeliveryStore.countRedrivable(by: failures, on: $0) }
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
            case .answered, .unanswered, .undeliverable:
                // What was delivered before stays so.
                guard delivery.state == .failed else { return false }
                try DeliveryStore.failed(
                    delivery.key, attempts: progress.attempts + 1, by: result, atMilliseconds: now, on: connection)
                return false
            case .unwanted, .interrupted:
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
    /// The deliveries that an order chooses and that can be sent again, those with the fewest attempts first, then the oldest.
    static func redrivable(by order: RedriveOrder, on connection: any SQLConnection) throws -> [DeliveryRecord] {
        var conditions = conditions(of: order)
        conditions.arguments.append(SQLValue(order.limit))
        return try connection.query(
            """
            SELECT \(columns) FROM gateway_deliveries d JOIN gateway_events e ON e.seq = d.seq WHERE \(conditions.sql)
            ORDER BY d.attempts, d.created_at, d.seq LIMIT $\(conditions.arguments.count)
            """, conditions.arguments
        ).map(record)
    }

    /// How many there are of these, whatever the limit.
    static func countRedrivable(by order: RedriveOrder, on connection: any SQLConnection) throws -> Int {
        let conditions = conditions(of: order)
        let rows = try connection.query(
            """
            SELECT COUNT(*) AS total FROM gateway_deliveries d JOIN gateway_events e ON e.seq = d.seq
            WHERE \(conditions.sql)
            """, conditions.arguments)
        return Int(try rows.first?.integer("total") ?? 0)
    }

    /// What there is nothing to send of is no choice: it would stand in the way of what follows it.
    private static func conditions(of order: RedriveOrder) -> SQLConditions {
        var conditions = SQLConditions(
            """
            d.state \(order.includesDelivered ? "IN ('failed', 'delivered')" : "= 'failed'") AND d.attempts > 0
            AND d.webhook_id IN (SELECT id FROM gateway_webhooks)
            """, [])
        if let webhookID = order.webhookID { conditions.add("d.webhook_id = ?", [.text(webhookID)]) }
        if let since = order.since { conditions.add("d.created_at >= ?", [.integer(since)]) }
        if let until = order.until { conditions.add("d.created_at < ?", [.integer(until)]) }
        conditions.add("d.session_id", oneOf: order.sessions)
        conditions.add("d.id", oneOf: order.ids.map(Set.init))
        return conditions
    }
}
