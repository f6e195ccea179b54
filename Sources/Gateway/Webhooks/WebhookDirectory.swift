import Synchronization

/// All webhooks in memory: asked for each event that is recorded, and before each attempt.
///
/// Changed only after the change is durable, in the order of commits.
package final class WebhookDirectory: Sendable {
    private struct State {
        var byID: [String: WebhookRecord] = [:]
        /// The active ones of each session.
        var active: [String: [WebhookRecord]] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    init(_ webhooks: [WebhookRecord]) {
        for webhook in webhooks { put(webhook) }
    }

    subscript(id: String) -> WebhookRecord? { state.withLock { $0.byID[id] } }

    var all: [WebhookRecord] { state.withLock { Array($0.byID.values) } }

    /// Whom an event is to be delivered to.
    func subscribers(to event: GatewayEvent) -> [WebhookRecord] {
        let active = state.withLock { $0.active.isEmpty ? nil : $0.active[event.sessionID] }
        guard let active else { return [] }
        return active.filter { $0.subscribes(to: event.name) && ($0.filter?.passes(event) ?? true) }
    }

    func put(_ webhook: WebhookRecord) {
        state.withLock { state in
            state.byID[webhook.id] = webhook
            Self.refresh(webhook.sessionID, &state)
        }
    }

    func remove(_ id: String) {
        state.withLock { state in
            guard let webhook = state.byID.removeValue(forKey: id) else { return }
            Self.refresh(webhook.sessionID, &state)
        }
    }

    func remove(sessionID: String) {
        state.withLock { state in
            state.byID = state.byID.filter { $0.value.sessionID != sessionID }
            state.active[sessionID] = nil
        }
    }

    /// What the dispatcher learnt of an endpoint.
    func note(_ id: String, lastTriggered: Int64?, failingSince: Int64?) {
        state.withLock { state in
            guard var webhook = state.byID[id] else { return }
            webhook.lastTriggeredAtMilliseconds = lastTriggered ?? webhook.lastTriggeredAtMilliseconds
            webhook.failingSinceMilliseconds = failingSince
            state.byID[id] = webhook
        }
    }

    private static func refresh(_ sessionID: String, _ state: inout State) {
        let active = state.byID.values.filter { $0.sessionID == sessionID && $0.isActive }
        state.active[sessionID] = active.isEmpty ? nil : active.sorted { $0.id < $1.id }
    }
}
