import Storage
import WABinary
import WAClient
import WAProtocol

// What of a client's events goes into the log, in the same transaction; each function after the rows it tells are stored.
extension ClientRecording {
    // MARK: - Messages

    /// What became of a received message.
    func tell(
        _ outcome: ReceivedOutcome, of message: ReceivedMessage, nowMilliseconds now: Int64,
        on connection: any SQLConnection
    ) throws {
        switch outcome {
        case .stored(let sequence):
            try tell(message, row: sequence, nowMilliseconds: now, on: connection)
        case .reacted(let reaction):
            try tellReaction(
                reaction, by: ChatID.neutral(message.sender), chat: ChatID.neutral(message.chat),
                nowMilliseconds: now, on: connection)
        case .edited(let target):
            guard case .edit(let edit) = message.content else { return }
            let editedAt = edit.editedAtMilliseconds > 0 ? edit.editedAtMilliseconds : message.timestampSeconds * 1000
            try tellEdited(
                target, type: target.type, body: target.body, content: edit.replacement,
                editedAtMilliseconds: editedAt, nowMilliseconds: now, on: connection)
        case .revoked(let target):
            try tellRevoked(
                target, timestampSeconds: message.timestampSeconds, nowMilliseconds: now, on: connection)
        case .nothing:
            guard case .eventResponse(let response) = message.content else { return }
            try tellResponse(response, message, nowMilliseconds: now, on: connection)
        case .repeated, .suppressed, .voted:
            break
        }
    }

    /// A message that is stored now: somebody's, a status, or one sent from the phone.
    private func tell(
        _ message: ReceivedMessage, row sequence: Int64, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        guard let row = row(of: message, createdAtMilliseconds: now) else { return }
        let payload = MessagePayload(
            messageID: message.id, isFromMe: message.isFromMe, chat: row.chat, author: row.author,
            own: session.ownID, body: row.body, type: row.type, timestampSeconds: message.timestampSeconds,
            pushName: message.pushName,
            contactName: message.isFromMe
                ? nil : try ContactStore.savedName(of: ChatID.neutral(message.sender), in: session.id, on: connection),
            content: message.content, expiresAfterSeconds: message.expiresAfterSeconds,
            isViewOnce: message.isViewOnce, row: sequence)
        if message.isStatus {
            guard !message.isFromMe else { return }
            return try events.record([.status(payload, in: session.id, atMilliseconds: now)], on: connection)
        }
        try events.record([.message(payload, in: session.id, atMilliseconds: now)], on: connection)
    }

    /// WhatsApp has what we sent: a message, or a change of one.
    func tellAcknowledged(
        _ answered: OutboxStore.Answered, _ messageID: String, serverSeconds: Int64, nowMilliseconds now: Int64,
        on connection: any SQLConnection
    ) throws {
        switch answered {
        case .message(let own):
            var payload = try MessagePayload(own, messageID, of: session)
            payload.timestampSeconds = serverSeconds
            let id = payload.serializedID
            var news = [GatewayEvent.message(payload, in: session.id, atMilliseconds: now)]
            if own.before < .sent {
                news.append(.ack(id, chat: payload.chat, .sent, in: session.id, atMilliseconds: now))
            }
            if try session.refusedChats.accepted(payload.chat, of: session.id, on: connection) {
                news.append(restriction(isActive: false, now))
            }
            try events.record(news, on: connection)
        case .action(let action):
            guard action.status == .pending else { return }
            try tell(action, nowMilliseconds: now, on: connection)
        case .nothing:
            break
        }
    }

    /// What we sent is refused for good.
    func tellRefused(
        _ answered: OutboxStore.Answered, _ messageID: String, _ refusal: SendRefusal, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        guard case .message(let own) = answered, own.before < .sent else { return }
        let payload = try MessagePayload(own, messageID, of: session)
        let id = payload.serializedID
        var news: [GatewayEvent] = [
            .ack(id, chat: payload.chat, .failed, in: session.id, atMilliseconds: now),
            .failed(id, chat: payload.chat, in: session.id, atMilliseconds: now),
        ]
        if refusal == .server(code: Self.reachoutTimelock),
            try session.refusedChats.refused(payload.chat, of: session.id, nowMilliseconds: now, on: connection)
        {
            news.append(restriction(isActive: true, now))
        }
        try events.record(news, on: connection)
    }

    /// Protocol reference 5.2: the account may not start new conversations for now.
    private static let reachoutTimelock = 463

    /// A phone has linked the session: what held for the account before it is over.
    func tellLinkedAnew(nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        guard try RefusedChats.forget(of: session.id, on: connection) else { return }
        try events.record([restriction(isActive: false, now)], on: connection)
    }

    private func restriction(isActive: Bool, _ now: Int64) -> GatewayEvent {
        .restriction(
            "reachout_timelock", isActive: isActive, code: Int64(Self.reachoutTimelock), of: session.id,
            atMilliseconds: now)
    }

    /// Our messages got further, and who has them or has read them.
    func tell(
        _ receipt: ReceiptNews, of update: DeliveryUpdate, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        var news = receipt.advanced.filter(\.isFromMe).map { message in
            GatewayEvent.ack(
                Self.serialized(message.messageID, message.chat), chat: message.chat, message.status, in: session.id,
                atMilliseconds: now)
        }
        let participant = ChatID.neutral(update.from)
        if participant != session.ownID {
            news += receipt.reported.map { message in
                GatewayEvent.receipt(
                    Self.serialized(message.messageID, message.chat), chat: message.chat, participant: participant,
                    status: update.status.name, timestampSeconds: update.timestampSeconds, in: session.id,
                    atMilliseconds: now)
            }
        }
        try events.record(news, on: connection)
    }

