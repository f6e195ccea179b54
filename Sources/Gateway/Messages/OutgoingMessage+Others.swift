package import FoundationEssentials

// Outgoing messages that are about other messages.

/// Which message another one is about. Addresses are neutral chat ids.
package struct OutgoingMessageKey: Sendable, Equatable, Codable {
    package var chat: String
    package var id: String
    package var isFromMe: Bool
    /// Who wrote it, in a group and not by us; nil elsewhere.
    package var participant: String?

    package init(chat: String, id: String, isFromMe: Bool, participant: String? = nil) {
        self.chat = chat
        self.id = id
        self.isFromMe = isFromMe
        self.participant = participant
    }
}

/// The message that another one answers, with what it said.
package struct OutgoingQuote: Sendable, Equatable, Codable {
    package var key: OutgoingMessageKey
    /// The neutral id of who wrote it, ourselves included.
    package var author: String
    /// The serialized protobuf of its content.
    package var content: Data
    /// Whether its chat is another one than the answer's.
    package var isElsewhere: Bool

    package init(key: OutgoingMessageKey, author: String, content: Data, isElsewhere: Bool = false) {
        self.key = key
        self.author = author
        self.content = content
        self.isElsewhere = isElsewhere
    }
}

/// A stored message to be sent on: the protobuf as it was stored, with its forwarding score.
package struct OutgoingForward: Sendable, Equatable, Codable {
    package var content: Data

    package init(content: Data) {
        self.content = content
    }
}

/// An emoji on a message; an empty one takes ours away.
package struct OutgoingReaction: Sendable, Equatable, Codable {
    package var key: OutgoingMessageKey
    package var emoji: String
    package var sentAtMilliseconds: Int64

    package init(key: OutgoingMessageKey, emoji: String, sentAtMilliseconds: Int64) {
        self.key = key
        self.emoji = emoji
        self.sentAtMilliseconds = sentAtMilliseconds
    }
}

/// A new text for a message of ours.
package struct OutgoingEdit: Sendable, Equatable, Codable {
    package var key: OutgoingMessageKey
    package var text: OutgoingText
    package var editedAtMilliseconds: Int64

    package init(key: OutgoingMessageKey, text: OutgoingText, editedAtMilliseconds: Int64) {
        self.key = key
        self.text = text
        self.editedAtMilliseconds = editedAtMilliseconds
    }
}

/// Takes a message back for everyone: ours, or as an admin somebody else's in a group.
package struct OutgoingRevoke: Sendable, Equatable, Codable {
    package var key: OutgoingMessageKey

    package init(key: OutgoingMessageKey) {
        self.key = key
    }
}

/// Fixes a message at the top of its chat for everybody, or loosens it.
package struct OutgoingPin: Sendable, Equatable, Codable {
    package var key: OutgoingMessageKey
    package var isPinned: Bool
    package var durationSeconds: Int64
    package var sentAtMilliseconds: Int64

    package init(key: OutgoingMessageKey, isPinned: Bool, durationSeconds: Int64, sentAtMilliseconds: Int64) {
        self.key = key
        self.isPinned = isPinned
        self.durationSeconds = durationSeconds
        self.sentAtMilliseconds = sentAtMilliseconds
    }
}

/// Our vote in a poll; none of the options takes it back.
package struct OutgoingVote: Sendable, Equatable, Codable {
    package var key: OutgoingMessageKey
    package var options: [String]
    package var sentAtMilliseconds: Int64

    package init(key: OutgoingMessageKey, options: [String], sentAtMilliseconds: Int64) {
        self.key = key
        self.options = options
        self.sentAtMilliseconds = sentAtMilliseconds
    }
}

/// One of the answers that a business's message offers.
package struct OutgoingChoice: Sendable, Equatable, Codable {
    /// What kind of message offers it.
    package enum Source: Sendable, Equatable, Codable {
        case buttons
        case list(description: String?)
        case template(index: Int)
        case nativeFlow(name: String, parameters: String)
    }

    package var id: String
    package var text: String
    package var source: Source

    package init(id: String, text: String, source: Source) {
        self.id = id
        self.text = text
        self.source = source
    }
}
