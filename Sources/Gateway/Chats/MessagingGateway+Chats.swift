import Storage
import WABinary
import WAClient
import WAProtocol

/// What is done to a chat on all devices of the account.
package enum ChatAction: Sendable, Equatable {
    case archive(Bool)
    case pin(Bool)
    /// Until a time in Unix milliseconds, -1 for ever; nil makes it ring again.
    case mute(untilMilliseconds: Int64?)
    case markUnread
    /// Only takes that mark away; receipts are `MessagingGateway.markRead`'s.
    case markRead
    /// Its messages go, the chat stays.
    case clear
    case delete
}

extension MessagingGateway {
    /// The chats of a session, the one with the newest message first.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, also for an unknown session; `.sessionNotConnected` when it was never linked.
    package func chats(limit: Int, offset: Int, session idOrName: String) async throws -> [ChatRecord] {
        let session = try startedSession(idOrName)
        let now = environment.nowMilliseconds
        return try await read { connection in
            try ChatStore.list(of: session.id, limit: limit, offset: offset, nowMilliseconds: now, on: connection)
        }
    }

    /// Does something to a chat; what is stored here changes once WhatsApp has it.
    ///
    /// - Returns: false when WhatsApp cannot do it: nothing is known of the chat, or three chats are pinned already.
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.invalidChatID`, `.refusedByWhatsApp`, `.noAnswer`.
    package func perform(_ action: ChatAction, chatID: String, session idOrName: String) async throws -> Bool {
        let (session, client) = try connectedClient(idOrName)
        let chat = try ChatID(parsing: chatID)
        let (isKnown, newest, pinned) = try await read { connection in
            let (isKnown, newest) = try ChatStore.newest(in: chat, of: session.id, on: connection)
            let forms = try chat.storedForms(on: connection)
            return (isKnown, newest, try ChatStore.pinnedCount(without: forms, of: session.id, on: connection))
        }
        let last = newest.flatMap { message in
            message.key.messageKey.map { LastMessage(key: $0, timestampSeconds: message.timestampSeconds) }
        }
        do {
            switch action {
            case .pin(let isPinned):
                guard !isPinned || pinned < Self.maximumPinnedChats else { return false }
                try await client.setPinned(isPinned, chat: chat.jid)
            case .mute(let until):
                // Whoever writes the largest number there is means for ever.
                try await client.setMuted(untilMilliseconds: until.map { min($0, WireTime.lastMillisecond) }, chat: chat.jid)
            case .archive(let isArchived):
                guard isKnown else { return false }
                try await client.setArchived(isArchived, chat: chat.jid, last: last)
            case .markUnread:
                guard isKnown else { return false }
                try await client.markChatRead(false, chat: chat.jid, last: last)
            case .markRead:
                try await client.markChatRead(true, chat: chat.jid, last: last)
            case .clear:
                guard isKnown else { return false }
                try await client.clearChat(chat.jid, last: last)
            case .delete:
                guard isKnown else { return false }
                try await client.deleteChat(chat.jid, last: last)
            }
        } catch {
            throw Self.gatewayError(of: error)
        }
        return true
    }

    /// As many as phones allow.
    private static let maximumPinnedChats = 3

    /// A session that is started and linked, connected at this moment or not: what is stored of it may be read.
    func startedSession(_ idOrName: String) throws(GatewayError) -> GatewaySession {
        guard let session = directory[idOrName] else { throw .sessionNotStarted }
        switch session.lifecycle.sendGate {
        case .open: return session
        case .notActive: throw .sessionNotStarted
        case .notLinked: throw .sessionNotConnected
        }
    }
}
