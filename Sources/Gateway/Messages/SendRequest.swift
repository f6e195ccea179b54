/// One message to one chat, as a route received it.
package struct SendRequest: Sendable, Equatable {
    /// The recipient as the caller wrote it; `ChatID` says what is understood.
    package var chatID: String
    package var content: OutgoingMessage
    /// The message it answers, serialised or bare.
    package var quotedMessageID: String?
    /// Whether the quoted message must be in the chat that is written to.
    package var quotesSameChatOnly: Bool
    /// Whether the page of the text's first link is asked for its card.
    package var fetchesLinkPreview: Bool
    /// What makes a repetition recognisable; nil when the caller asked for nothing of the kind.
    package var identity: RequestIdentity?

    package init(
        chatID: String, content: OutgoingMessage, quotedMessageID: String? = nil, quotesSameChatOnly: Bool = false,
        fetchesLinkPreview: Bool = false, identity: RequestIdentity? = nil
    ) {
        self.chatID = chatID
        self.content = content
        self.quotedMessageID = quotedMessageID
        self.quotesSameChatOnly = quotesSameChatOnly
        self.fetchesLinkPreview = fetchesLinkPreview
        self.identity = identity
    }
}

/// How long a send waits for WhatsApp's acknowledgement before it answers.
package enum SendWait: Sendable, Equatable {
    /// `SEND_ACK_TIMEOUT_MS`.
    case configured
    /// Not at all: answer as soon as the message is durable (`Prefer: respond-async`).
    case none
    case milliseconds(Int)
}

/// What a send answers.
package struct SendResult: Sendable, Equatable {
    /// `true_<neutral chat id>_<ID>`.
    package let messageID: String
    /// WhatsApp's time when acknowledged, else the time of acceptance.
    package let timestampSeconds: Int64
    /// Whether WhatsApp acknowledged within the wait (`X-OpenWA-Ack: server`, else `pending`).
    package let acknowledged: Bool
    /// Whether this is the answer to an earlier request, given again (`Idempotent-Replayed: true`).
    package var isReplay: Bool

    package init(messageID: String, timestampSeconds: Int64, acknowledged: Bool, isReplay: Bool = false) {
        self.messageID = messageID
        self.timestampSeconds = timestampSeconds
        self.acknowledged = acknowledged
        self.isReplay = isReplay
    }
}
