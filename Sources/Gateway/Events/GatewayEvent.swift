package import StrictJSON

/// Something that happened, to be recorded in the log: what webhooks, live channels and the pull API tell.
///
/// `GatewayEvent+Messages.swift` and its neighbours make them; nobody else writes `data`.
package struct GatewayEvent: Sendable, Equatable {
    package let sessionID: String
    package let name: EventName
    /// The chat it belongs to, whose events keep their order; '' for what belongs to none.
    package var chat = ""
    package let occurredAtMilliseconds: Int64
    /// The idempotency key of contract 11.2 without the webhook: the same however often the event is told.
    package let identity: String
    /// As a webhook gets it (contract 12), but for the bytes of media.
    package let data: JSONObject
    /// The row of the message whose media belongs into `data.media`; nil when there is none.
    package var mediaRow: Int64?
    /// What the session's row keeps of it, written with the event.
    var told: Told?

    enum Told: Sendable, Equatable {
        case status(SessionStatus)
        case ban(isActive: Bool)
    }

    package init(
        sessionID: String, name: EventName, chat: String = "", occurredAtMilliseconds: Int64, identity: String,
        data: JSONObject, mediaRow: Int64? = nil
    ) {
        self.sessionID = sessionID
        self.name = name
        self.chat = chat
        self.occurredAtMilliseconds = occurredAtMilliseconds
        self.identity = identity
        self.data = data
        self.mediaRow = mediaRow
    }
}
