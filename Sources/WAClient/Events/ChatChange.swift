package import WABinary

/// Something about a chat that the account's devices share.
package struct ChatChange: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        case archived(Bool)
        case pinned(Bool)
        /// Unix milliseconds, -1 for ever; nil when it makes noise again.
        case muted(untilMilliseconds: Int64?)
        case markedRead(Bool)
        /// Its messages up to this time (Unix seconds) are gone; the chat stays.
        case cleared(throughSeconds: Int64, keepsStarred: Bool)
        /// The chat and its messages up to this time are gone.
        case deleted(throughSeconds: Int64)
        /// New messages disappear after so many seconds; 0 for never.
        case ephemeral(seconds: Int64)
    }

    package let chat: JID
    package let change: Change
    /// When it was changed, Unix milliseconds.
    package let atMilliseconds: Int64

    package init(chat: JID, change: Change, atMilliseconds: Int64) {
        self.chat = chat
        self.change = change
        self.atMilliseconds = atMilliseconds
    }
}

/// Something about one message that the account's devices share.
package struct MessageChange: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        case starred(Bool)
        /// Deleted on our side only.
        case deletedForMe
    }

    package let chat: JID
    package let messageID: String
    package let isFromMe: Bool
    /// The author, in groups, of what is not ours.
    package let participant: JID?
    package let change: Change
    package let atMilliseconds: Int64

    package init(
        chat: JID, messageID: String, isFromMe: Bool, participant: JID?, change: Change, atMilliseconds: Int64
    ) {
        self.chat = chat
        self.messageID = messageID
        self.isFromMe = isFromMe
        self.participant = participant
        self.change = change
        self.atMilliseconds = atMilliseconds
    }
}

/// A label of a business account changed, or a chat or message got or lost one.
package struct LabelChange: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        case edited(name: String, color: Int, isDeleted: Bool)
        case chat(JID, isLabelled: Bool)
        case message(chat: JID, id: String, isLabelled: Bool)
    }

    package let labelID: String
    package let change: Change

    package init(labelID: String, change: Change) {
        self.labelID = labelID
        self.change = change
    }
}
