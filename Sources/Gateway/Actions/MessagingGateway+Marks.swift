import Storage
import WAClient
import WAProtocol

// What is done to a message besides reacting, editing and taking back: pins, stars, votes, answers to buttons.

extension MessagingGateway {
    /// Fixes a message at the top of its chat for everybody, for so long.
    ///
    /// - Throws: as `react`.
    package func pin(
        _ target: MessageTarget, durationSeconds: Int64, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> ActionResult {
        try await setPinned(true, target, durationSeconds, idOrName, waiting)
    }

    package func unpin(
        _ target: MessageTarget, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> ActionResult {
        try await setPinned(false, target, 0, idOrName, waiting)
    }

    private func setPinned(
        _ isPinned: Bool, _ target: MessageTarget, _ durationSeconds: Int64, _ idOrName: String, _ waiting: SendWait
    ) async throws -> ActionResult {
        let now = environment.nowMilliseconds
        return try await act(on: target, session: idOrName, waiting: waiting) { finder, chat, connection in
            let key = try finder.key(target.messageID, in: chat, on: connection)
            return .pin(
                OutgoingPin(key: key, isPinned: isPinned, durationSeconds: durationSeconds, sentAtMilliseconds: now))
        }
    }

    /// Marks a message on all devices of the account, or takes the mark away; nobody else sees it.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.invalidChatID`, `.messageNotFound`,
    ///   `.refusedByWhatsApp`, `.noAnswer`.
    package func setStarred(_ isStarred: Bool, _ target: MessageTarget, session idOrName: String) async throws {
        let (session, client) = try connectedClient(idOrName)
        let chat = try ChatID(parsing: target.chatID)
        let finder = MessageFinder(messages: outbox.messages, sessionID: session.id)
        let key = try await read { try finder.key(target.messageID, in: chat, on: $0).messageKey }
        guard let key else { throw GatewayError.messageNotFound(target.messageID, chatID: target.chatID) }
        do {
            try await client.setStarred(isStarred, key: key)
        } catch {
            throw Self.gatewayError(of: error)
        }
    }

    /// Votes in a poll for these options, by their texts, instead of what was voted before; none takes the vote back.
    ///
    /// - Throws: as `react`; `GatewayError.messageNotFound` for what is no poll, `.pollOptionNotFound`,
    ///   `.tooManyPollOptions`.
    package func vote(
        for options: [String], _ target: MessageTarget, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> ActionResult {
        let now = environment.nowMilliseconds
        return try await act(on: target, session: idOrName, waiting: waiting) { finder, chat, connection in
            let message = try finder.stored(target.messageID, in: chat, on: connection)
            guard case .poll(let poll)? = message.content.flatMap({ MessageContent(encoded: $0) }) else {
                throw GatewayError.messageNotFound(target.messageID, chatID: target.chatID)
            }
            if let unknown = options.first(where: { !poll.options.contains($0) }) {
                throw GatewayError.pollOptionNotFound(unknown, valid: poll.options)
            }
            if poll.selectableCount > 0, Set(options).count > poll.selectableCount {
                throw GatewayError.tooManyPollOptions(limit: poll.selectableCount)
            }
            return .vote(
                OutgoingVote(
                    key: message.key, options: poll.options.filter(options.contains), sentAtMilliseconds: now))
        }
    }

    /// Answers a business's buttons or list with one of its choices, quoting it.
    ///
    /// - Parameter text: What the answer shows; nil: what stands on the button.
    /// - Throws: as `send`; `GatewayError.messageNotFound`, `.buttonNotFound`.
    package func clickButton(
        _ buttonID: String, text: String?, of target: MessageTarget, session idOrName: String,
        waiting: SendWait = .configured
    ) async throws -> SendResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        let chat = try ChatID(parsing: target.chatID)
        let finder = MessageFinder(messages: outbox.messages, sessionID: session.id)
        let choice = try await read { connection in
            let message = try finder.stored(target.messageID, in: chat, on: connection)
            guard
                let content = message.content.flatMap({ MessageContent(encoded: $0) }),
                let choice = OutgoingChoice(buttonID, text: text, of: content)
            else { throw GatewayError.buttonNotFound(buttonID) }
            return choice
        }
        let request = SendRequest(
            chatID: target.chatID, content: .choice(choice), quotedMessageID: target.messageID, quotesSameChatOnly: true,
            identity: target.identity)
        return try await send(request, session: idOrName, waiting: waiting)
    }
}

extension OutgoingChoice {
    /// Nil when the message offers nothing under this id.
    init?(_ id: String, text: String?, of content: MessageContent) {
        switch content {
        case .buttons(let content):
            guard let index = content.buttons.firstIndex(where: { $0.id == id }) else { return nil }
            let button = content.buttons[index]
            self.init(id: id, text: text ?? button.text, source: .buttons)
            switch (content.shape, button.kind) {
            case (.template, _): source = .template(index: index)
            case (_, .flow(let name, let parameters)): source = .nativeFlow(name: name, parameters: parameters)
            default: break
            }
        case .list(let content):
            guard let row = content.sections.flatMap(\.rows).first(where: { $0.id == id }) else { return nil }
            self.init(id: id, text: text ?? row.title, source: .list(description: row.description))
        default: return nil
        }
    }
}
