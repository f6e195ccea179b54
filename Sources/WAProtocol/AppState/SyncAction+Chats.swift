package import WABinary
import WAProto

/// The newest message of a chat, by which what is done to the chat says how far it reaches.
package struct LastMessage: Equatable, Sendable {
    package var key: MessageKey
    package let timestampSeconds: Int64

    package init(key: MessageKey, timestampSeconds: Int64) {
        self.key = key
        self.timestampSeconds = timestampSeconds
    }
}

/// What is done to chats and messages; addresses are in the addressing of the chat. Source: protocol reference 5.14.
extension SyncAction {
    /// Takes a message away on our own devices only.
    ///
    /// The key is in the addressing of the chat; `sentAtSeconds` is the message's own time.
    package static func deleteForMe(
        _ key: MessageKey, sentAtSeconds: Int64, deletesMedia: Bool, nowMilliseconds: Int64
    ) -> SyncAction {
        SyncAction(
            .regularHigh, version: 3, index: ["deleteMessageForMe"] + key.indexParts, atMilliseconds: nowMilliseconds
        ) {
            $0.deleteMessageForMeAction.deleteMedia = deletesMedia
            $0.deleteMessageForMeAction.messageTimestamp = sentAtSeconds
        }
    }

    package static func star(_ key: MessageKey, _ isStarred: Bool, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(.regularHigh, version: 2, index: ["star"] + key.indexParts, atMilliseconds: nowMilliseconds) {
            $0.starAction.starred = isStarred
        }
    }

    /// Unix milliseconds, -1 for ever; nil lets the chat make noise again.
    package static func mute(_ chat: JID, untilMilliseconds: Int64?, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(.regularHigh, version: 2, index: ["mute", chat.indexPart], atMilliseconds: nowMilliseconds) {
            $0.muteAction.muted = untilMilliseconds != nil
            if let untilMilliseconds { $0.muteAction.muteEndTimestamp = untilMilliseconds }
        }
    }

    package static func pin(_ chat: JID, _ isPinned: Bool, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(.regularLow, version: 5, index: ["pin_v1", chat.indexPart], atMilliseconds: nowMilliseconds) {
            $0.pinAction.pinned = isPinned
        }
    }

    /// A chat that is archived is not pinned: ``pin(_:_:nowMilliseconds:)`` goes with it.
    package static func archive(
        _ chat: JID, _ isArchived: Bool, last: LastMessage?, nowMilliseconds: Int64
    ) -> SyncAction {
        SyncAction(.regularLow, version: 3, index: ["archive", chat.indexPart], atMilliseconds: nowMilliseconds) {
            $0.archiveChatAction.archived = isArchived
            $0.archiveChatAction.messageRange = range(last, nowMilliseconds)
        }
    }

    package static func markRead(_ chat: JID, _ isRead: Bool, last: LastMessage?, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(.regularLow, version: 3, index: ["markChatAsRead", chat.indexPart], atMilliseconds: nowMilliseconds) {
            $0.markChatAsReadAction.read = isRead
            $0.markChatAsReadAction.messageRange = range(last, nowMilliseconds)
        }
    }

    /// Takes the chat's messages away, starred ones too; the chat stays.
    package static func clear(_ chat: JID, last: LastMessage?, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(
            .regularHigh, version: 6, index: ["clearChat", chat.indexPart, "1", "0"], atMilliseconds: nowMilliseconds
        ) { $0.clearChatAction_p.messageRange = range(last, nowMilliseconds) }
    }

    /// Takes the chat away with its messages and their files.
    package static func delete(_ chat: JID, last: LastMessage?, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(
            .regularHigh, version: 6, index: ["deleteChat", chat.indexPart, "1"], atMilliseconds: nowMilliseconds
        ) { $0.deleteChatAction.messageRange = range(last, nowMilliseconds) }
    }

    /// How far an action reaches: to the chat's last message, else to now.
    private static func range(_ last: LastMessage?, _ nowMilliseconds: Int64) -> WASyncActionMessageRange {
        var range = WASyncActionMessageRange()
        range.lastMessageTimestamp = last?.timestampSeconds ?? nowMilliseconds / 1000
        if let last {
            var message = WASyncActionMessage()
            message.key = last.key.proto
            message.timestamp = last.timestampSeconds
            range.messages = [message]
        }
        return range
    }
}

extension MessageKey {
    /// chat, message id, fromMe, participant or "0".
    fileprivate var indexParts: [String] {
        let wire = proto
        return [wire.remoteJid, wire.id, wire.fromMe ? "1" : "0", wire.hasParticipant ? wire.participant : "0"]
    }
}

extension JID {
    var indexPart: String { account.description }
}
