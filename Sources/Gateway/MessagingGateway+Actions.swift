import Logging
import Storage
import WAClient

/// What reactions and deletions answer.
package struct ActionResult: Sendable, Equatable {
    /// Whether WhatsApp acknowledged within the wait.
    package let acknowledged: Bool
    /// Whether this is the answer to an earlier request, given again.
    package var isReplay: Bool

    package init(acknowledged: Bool, isReplay: Bool = false) {
        self.acknowledged = acknowledged
        self.isReplay = isReplay
    }
}

/// Which message an action is about, as the caller named it.
package struct MessageTarget: Sendable, Equatable {
    package var chatID: String
    /// Serialised or bare.
    package var messageID: String
    package var identity: RequestIdentity?

    package init(chatID: String, messageID: String, identity: RequestIdentity? = nil) {
        self.chatID = chatID
        self.messageID = messageID
        self.identity = identity
    }
}

extension MessagingGateway {
    /// Puts an emoji on a message, changes it, or with an empty one takes it away.
    ///
    /// - Throws: as `send`; `GatewayError.messageNotFound` for an id that does not say which message it is.
    package func react(
        _ emoji: String, to target: MessageTarget, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> ActionResult {
        let now = environment.nowMilliseconds
        return try await act(on: target, session: idOrName, waiting: waiting) { finder, chat, connection in
            let key = try finder.key(target.messageID, in: chat, on: connection)
            return .reaction(OutgoingReaction(key: key, emoji: emoji, sentAtMilliseconds: now))
        }
    }

    /// Takes a message back on every phone: ours, and as an admin of a group other people's.
    ///
    /// - Throws: as `react`; `GatewayError.notOwnMessage` for somebody else's in a chat of two.
    package func deleteForEveryone(
        _ target: MessageTarget, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> ActionResult {
        try await act(on: target, session: idOrName, waiting: waiting) { finder, chat, connection in
            let key = try finder.key(target.messageID, in: chat, on: connection)
            guard key.isFromMe || chat.kind == .group else { throw GatewayError.notOwnMessage }
            return .revoke(OutgoingRevoke(key: key))
        }
    }

    /// Removes what a message said from our own store and, where the session is connected, from the phone and its other
    /// devices; nobody else notices.
    ///
    /// - Throws: `GatewayError.sessionNotActive`, `.invalidChatID`, `.messageNotFound`, those of `once`.
    package func deleteForMe(_ target: MessageTarget, session idOrName: String) async throws -> ActionResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        let now = environment.nowMilliseconds
        let (result, isReplay) = try await once(target.identity, of: session) { row in
            guard row.subject == .nothing else { throw GatewayError.idempotencyKeyReused }
            return ActionResult(acknowledged: true)
        } anew: { [outbox] in
            _ = try self.openLane(of: session, given: idOrName)
            let chat = try ChatID(parsing: target.chatID)
            let message = try await self.write { connection -> StoredMessage? in
                let finder = MessageFinder(messages: outbox.messages, sessionID: session.id)
                let key = try finder.key(target.messageID, in: chat, on: connection)
                if let identity = target.identity {
                    try RequestKeyStore.remember(
                        identity, as: .nothing, in: session.id, nowMilliseconds: now, on: connection)
                }
                let reference = MessageReference(isFromMe: key.isFromMe, chat: key.chat, id: key.id)
                let forms = try chat.storedForms(on: connection)
                guard
                    let stored = try outbox.messages.message(reference, in: forms, of: session.id, on: connection)
                else { return nil }
                try outbox.messages.revoke(stored.rowKey, in: session.id, on: connection)
                return stored
            }
            if let message { await self.deleteOnOwnDevices(message, of: session) }
            return ActionResult(acknowledged: true)
        }
        return ActionResult(acknowledged: result.acknowledged, isReplay: isReplay)
    }

    /// Gives a text of ours a new wording. The answer is about the message itself: its id and time stay.
    ///
    /// - Throws: as `send`; `GatewayError.messageNotFound`, `.notOwnMessage`, `.notEditable`.
    package func edit(
        _ target: MessageTarget, to text: OutgoingText, session idOrName: String, waiting: SendWait = .configured
    ) async throws -> SendResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        let now = environment.nowMilliseconds
        let (acted, isReplay) = try await acted(on: target, of: session, given: idOrName, waiting: waiting) {
            finder, chat, connection in
            let message = try finder.stored(target.messageID, in: chat, on: connection)
            guard message.isFromMe else { throw GatewayError.notOwnMessage }
            guard message.type == "text" else { throw GatewayError.notEditable }
            return .edit(OutgoingEdit(key: message.key, text: text, editedAtMilliseconds: now))
        }
        let message = try await read { [outbox] connection in
            let actions = ActionStore(messages: outbox.messages)
            if let action = try actions.action(acted.id, in: session.id, on: connection),
                let message = try actions.target(of: action, in: session.id, on: connection)
            {
                return AnsweredMessage(message)
            }
            guard let kept = try RequestKeyStore.kept(.action(acted.id), in: session.id, on: connection) else {
                throw GatewayError.messageNotFound(target.messageID)
            }
            return kept
        }
        return SendResult(
            messageID: message.serializedID, timestampSeconds: message.timestampSeconds, acknowledged: acted.acknowledged, isReplay: isReplay)
    }

