import Storage
import WABinary
import WAClient

extension MessagingGateway {
    /// Sends one message.
    ///
    /// It is durable before it leaves; the answer waits for WhatsApp's acknowledgement as long as asked. A caller that hangs up
    /// or waits no longer changes nothing: the message goes out, now, after a reconnect or after a restart, once.
    ///
    /// - Throws: `GatewayError.sessionNotActive`, `.sessionNotConnected`, `.invalidChatID`, `.unsupportedRecipient`,
    ///   `.outboxFull`, `.storageFull`; and, when WhatsApp answered within the wait, `.notOnWhatsApp`, `.notAGroupMember` and
    ///   `.sendRefused`.
    package func send(
        _ request: SendRequest, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> SendResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        switch session.lifecycle.sendGate {
        case .open: break
        case .notActive: throw GatewayError.sessionNotActive(idOrName)
        case .notLinked: throw GatewayError.sessionNotConnected
        }
        guard let lane = session.engine?.lane else { throw GatewayError.sessionNotActive(idOrName) }
        let chat = try ChatID(parsing: request.chatID)
        guard chat.kind == .phone || chat.kind == .lid || chat.kind == .group else {
            throw GatewayError.unsupportedRecipient(chatID: chat.description)
        }

        var generator = SystemRandomNumberGenerator()
        let messageID = MessageReference.makeID(using: &generator)
        let (stored, ticket) = try await withFile(of: request.content) { content in
            let entry = OutboxEntry(
                sessionID: session.id, messageID: messageID, chat: chat, content: content,
                acceptedAtMilliseconds: environment.nowMilliseconds)
            guard let ticket = try lane.reserve(messageID) else {
                // It is being stopped: with everything else, or alone.
                throw supervisor.isDraining ? GatewayError.shuttingDown : GatewayError.sessionNotActive(idOrName)
            }
            return (try await accept(entry, of: session, lane: lane, given: idOrName), ticket)
        }
        lane.accepted(stored)
        defer { lane.forget(messageID) }

        let outcome = await ticket.outcome(within: limit(of: waiting), clock: environment.clock)
        return try answer(outcome, to: stored)
    }

    private func accept(
        _ entry: OutboxEntry, of session: GatewaySession, lane: OutboxLane, given idOrName: String
    ) async throws -> OutboxEntry {
        let sender = session.sender
        do {
            return try await environment.database.write { [outbox] connection in
                var entry = entry
                entry.chat = try entry.chat.withKnownNumber(on: connection)
                return try outbox.accept(entry, from: sender, on: connection)
            }
        } catch StorageError.constraint(.foreignKey, _) {
            // The session was deleted meanwhile.
            lane.release(entry.messageID)
            throw GatewayError.sessionNotActive(idOrName)
        } catch {
            lane.release(entry.messageID)
            throw GatewayError.of(error)
        }
    }

    private func limit(of waiting: SendWait) -> Duration {
        switch waiting {
        case .configured: .milliseconds(configuration.sendAckTimeoutMilliseconds)
        case .none: .zero
        case .milliseconds(let milliseconds): .milliseconds(milliseconds)
        }
    }

    private func answer(_ outcome: SendOutcome?, to entry: OutboxEntry) throws -> SendResult {
        let messageID = MessageReference(isFromMe: true, chat: entry.chat.description, id: entry.messageID).serialized
        switch outcome {
        case .acknowledged(let seconds):
            return SendResult(messageID: messageID, timestampSeconds: seconds, acknowledged: true)
        case .refused(.notOnWhatsApp):
            throw GatewayError.notOnWhatsApp(chatID: entry.chat.description)
        case .refused(.notAGroupMember):
            throw GatewayError.notAGroupMember(chatID: entry.chat.description)
        case .refused(let refusal):
            throw GatewayError.sendRefused(code: refusal.code)
        case .interrupted, nil:
            return SendResult(
                messageID: messageID, timestampSeconds: entry.acceptedAtMilliseconds / 1000, acknowledged: false)
        }
    }

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
            _ = try await write { try store.advance(ids, in: session.id, isFromMe: false, to: .read, on: $0) }
        }
        return true
    }

    /// One receipt names at most so many messages.
    private static let readAtATime = 1_000
}
