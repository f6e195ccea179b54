/// One conversation of an account, as chat lists show it (contract 4 of the rest half).
package struct ChatRecord: Sendable, Equatable {
    /// The neutral chat id.
    package let id: String
    package let kind: ChatKind
    /// A group's subject, a person's name; the number where nothing else is known.
    package let name: String
    /// Received and not read. A chat that was marked as unread by hand has at least 1.
    package let unreadCount: Int
    /// Of its newest message, Unix seconds; 0 for none.
    package let timestampSeconds: Int64
    /// The newest message's body and type.
    package let lastMessage: String?
    package let lastMessageType: String?
    package let isArchived: Bool
    package let isPinned: Bool
    package let isMuted: Bool
    /// Unix milliseconds, 0 for ever; nil when not muted.
    package let muteExpirationMilliseconds: Int64?
}

/// What kind of conversation an id names (contract 7 of the core half).
package enum ChatKind: String, Sendable, CaseIterable {
    case individual, group, channel, status, broadcast, unknown
}

extension ChatID {
    package var chatKind: ChatKind {
        switch kind {
        case .phone, .lid: .individual
        case .group: .group
        case .channel: .channel
        case .broadcast: user == "status" ? .status : .broadcast
        }
    }
}
