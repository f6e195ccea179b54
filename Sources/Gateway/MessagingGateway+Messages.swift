import Storage
import StrictJSON
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
        let page = try await environment.database.read { connection in
            var page = try store.page(
                query, sessionID: session.id, chatForms: chat.map { try $0.storedForms(on: connection) } ?? [],
                fromForms: from.map { try $0.storedForms(on: connection) } ?? [],
                isFromOwn: from.map { $0.description == session.ownID } ?? false, on: connection)
            page.messages = try MessageRecord.withMedia(page.messages, of: session.id, on: connection)
            return page
        }
        return query.inlinesMedia ? try await inliningMedia(of: page, in: session) : page
    }

    /// The same with the bytes of files, the newest first, as many as fit into one answer.
    private func inliningMedia(of page: MessagePage, in session: GatewaySession) async throws -> MessagePage {
        var page = page
        var budget = Self.inlineMediaBudget
        for index in page.messages.indices {
            let message = page.messages[index]
            guard let text = message.metadataJSON, text.contains("\"media\""),
                case .object(var metadata)? = try? JSONReader.read(Array(text.utf8)), metadata["media"] != nil,
                let row = MessageRowID(message.id)?.sequence,
                let media = try await mediaShelf.inline(row, in: session.id, maximumByteCount: budget / 4 * 3)
            else { continue }
            if case .string(let data)? = media["data"] { budget -= data.utf8.count }
            metadata.replace("media", with: .object(media))
            page.messages[index].metadataJSON = metadata.json
        }
        return page
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
        let isMarked = messageIDs == nil ? try await takeMarkAway(from: chat, of: session) : false
        guard !unread.isEmpty else { return isMarked }
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

    /// A chat that was marked as unread by hand is shown as read again, on all devices of the account.
    ///
    /// - Returns: whether it was marked.
    private func takeMarkAway(
        from chat: ChatID, of session: GatewaySession
    ) async throws -> Bool {
        let isMarked = try await read { connection in
            try chat.storedForms(on: connection).contains { form in
                try ChatStore.isMarkedUnread(form, of: session.id, on: connection)
            }
        }
        guard isMarked else { return false }
        return try await perform(.markRead, chatID: chat.description, session: session.id)
    }

    /// One receipt names at most so many messages.
    private static let readAtATime = 1_000
}
