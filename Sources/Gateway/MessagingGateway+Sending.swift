import Storage
import WAClient
import WAProtocol

extension MessagingGateway {
    /// Sends one message.
    ///
    /// It is durable before it leaves; the answer waits for WhatsApp's acknowledgement as long as asked. A caller that hangs up
    /// or waits no longer changes nothing: the message goes out, now, after a reconnect or after a restart, once. A repetition
    /// with the same identity gets the same answer.
    ///
    /// - Throws: `GatewayError.sessionNotActive`, `.sessionNotConnected`, `.invalidChatID`, `.unsupportedRecipient`,
    ///   `.messageNotFound` for what it quotes, `.outboxFull`, `.storageFull`, those of `once` and of `withFile`; and, when
    ///   WhatsApp answered within the wait, `.notOnWhatsApp`, `.notAGroupMember` and `.sendRefused`.
    package func send(
        _ request: SendRequest, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> SendResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        let own = session.ownID
        return try await sendOnce(
            request.identity, session: session, given: idOrName, to: request.chatID, waiting: waiting
        ) {
            guard request.fetchesLinkPreview, case .text(let text) = request.content else { return request.content }
            return .text(await self.withLinkPreview(text))
        } content: { [outbox] content, chat, connection in
            guard let quoted = request.quotedMessageID else { return content }
            let finder = MessageFinder(messages: outbox.messages, sessionID: session.id)
            let message = try finder.stored(quoted, in: request.quotesSameChatOnly ? chat : nil, on: connection)
            let isElsewhere = try !chat.storedForms(on: connection).contains(message.chat)
            guard let quote = message.quote(by: own, isElsewhere: isElsewhere), quote.quotedMessage != nil else {
                throw GatewayError.messageNotFound(quoted)
            }
            return .quoting(quote, content)
        }
    }