    /// The id of a message of ours, as the API writes it.
    private static func serialized(_ messageID: String, _ chat: String) -> String {
        MessageReference(isFromMe: true, chat: chat, id: messageID).serialized
    }

    // MARK: - Changes of messages

    private func tellReaction(
        _ reaction: ReactionContent, by sender: String, chat: String, nowMilliseconds now: Int64,
        on connection: any SQLConnection
    ) throws {
        let key = reaction.key
        let reference = MessageReference(
            isFromMe: key.isFromMe, chat: chat, id: key.id,
            participant: key.isFromMe ? nil : key.participant.map(ChatID.neutral))
        try tellReaction(
            reaction.emoji, to: reference, by: sender, occurredAtMilliseconds: reaction.sentAtMilliseconds,
            nowMilliseconds: now, on: connection)
    }

    private func tellReaction(
        _ emoji: String, to message: MessageReference, by sender: String, occurredAtMilliseconds: Int64,
        nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        let chat = message.chat ?? ""
        let standing = try ReactionStore.reactions(to: message.id, in: [chat], of: session.id, on: connection)
        try events.record(
            [
                .reaction(
                    to: message.serialized, chat: chat, by: sender, emoji, standing: standing,
                    occurredAtMilliseconds: occurredAtMilliseconds, in: session.id, atMilliseconds: now)
            ], on: connection)
    }

    private func tellRevoked(
        _ target: StoredMessage, timestampSeconds: Int64, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        let message = ChangedMessage(target.key, own: session.ownID)
        try events.record(
            [.revoked(message, timestampSeconds: timestampSeconds, in: session.id, atMilliseconds: now)],
            on: connection)
    }

    private func tellEdited(
        _ target: StoredMessage, type: String, body: String, content: MessageContent?, editedAtMilliseconds: Int64,
        nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        let message = ChangedMessage(target.key, own: session.ownID)
        let edit = MessagePayload(
            messageID: target.messageID, isFromMe: target.isFromMe, chat: target.chat, author: target.author,
            own: session.ownID, body: body, type: type, timestampSeconds: editedAtMilliseconds / 1000,
            content: content)
        try events.record(
            [
                .edited(
                    message, by: edit, editedAtMilliseconds: editedAtMilliseconds, in: session.id, atMilliseconds: now)
            ], on: connection)
    }

    private func tellResponse(
        _ response: EventResponseContent, _ message: ReceivedMessage, nowMilliseconds now: Int64,
        on connection: any SQLConnection
    ) throws {
        let key = response.key
        let reference = MessageReference(
            isFromMe: key.isFromMe, chat: ChatID.neutral(message.chat), id: key.id,
            participant: key.isFromMe ? nil : key.participant.map(ChatID.neutral))
        try events.record(
            [
                .response(
                    response, to: reference, by: ChatID.neutral(message.sender), in: session.id, atMilliseconds: now)
            ], on: connection)
    }

    /// A change of ours that WhatsApp has now.
    private func tell(
        _ action: ActionStore.Action, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        let actions = ActionStore(messages: outbox.messages)
        let target = try actions.target(of: action, in: session.id, on: connection)
        switch action.kind {
        case .reaction:
            let reference = MessageReference(
                isFromMe: action.targetIsFromMe, chat: action.chat, id: action.targetID,
                participant: target?.key.participant)
            try tellReaction(
                action.value, to: reference, by: session.ownID, occurredAtMilliseconds: action.createdAtMilliseconds,
                nowMilliseconds: now, on: connection)
        case .edit:
            guard let target else { return }
            try tellEdited(
                target, type: target.type, body: action.value,
                content: action.content.flatMap { MessageContent(encoded: $0) },
                editedAtMilliseconds: action.createdAtMilliseconds, nowMilliseconds: now, on: connection)
        case .revoke:
            guard let target else { return }
            try tellRevoked(target, timestampSeconds: now / 1000, nowMilliseconds: now, on: connection)
        case .pin, .vote:
            break
        }
    }

    // MARK: - People

    func tell(_ change: GroupChange, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        try events.record(
            [.group(change, own: session.ownID, in: session.id, atMilliseconds: now)], on: connection)
    }

    /// - Parameter isNews: Whether the person was not known to be like this.
    func tell(
        _ update: PresenceUpdate, isNews: Bool, nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        guard isNews else { return }
        try events.record([.presence(update, in: session.id, atMilliseconds: now)], on: connection)
    }

    func tell(_ call: CallUpdate, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        guard let event = GatewayEvent.call(call, in: session.id, atMilliseconds: now) else { return }
        try events.record([event], on: connection)
    }
}

extension DeliveryUpdate.Status {
    fileprivate var name: String {
        switch self {
        case .delivered: "delivered"
        case .read: "read"
        case .played: "played"
        }
    }
}

extension EventLog {
    /// What waits in a session's outbox will not be sent: to be recorded before the outbox is emptied.
    func recordFailures(of sessionID: String, nowMilliseconds now: Int64, on connection: any SQLConnection) throws {
        let waiting = try connection.query(
            """
            SELECT m.message_id, m.chat FROM gateway_outbox o
            JOIN gateway_messages m ON m.session_id = o.session_id AND m.message_id = o.message_id AND m.from_me = 1
            WHERE o.session_id = $1 AND m.status = 0 ORDER BY o.seq
            """, [.text(sessionID)])
        for row in waiting {
            let chat = try row.text("chat")
            let id = MessageReference(isFromMe: true, chat: chat, id: try row.text("message_id")).serialized
            try record(
                [
                    .ack(id, chat: chat, .failed, in: sessionID, atMilliseconds: now),
                    .failed(id, chat: chat, in: sessionID, atMilliseconds: now),
                ], on: connection)
        }
    }
}
