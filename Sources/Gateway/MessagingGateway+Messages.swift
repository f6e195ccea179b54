import Storage
import WABinary
import WAClient

extension MessagingGateway {
    /// Stored messages, newest first; an unknown session has none. Never asks WhatsApp.
    ///
    /// - Throws: `GatewayError.unknownCursor`, `.invalidChatID` for a `chatId` or `from` that is no address.
    package func messages(_ query: MessageQuery) async throws -> MessagePage {
        guard let session = directory[query.session] else { return MessagePage(messages: [], total: 0) }
        let store = outbox.messages
        let chat = try query.chatID.map { try ChatID(parsing: $0) }
        let from = try query.from.map { try ChatID(parsing: $0, field: "from") }
        return try await environment.database.read { connection in
            try store.page(
                query, sessionID: session.id, chatForms: chat.map { try $0.storedForms(on: connection) } ?? [],
                fromForms: from.map { try $0.storedForms(on: connection) } ?? [], on: connection)
        }
    }

    /// Tells the other side, and our phone, that received messages of a chat were read.
    ///
    /// - Parameter messageIDs: Serialised or bare; nil means every unread one.
    /// - Returns: whether there was anything to tell.
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.invalidChatID`.
    package func markRead(chatID: String, messageIDs: [String]? = nil, session idOrName: String) async throws -> Bool {
        let (session, client) = try connectedClient(idOrName)
        let chat = try ChatID(parsing: chatID)
        let store = outbox.messages
        var unread = try await environment.database.read { connection in
            try store.unread(
                in: try chat.storedForms(on: connection), of: session.id, limit: Self.readAtATime, on: connection)
        }
        if let messageIDs {
            let asked = Set(messageIDs.compactMap { MessageReference(parsing: $0)?.id })
            unread.removeAll { !asked.contains($0.messageID) }
        }
        guard !unread.isEmpty else { return false }
        for (author, messages) in Dictionary(grouping: unread, by: \.author) {
            let writer = author.isEmpty ? nil : try ChatID(parsing: author).jid
            let ids = messages.map(\.messageID)
            do {
                try await client.markRead(ids, chat: chat.jid, sender: writer)
            } catch {
                throw Self.gatewayError(of: error)
            }
            try await write { connection in
                for id in ids {
                    let read = try store.advance(
                        id, in: try chat.storedForms(on: connection), of: session.id, isFromMe: false, to: .read,
                        on: connection)
                    for message in read ?? [] {
                        try ChatStore.read(1, in: message.chat, of: session.id, on: connection)
                    }
                }
            }
        }
        return true
    }

    /// One receipt names at most so many messages.
    private static let readAtATime = 1_000
}