    /// Sends a stored message on to another chat, content as it is and media by reference.
    ///
    /// - Throws: as `send`; `GatewayError.messageNotFound`, `.notForwardable`, `.invalidChatID` naming the field.
    package func forward(
        _ messageID: String, from fromChatID: String, to toChatID: String, identity: RequestIdentity? = nil,
        session idOrName: String, waiting: SendWait = .configured
    ) async throws -> SendResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        let from = try ChatID(parsing: fromChatID, field: "fromChatId")
        return try await sendOnce(
            identity, session: session, given: idOrName, to: toChatID, field: "toChatId", waiting: waiting
        ) {
            .text(OutgoingText(""))
        } content: { [outbox] _, _, connection in
            let finder = MessageFinder(messages: outbox.messages, sessionID: session.id)
            let message = try finder.stored(messageID, in: from, on: connection)
            guard let forward = message.forward else { throw GatewayError.notForwardable(messageID) }
            return .forward(forward)
        }
    }

    /// Renders a template of the session and sends it as a text.
    ///
    /// - Parameter fetchesLinkPreview: Whether the page of the text's first link is asked for its card.
    /// - Throws: as `send`; `GatewayError.templateNotFound`, `.renderedTextTooLong`.
    package func sendTemplate(
        _ name: TemplateName, _ values: [String: String], mentions: [String] = [], fetchesLinkPreview: Bool = false,
        to chatID: String, identity: RequestIdentity? = nil, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> SendResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        return try await sendOnce(
            identity, session: session, given: idOrName, to: chatID, waiting: waiting
        ) {
            let text = try await self.read { try self.render(name, values, of: session, on: $0) }
            let content = OutgoingText(text, mentions: mentions)
            return .text(fetchesLinkPreview ? await self.withLinkPreview(content) : content)
        } content: { content, _, _ in
            content
        }
    }

    /// - Parameters:
    ///   - draft: What is to be sent as far as it is known before the transaction; asked once the chat and the session are
    ///     known to be right, and not for a repetition. Its file is in the spool when `content` is asked.
    ///   - content: What to send, made in the transaction that accepts it.
    private func sendOnce(
        _ identity: RequestIdentity?, session: GatewaySession, given idOrName: String, to chatID: String,
        field: String = "chatId", waiting: SendWait,
        draft: @escaping @Sendable () async throws -> OutgoingMessage,
        content: @escaping @Sendable (OutgoingMessage, ChatID, any SQLConnection) throws -> OutgoingMessage
    ) async throws -> SendResult {
        let (result, isReplay) = try await once(identity, of: session) { row in
            try await self.sentAgain(row, identity, session: session, waiting: waiting)
        } anew: {
            let lane = try self.openLane(of: session, given: idOrName)
            let chat = try ChatID(parsing: chatID, field: field)
            guard chat.canBeWrittenTo else { throw GatewayError.unsupportedRecipient(chatID: chat.description) }
            let accepted = try await self.withFile(of: try await draft()) { draft in
                try await self.accept(
                    to: chat, session: session, lane: lane, given: idOrName, identity: identity
                ) { chat, connection in try content(draft, chat, connection) }
            }
            defer { lane.forget(accepted.entry.messageID, accepted.ticket) }
            let outcome = await accepted.ticket.outcome(within: self.limit(of: waiting), clock: self.environment.clock)
            await self.tellPending(outcome, accepted.entry, identity)
            return try self.answer(outcome, to: accepted.entry)
        }
        var answer = result
        answer.isReplay = isReplay
        return answer
    }

    private func answer(_ outcome: SendOutcome?, to entry: OutboxEntry) throws -> SendResult {
        try refuse(outcome, chatID: entry.chat.description)
        let messageID = MessageReference(isFromMe: true, chat: entry.chat.description, id: entry.messageID).serialized
        if case .acknowledged(let seconds) = outcome {
            return SendResult(messageID: messageID, timestampSeconds: seconds, acknowledged: true)
        }
        return SendResult(
            messageID: messageID, timestampSeconds: entry.acceptedAtMilliseconds / 1000, acknowledged: false)
    }

    /// The answer to a message accepted before, as it was given or would have been; nil when it came to nothing.
    private func sentAgain(
        _ row: RequestKeyStore.Row, _ identity: RequestIdentity?, session: GatewaySession, waiting: SendWait
    ) async throws -> SendResult? {
        guard case .message(let id) = row.subject else { throw GatewayError.idempotencyKeyReused }
        return try await settled(id, of: session, waiting: row.pendingSeconds == nil ? waiting : .none) { connection in
            if let message = try self.outbox.messages.ownMessage(id, of: session.id, on: connection) {
                return AnsweredMessage(message)
            }
            // Deleted since: the answer stays the same as long as the key lives.
            guard let kept = try RequestKeyStore.kept(row.subject, in: session.id, on: connection) else {
                throw GatewayError.messageNotFound(id)
            }
            return kept
        } status: {
            $0.status
        } answer: { message in
            if message.status == .failed {
                // Nothing was sent and nothing is known of it: the key is free, the number may have an account by now.
                if message.error == SendRefusal.notOnWhatsAppCode, identity?.messageID == nil { return nil }
                throw Self.refusal(code: message.error ?? "", chatID: message.chat)
            }
            let seconds = row.pendingSeconds ?? message.timestampSeconds
            if message.status == .pending, row.pendingSeconds == nil {
                await self.tellPending(seconds: seconds, identity, of: session)
            }
            return SendResult(
                messageID: message.serializedID, timestampSeconds: seconds, acknowledged: message.status != .pending)
        }
    }
}

extension StoredMessage {
    /// The serialized protobuf of what it says; nil when that is not known: its file is not uploaded yet.
    fileprivate var contentBytes: [UInt8]? {
        content ?? (type == "text" ? OutgoingMessage.text(OutgoingText(body)).messageContent.encoded : nil)
    }

    fileprivate func quote(by own: String, isElsewhere: Bool) -> OutgoingQuote? {
        contentBytes.map { bytes in
            OutgoingQuote(
                key: key, author: isFromMe ? own : author.isEmpty ? chat : author, content: .init(bytes),
                isElsewhere: isElsewhere)
        }
    }

    /// Nil for what cannot be passed on.
    fileprivate var forward: OutgoingForward? {
        guard let bytes = contentBytes, OutgoingForward.isPossible(bytes) else { return nil }
        return OutgoingForward(content: .init(bytes))
    }
}
