import Storage

/// Decides what follows from ended attempts, and writes it down: delivered, due again, failed, dropped; and what it says of
/// the endpoint.
struct DeliverySettlement: Sendable {
    let settings: WebhookSettings
    let nowMilliseconds: Int64

    /// What the webhooks in memory learn once it is durable.
    enum Change: Sendable {
        case noted(String, lastTriggered: Int64?, failingSince: Int64?)
        case disabled(WebhookRecord)

        func apply(to directory: WebhookDirectory) {
            switch self {
            case .noted(let id, let lastTriggered, let failingSince):
                directory.note(id, lastTriggered: lastTriggered, failingSince: failingSince)
            case .disabled(let webhook): directory.put(webhook)
            }
        }
    }

    func write(
        _ results: [DeliveryResult], _ log: EventLog, on connection: any SQLConnection
    ) throws -> [Change] {
        for result in results where result.outcome != .interrupted {
            try write(result, log.webhooks[result.key.webhookID], on: connection)
        }
        return try Dictionary(grouping: results, by: \.key.webhookID).flatMap { id, results in
            try log.webhooks[id].map { try judge($0, by: results, log, on: connection) } ?? []
        }
    }

    private func write(
        _ result: DeliveryResult, _ webhook: WebhookRecord?, on connection: any SQLConnection
    ) throws {
        let key = result.key
        guard let progress = try DeliveryStore.progress(key, on: connection), progress.isPending else { return }
        switch result.outcome {
        case .unwanted:
            try DeliveryStore.dropped(key, on: connection)
        case .undeliverable:
            try DeliveryStore.failed(
                key, attempts: progress.attempts, by: result, atMilliseconds: nowMilliseconds, on: connection)
        case .answered where result.isDelivered:
            try DeliveryStore.delivered(key, attempts: progress.attempts + 1, by: result, on: connection)
        case .answered, .unanswered:
            let attempts = progress.attempts + 1
            if let wait = wait(after: attempts, result, webhook) {
                try DeliveryStore.postpone(
                    key, until: nowMilliseconds + wait, attempts: attempts, after: result, on: connection)
            } else {
                try DeliveryStore.failed(
                    key, attempts: attempts, by: result, atMilliseconds: nowMilliseconds, on: connection)
            }
        case .interrupted:
            break
        }
    }

    private func wait(after attempts: Int, _ result: DeliveryResult, _ webhook: WebhookRecord?) -> Int64? {
        guard let webhook else { return nil }
        var retryAfter: Int64?
        if case .answered(let status, _, let seconds) = result.outcome {
            if status == Self.gone, webhook.disablesOnGone { return nil }
            retryAfter = seconds
        }
        var random = SystemRandomNumberGenerator()
        return RetrySchedule(webhook, baseMilliseconds: settings.retryDelayMilliseconds)
            .wait(after: attempts, retryAfterSeconds: retryAfter, using: &random)
    }

    private static let gone = 410

    // MARK: - The endpoint

    /// What these attempts say of an endpoint: when it last took something, since when it fails, whether that is too long.
    private func judge(
        _ webhook: WebhookRecord, by results: [DeliveryResult], _ log: EventLog, on connection: any SQLConnection
    ) throws -> [Change] {
        let tried = results.filter(\.isAttempt)
        guard let last = tried.last else { return [] }
        let delivered = tried.last(where: \.isDelivered)
        let failingSince = last.isDelivered ? nil : webhook.failingSinceMilliseconds ?? nowMilliseconds
        if let reason = reason(to: webhook, tried, failingSince: failingSince), webhook.isActive {
            return [.disabled(try disable(webhook, reason, failingSince: failingSince, log, on: connection))]
        }
        guard delivered != nil || failingSince != webhook.failingSinceMilliseconds else { return [] }
        let lastTriggered = delivered == nil ? nil : nowMilliseconds
        try WebhookStore.note(webhook.id, lastTriggered: lastTriggered, failingSince: failingSince, on: connection)
        return [.noted(webhook.id, lastTriggered: lastTriggered, failingSince: failingSince)]
    }

    private func reason(
        to webhook: WebhookRecord, _ tried: [DeliveryResult], failingSince: Int64?
    ) -> WebhookRecord.DisabledReason? {
        if webhook.disablesOnGone, tried.contains(where: \.isGone) { return .gone }
        guard webhook.disableAfterDays > 0, let failingSince else { return nil }
        return nowMilliseconds - failingSince >= Int64(webhook.disableAfterDays) * 86_400_000 ? .failing : nil
    }

    /// Switches a webhook off, fails what waits for it, and tells the others of its session.
    private func disable(
        _ webhook: WebhookRecord, _ reason: WebhookRecord.DisabledReason, failingSince: Int64?, _ log: EventLog,
        on connection: any SQLConnection
    ) throws -> WebhookRecord {
        // As it is stored: a caller may have changed it in between.
        var disabled = try WebhookStore.webhook(webhook.id, on: connection) ?? webhook
        disabled.isActive = false
        disabled.disabledReason = reason
        disabled.failingSinceMilliseconds = failingSince
        disabled.updatedAtMilliseconds = nowMilliseconds
        try WebhookStore.put(disabled, on: connection)
        try DeliveryStore.failAll(
            of: disabled, error: "The webhook was disabled: \(reason.rawValue)", atMilliseconds: nowMilliseconds,
            on: connection)
        try log.record([.webhookDisabled(disabled, atMilliseconds: nowMilliseconds)], on: connection)
        return disabled
    }
}

extension DeliveryResult {
    fileprivate var isAttempt: Bool {
        switch outcome {
        case .answered, .unanswered: true
        case .undeliverable, .unwanted, .interrupted: false
        }
    }

    fileprivate var isGone: Bool {
        if case .answered(410, _, _) = outcome { true } else { false }
    }
}

extension GatewayEvent {
    /// A webhook was switched off by itself; told to the other webhooks of its session, and to whoever listens.
    static func webhookDisabled(_ webhook: WebhookRecord, atMilliseconds now: Int64) -> GatewayEvent {
        let reason = webhook.disabledReason?.rawValue ?? ""
        return GatewayEvent(
            sessionID: webhook.sessionID, name: .webhookDisabled, occurredAtMilliseconds: now,
            identity: "evt_webhook_disabled_" + EventHash.of(webhook.id, reason, "\(now)"),
            data: .init { json in
                json.add("sessionId", webhook.sessionID)
                json.add("webhookId", webhook.id)
                json.add("url", webhook.url)
                json.add("reason", reason)
                json.add("failingSince", webhook.failingSinceMilliseconds)
            })
    }
}
