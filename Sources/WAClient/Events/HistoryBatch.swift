package import WABinary

/// Some of what one chunk of the phone's history holds: small enough for one transaction.
package struct HistoryBatch: Sendable {
    /// Which part of the history the phone sends (protocol reference 5.13).
    package enum Kind: String, Sendable {
        case initialBootstrap, initialStatus, full, recent, pushNames, nonBlockingData, onDemand
    }

    package let kind: Kind
    /// The chunk's place, and how far the phone says it is, 0 to 100; nil when it says nothing.
    package let chunkOrder: Int
    package let progressPercent: Int?
    package let chats: [HistoryChat]
    package let messages: [HistoryMessage]
    /// Nothing of this chunk follows.
    package let isEndOfChunk: Bool

    package init(
        kind: Kind, chunkOrder: Int, progressPercent: Int?, chats: [HistoryChat], messages: [HistoryMessage],
        isEndOfChunk: Bool
    ) {
        self.kind = kind
        self.chunkOrder = chunkOrder
        self.progressPercent = progressPercent
        self.chats = chats
        self.messages = messages
        self.isEndOfChunk = isEndOfChunk
    }
}

/// A chunk of the phone's history that cannot be had or read, and is given up.
package struct HistoryLoss: Sendable, Equatable {
    package let kind: HistoryBatch.Kind
    package let chunkOrder: Int
    /// For people.
    package let reason: String

    package init(kind: HistoryBatch.Kind, chunkOrder: Int, reason: String) {
        self.kind = kind
        self.chunkOrder = chunkOrder
        self.reason = reason
    }
}

/// A chat as the phone had it when it wrote the history.
package struct HistoryChat: Sendable, Equatable {
    /// The phone number JID where the number is known.
    package let chat: JID
    package var name: String?
    package var unreadCount: Int?
    package var isMarkedUnread: Bool?
    package var isArchived: Bool?
    /// Unix milliseconds; nil when not pinned.
    package var pinnedAtMilliseconds: Int64?
    /// Unix milliseconds, -1 for ever, nil when not muted.
    package var mutedUntilMilliseconds: Int64?
    /// Messages disappear after so many seconds; nil when not told.
    package var ephemeralSeconds: Int64?
    package var lastMessageSeconds: Int64?

    package init(chat: JID) { self.chat = chat }
}

/// A message of the history, with what had become of it.
package struct HistoryMessage: Sendable {
    package enum Status: Sendable, Equatable { case failed, pending, sent, delivered, read }

    /// One person's reaction to it.
    package struct Reaction: Sendable, Equatable {
        package let sender: JID
        package let emoji: String
        package let atMilliseconds: Int64

        package init(sender: JID, emoji: String, atMilliseconds: Int64) {
            self.sender = sender
            self.emoji = emoji
            self.atMilliseconds = atMilliseconds
        }
    }

    package let message: ReceivedMessage
    /// Nil when the phone does not say.
    package let status: Status?
    package let isStarred: Bool
    package let reactions: [Reaction]

    package init(message: ReceivedMessage, status: Status?, isStarred: Bool, reactions: [Reaction]) {
        self.message = message
        self.status = status
        self.isStarred = isStarred
        self.reactions = reactions
    }
}
