/// Every kind of event, by the name under which webhooks and live channels know it (contract 12), in its order.
package enum EventName: String, Sendable, CaseIterable, Hashable {
    case messageReceived = "message.received"
    case messageSent = "message.sent"
    case messageAck = "message.ack"
    /// One participant's receipt; only for those who name it.
    case messageReceipt = "message.receipt"
    case messageFailed = "message.failed"
    case messageRevoked = "message.revoked"
    case messageReaction = "message.reaction"
    case messageEdited = "message.edited"
    case sessionStatus = "session.status"
    case sessionQR = "session.qr"
    case sessionAuthenticated = "session.authenticated"
    case sessionDisconnected = "session.disconnected"
    case sessionReconnectLoop = "session.reconnect_loop"
    case sessionRestriction = "session.restriction"
    case presenceUpdate = "presence.update"
    case groupJoin = "group.join"
    case groupLeave = "group.leave"
    case groupUpdate = "group.update"
    case groupJoinRequest = "group.join_request"
    case callReceived = "call.received"
    case callAccepted = "call.accepted"
    case callRejected = "call.rejected"
    case callMissed = "call.missed"
    case statusReceived = "status.received"
    /// Somebody answers a calendar event.
    case eventResponse = "event.response"
    /// A webhook was switched off because its endpoint is gone; ours, in addition to the contract's: only for those who name
    /// it.
    case webhookDisabled = "webhook.disabled"

    /// Stands for all events, but for those that must be named.
    package static let wildcard = "*"

    /// Whether `*` stands for it too.
    package var isCoveredByWildcard: Bool { self != .messageReceipt && self != .webhookDisabled }

    /// Whether it is about a message, so that filters on messages apply to it.
    package var isAboutMessage: Bool { rawValue.hasPrefix("message.") }
}
