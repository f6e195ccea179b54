/// How far a message got; it only moves forward (contract 3.7).
package enum MessageStatus: Int64, Sendable, CaseIterable, Comparable {
    /// WhatsApp refused it, or its recipient has no account.
    case failed = -1
    /// Durable here, not yet acknowledged.
    case pending = 0
    /// WhatsApp's server has it.
    case sent = 1
    /// On the recipient's phone; for a received message: on ours.
    case delivered = 2
    case read = 3

    /// The name in the API.
    package var name: String {
        switch self {
        case .failed: "failed"
        case .pending: "pending"
        case .sent: "sent"
        case .delivered: "delivered"
        case .read: "read"
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Which way a message went.
package enum MessageDirection: String, Sendable, CaseIterable {
    case incoming
    case outgoing
}

/// One stored message, either way (contract 3.7).
package struct MessageRecord: Sendable, Equatable {
    /// The row's own id, a UUID; the cursor of `MessageQuery.after`.
    package let id: String
    package let sessionID: String
    /// `true_<chat>_<ID>` or `false_<chat>_<ID>[_<participant>]`.
    package let waMessageID: String
    /// The neutral chat id, `<phone>@c.us` for a person whose number is known.
    package let chatID: String
    package let chatName: String?
    /// Who wrote it, in a group; nil elsewhere.
    package let author: String?
    /// For what we sent: our bare number, or `me`. For what we received: the sender's neutral id.
    package let from: String
    package let to: String
    package let body: String
    /// `text`, `image`, …, `unknown`.
    package let type: String
    package let direction: MessageDirection
    /// WhatsApp's time, or the time of acceptance while not acknowledged.
    package let timestampSeconds: Int64
    /// A JSON object, or nil.
    package var metadataJSON: String?
    package let status: MessageStatus
    package let createdAtMilliseconds: Int64
    /// What the message's file is said to be; nil for a message without one.
    package var mediaMimetype: String?
    /// Whether the file is here.
    package var isMediaStored = false
}

/// Which stored messages to show, newest first.
package struct MessageQuery: Sendable, Equatable {
    package enum Order: String, Sendable, CaseIterable {
        case createdAt
        case timestamp
    }

    /// A session's id or name; an unknown one has no messages.
    package var session: String
    /// Any dialect of a chat id.
    package var chatID: String?
    /// A sender, any dialect; in groups the author too.
    package var from: String?
    /// 1–100; the caller has clamped it.
    package var limit: Int
    package var offset: Int
    /// The row id of the previous page's last message; it beats `offset`.
    package var after: String?
    /// One message, by its serialised or bare id.
    package var messageID: String?
    /// Inclusive, Unix milliseconds.
    package var sinceMilliseconds: Int64?
    /// Exclusive, Unix milliseconds.
    package var untilMilliseconds: Int64?
    package var direction: MessageDirection?
    package var type: String?
    package var order: Order
    /// Whether files come with their messages, in base64, as far as they fit.
    package var inlinesMedia = false

    package init(
        session: String, chatID: String? = nil, from: String? = nil, limit: Int = 50, offset: Int = 0,
        after: String? = nil, messageID: String? = nil, sinceMilliseconds: Int64? = nil,
        untilMilliseconds: Int64? = nil, direction: MessageDirection? = nil, type: String? = nil,
        order: Order = .createdAt
    ) {
        self.session = session
        self.chatID = chatID
        self.from = from
        self.limit = limit
        self.offset = offset
        self.after = after
        self.messageID = messageID
        self.sinceMilliseconds = sinceMilliseconds
        self.untilMilliseconds = untilMilliseconds
        self.direction = direction
        self.type = type
        self.order = order
    }
}

/// One page of stored messages.
package struct MessagePage: Sendable, Equatable {
    package var messages: [MessageRecord]
    /// How many messages the filters match, over all pages.
    package let total: Int

    package init(messages: [MessageRecord], total: Int) {
        self.messages = messages
        self.total = total
    }
}
