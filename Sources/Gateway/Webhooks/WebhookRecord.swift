/// Where events of a session are posted to, and which and how (contract 10).
package struct WebhookRecord: Sendable, Equatable {
    /// In which order events arrive; ours, in addition to the contract's.
    package enum Ordering: String, Sendable, CaseIterable {
        /// As fast as possible.
        case none
        /// An event waits until those before it in its chat are delivered or given up.
        case chat
    }

    /// What happens after the contract's attempts; ours.
    package enum Schedule: String, Sendable, CaseIterable {
        /// The delivery has failed.
        case standard
        /// It is tried on for three days.
        case extended
    }

    /// Why it was switched off by itself.
    package enum DisabledReason: String, Sendable, CaseIterable {
        /// The endpoint answered 410.
        case gone
        /// Nothing was delivered for days.
        case failing
    }

    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package let id: String
    package let sessionID: String
    package var url: String
    /// Names, or `*`; in the order given.
    package var events: [String]
    package var secret: String?
    /// Signs too until then.
    var previousSecret: String?
    var previousSecretUntilMilliseconds: Int64?
    package var headers: [Header]
    package var filter: WebhookFilter?
    package var isActive: Bool
    /// 0 to 5: how many attempts in all; 0 and 1 both mean one.
    package var retryCount: Int
    package var ordering: Ordering
    package var schedule: Schedule
    package var disablesOnGone: Bool
    /// After so many days without a delivery, though tried; 0 for never.
    package var disableAfterDays: Int
    package var disabledReason: DisabledReason?
    /// Since when every attempt has failed.
    var failingSinceMilliseconds: Int64?
    package var lastTriggeredAtMilliseconds: Int64?
    package let createdAtMilliseconds: Int64
    package var updatedAtMilliseconds: Int64

    /// Whether it wants events of this name; filters are another matter.
    func subscribes(to name: EventName) -> Bool {
        events.contains(name.rawValue) || (name.isCoveredByWildcard && events.contains(EventName.wildcard))
    }

    /// The secrets that sign now, the newest first.
    func secrets(nowMilliseconds now: Int64) -> [String] {
        guard let secret else { return [] }
        guard let previousSecret, let until = previousSecretUntilMilliseconds, now < until else { return [secret] }
        return [secret, previousSecret]
    }
}

/// What a caller wants of a webhook; what is nil stays as it is, or has its default.
package struct WebhookDraft: Sendable {
    package var url: String?
    package var events: [String]?
    /// Empty takes it away.
    package var secret: String?
    package var headers: [WebhookRecord.Header]?
    package var filter: Change<WebhookFilter> = .keep
    package var isActive: Bool?
    package var retryCount: Int?
    package var ordering: WebhookRecord.Ordering?
    package var schedule: WebhookRecord.Schedule?
    package var disablesOnGone: Bool?
    package var disableAfterDays: Int?

    package enum Change<Value: Sendable>: Sendable {
        case keep, clear
        case set(Value)
    }

    package init() {}

    /// The webhook with everything the caller wants.
    ///
    /// A new secret leaves the old one signing until `overlapUntil`, so that receivers can change over; taking the secret
    /// away ends both at once.
    func applied(to webhook: WebhookRecord, nowMilliseconds now: Int64, overlapUntil: Int64) -> WebhookRecord {
        var changed = webhook
        changed.url = url ?? webhook.url
        changed.events = events ?? webhook.events
        if let secret, secret != webhook.secret {
            let isRotation = !secret.isEmpty && webhook.secret != nil
            changed.secret = secret.isEmpty ? nil : secret
            changed.previousSecret = isRotation ? webhook.secret : nil
            changed.previousSecretUntilMilliseconds = isRotation ? overlapUntil : nil
        }
        changed.headers = headers ?? webhook.headers
        switch filter {
        case .keep: break
        case .clear: changed.filter = nil
        case .set(let filter): changed.filter = filter.conditions.isEmpty ? nil : filter
        }
        if let isActive {
            changed.isActive = isActive
            if isActive { (changed.disabledReason, changed.failingSinceMilliseconds) = (nil, nil) }
        }
        changed.retryCount = retryCount ?? webhook.retryCount
        changed.ordering = ordering ?? webhook.ordering
        changed.schedule = schedule ?? webhook.schedule
        changed.disablesOnGone = disablesOnGone ?? webhook.disablesOnGone
        changed.disableAfterDays = disableAfterDays ?? webhook.disableAfterDays
        changed.updatedAtMilliseconds = now
        return changed
    }
}