    /// Who reacted to a stored or unknown message; nobody, when nothing is known.
    ///
    /// - Throws: `GatewayError.invalidChatID`.
    package func reactions(
        to messageID: String, in chatID: String, session idOrName: String
    ) async throws -> [MessageReaction] {
        guard let session = directory[idOrName] else { return [] }
        let chat = try ChatID(parsing: chatID)
        guard let reference = MessageReference(parsing: messageID) else { return [] }
        return try await read { connection in
            try ReactionStore.reactions(
                to: reference.id, in: try chat.storedForms(on: connection), of: session.id, on: connection)
        }
    }

    // MARK: - Parts

    /// The other devices of the account follow our row as far as WhatsApp lets them.
    private func deleteOnOwnDevices(_ message: StoredMessage, of session: GatewaySession) async {
        guard session.status == .ready, let client = session.engine?.client, let key = message.key.messageKey else {
            return
        }
        do {
            try await client.deleteForMe(key, sentAtSeconds: message.timestampSeconds)
        } catch {
            environment.logger.info(
                "A message was taken away here, but not on the phone",
                metadata: ["session": "\(session.name)", "error": "\(error)"])
        }
    }

    typealias ActionContent = @Sendable (MessageFinder, ChatID, any SQLConnection) throws -> OutgoingMessage

    /// The stanza's id, and whether WhatsApp has it.
    private struct Acted: Sendable {
        let id: String
        let acknowledged: Bool
    }

    func act(
        on target: MessageTarget, session idOrName: String, waiting: SendWait, content: @escaping ActionContent
    ) async throws -> ActionResult {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        let (acted, isReplay) = try await acted(
            on: target, of: session, given: idOrName, waiting: waiting, content: content)
        return ActionResult(acknowledged: acted.acknowledged, isReplay: isReplay)
    }

    private func acted(
        on target: MessageTarget, of session: GatewaySession, given idOrName: String, waiting: SendWait,
        content: @escaping ActionContent
    ) async throws -> (answer: Acted, isReplay: Bool) {
        try await once(target.identity, of: session) { row in
            guard case .action(let id) = row.subject else { throw GatewayError.idempotencyKeyReused }
            return try await self.actedAgain(id, of: session, waiting: waiting)
        } anew: { [outbox] in
            let lane = try self.openLane(of: session, given: idOrName)
            let chat = try ChatID(parsing: target.chatID)
            let finder = MessageFinder(messages: outbox.messages, sessionID: session.id)
            let accepted = try await self.accept(
                to: chat, session: session, lane: lane, given: idOrName, identity: target.identity
            ) { chat, connection in try content(finder, chat, connection) }
            let id = accepted.entry.messageID
            defer { lane.forget(id, accepted.ticket) }
            let outcome = await accepted.ticket.outcome(within: self.limit(of: waiting), clock: self.environment.clock)
            try self.refuse(outcome, chatID: accepted.entry.chat.description)
            if case .acknowledged = outcome { return Acted(id: id, acknowledged: true) }
            return Acted(id: id, acknowledged: false)
        }
    }

    private func actedAgain(_ id: String, of session: GatewaySession, waiting: SendWait) async throws -> Acted? {
        try await settled(id, of: session, waiting: waiting) { [outbox] connection in
            let actions = ActionStore(messages: outbox.messages)
            guard let action = try actions.action(id, in: session.id, on: connection) else {
                throw GatewayError.messageNotFound(id)
            }
            return action
        } status: {
            $0.status
        } answer: { action in
            if action.status == .failed { throw Self.refusal(code: action.error ?? "", chatID: action.chat) }
            return Acted(id: id, acknowledged: action.status != .pending)
        }
    }
}
