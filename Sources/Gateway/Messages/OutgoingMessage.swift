/// What a caller wants to say, before it is given an id and a place in the lane.
///
/// It is stored in the outbox as JSON until WhatsApp acknowledged it.
package enum OutgoingMessage: Sendable, Equatable, Codable {
    case text(OutgoingText)

    /// The type's name in stored rows (contract 3.5).
    package var typeName: String {
        switch self {
        case .text: "text"
        }
    }

    /// The body of the stored row.
    package var body: String {
        switch self {
        case .text(let content): content.text
        }
    }
}

/// A text, up to 4096 characters, and whom it mentions.
package struct OutgoingText: Sendable, Equatable, Codable {
    package var text: String
    /// Chat ids of the people named in the text as `@<number>`.
    package var mentions: [String]

    package init(_ text: String, mentions: [String] = []) {
        self.text = text
        self.mentions = mentions
    }
}

/// One message to one chat, as a route received it.
package struct SendRequest: Sendable, Equatable {
    /// The recipient as the caller wrote it; `ChatID` says what is understood.
    package var chatID: String
    package var content: OutgoingMessage

    package init(chatID: String, content: OutgoingMessage) {
        self.chatID = chatID
        self.content = content
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

    package init(messageID: String, timestampSeconds: Int64, acknowledged: Bool) {
        self.messageID = messageID
        self.timestampSeconds = timestampSeconds
        self.acknowledged = acknowledged
    }
}
