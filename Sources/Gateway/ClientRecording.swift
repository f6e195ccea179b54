import Storage
import WABinary
import WAClient

/// What the gateway writes down of a client's events, inside the transaction in which the client stores them.
///
/// So a received message is in `gateway_messages` exactly when its ratchet has moved on, and an outbox row is gone exactly
/// when the client will not send it again.
struct ClientRecording: Sendable {
    let session: GatewaySession
    let outbox: OutboxStore
    let events: EventLog
    /// Whether messages that disappear are kept at all (`STORE_EPHEMERAL_MESSAGES`).
    var storesEphemeral = true
    let nowMilliseconds: @Sendable () -> Int64
    var media = InboundMediaRecording()

    var messages: MessageStore { outbox.messages }

    func record(_ event: ClientEvent, on connection: any SQLConnection) throws {
        let now = nowMilliseconds()
        switch event {
        case .received(let message):
            let outcome = try store(message, nowMilliseconds: now, on: connection)
            try tell(outcome, of: message, nowMilliseconds: now, on: connection)
            try touch(now, on: connection)
        case .history(let batch):
            try store(batch, nowMilliseconds: now, on: connection)
        case .sendSettled(let messageID, .acknowledged(let seconds)):
            let answered = try outbox.acknowledge(
                messageID, in: session.id, own: session.ownID, serverSeconds: seconds, nowMilliseconds: now,
                on: connection)
            try tellAcknowledged(answered, messageID, serverSeconds: seconds, nowMilliseconds: now, on: connection)
            try touch(now, on: connection)
        case .sendSettled(let messageID, .refused(let refusal)):
            let answered = try outbox.fail(
                messageID, in: session.id, code: refusal.code, nowMilliseconds: now, on: connection)
            try tellRefused(answered, messageID, refusal, nowMilliseconds: now, on: connection)
        case .sendSettled(_, .interrupted):
            break
        case .sendProgress(let progress):
            try store(progress, on: connection)
        case .receipt(let update):
            let news = try advance(update, on: connection)
            try tell(news, of: update, nowMilliseconds: now, on: connection)
        case .contactChanged(let change):
            try store(change, on: connection)
        case .chatChanged(let change):
            try store(change, on: connection)
        case .messageChanged(let change):
            try store(change, on: connection)
        case .groupChanged(let change):
            try store(change, on: connection)
            try tell(change, nowMilliseconds: now, on: connection)
        case .presence(let update):
            let isNews = try store(update, on: connection)
            try tell(update, isNews: isNews, nowMilliseconds: now, on: connection)
        case .call(let call):
            try tell(call, nowMilliseconds: now, on: connection)
        case .paired(let account):
            try SessionStore.link(
                session.id, phone: account.phone.user, pushName: account.pushName, connectedAtMilliseconds: nil,
                nowMilliseconds: now, on: connection)
            try tellLinkedAnew(nowMilliseconds: now, on: connection)
        case .loggedOut:
            try SessionStore.unlink(session.id, nowMilliseconds: now, on: connection)
            try events.recordFailures(of: session.id, nowMilliseconds: now, on: connection)
            try outbox.failAll(of: session.id, code: "LOGGED_OUT", nowMilliseconds: now, on: connection)
        case .stateChanged, .online, .identityChanged, .labelChanged, .rejected, .historyLost:
            break
        }
    }

    private func touch(_ now: Int64, on connection: any SQLConnection) throws {
        guard session.isActive(nowMilliseconds: now) else { return }
        try SessionStore.touch(session.id, lastActiveMilliseconds: now, on: connection)
    }
}
