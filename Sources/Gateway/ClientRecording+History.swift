import Storage
import WAClient
import WAProtocol

extension ClientRecording {
    /// Takes in some of the phone's history: chats as they were, and messages that are not here yet. Repeatable.
    ///
    /// What came live is newer than any history and stays as it is.
    func store(_ batch: HistoryBatch, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        var newest: [String: Int64] = [:]
        for item in batch.messages {
            guard let chat = try store(item, nowMilliseconds: now, on: connection) else { continue }
            newest[chat] = max(newest[chat] ?? 0, item.message.timestampSeconds)
        }
        for (chat, seconds) in newest {
            try ChatStore.note(
                messageIn: chat, timestampSeconds: seconds, isUnread: false, in: session.id, on: connection)
        }
        for chat in batch.chats { try ChatStore.takeOver(chat, of: session.id, on: connection) }
        for chat in Set(newest.keys).union(batch.chats.map { ChatID.neutral($0.chat) }) {
            let unread = try ChatStore.unread(in: chat, of: session.id, on: connection)
            if unread > 0 { try messages.unreadNewest(unread, in: chat, of: session.id, on: connection) }
        }
    }

    /// - Returns: the chat, when a row was inserted.
    private func store(
        _ item: HistoryMessage, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws -> String? {
        let message = item.message
        guard
            var row = row(of: message, createdAtMilliseconds: message.timestampSeconds * 1000)
        else {
            _ = try apply(message, on: connection)
            return nil
        }
        if let end = row.expiresAtMilliseconds {
            guard storesEphemeral else { return nil }
            // What is past its time and still on the phone was kept there.
            if end <= now { row.expiresAtMilliseconds = nil }
        }
        row.status = item.status?.messageStatus ?? (message.isFromMe ? .sent : .read)
        row.isStarred = item.isStarred
        row.isHistory = true
        let number = try messages.insert(row, on: connection)
        if let number {
            try media.record(
                message, messageSeq: number, isHistory: true, in: session.id, nowMilliseconds: now, on: connection)
        }
        for reaction in item.reactions {
            try ReactionStore.put(
                reaction.emoji, on: message.id, chat: row.chat, by: ChatID.neutral(reaction.sender),
                atMilliseconds: reaction.atMilliseconds, in: session.id, connection)
        }
        return number == nil ? nil : row.chat
    }
}

extension HistoryMessage.Status {
    fileprivate var messageStatus: MessageStatus {
        switch self {
        case .failed: .failed
        case .pending: .pending
        case .sent: .sent
        case .delivered: .delivered
        case .read: .read
        }
    }
}
