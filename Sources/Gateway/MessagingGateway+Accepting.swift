import Logging
import Storage
import WAClient

// What every send and every action has in common: the gate, the transaction that accepts, the wait, the refusals.

extension MessagingGateway {
    /// The lane of a session that takes sends.
    ///
    /// - Throws: `GatewayError.sessionNotActive`, `.sessionNotConnected`.
    func openLane(of session: GatewaySession, given idOrName: String) throws(GatewayError) -> OutboxLane {
        switch session.lifecycle.sendGate {
        case .open: break
        case .notActive: throw .sessionNotActive(idOrName)
        case .notLinked: throw .sessionNotConnected
        }
        guard let lane = session.engine?.lane else { throw .sessionNotActive(idOrName) }
        return lane
    }

    /// What the transaction has stored, and where its outcome will be told.
    struct Accepted: Sendable {
        let entry: OutboxEntry
        let ticket: SendTicket
    }

    /// Accepts one stanza: outbox, message or action, and the request's identity, in one transaction; then the lane has it.
    ///
    /// - Parameters:
    ///   - content: What to send, made inside the transaction; whatever it throws accepts nothing.
    ///   - also: More that must be so exactly when the entry is accepted.
    func accept(
        to chat: ChatID, session: GatewaySession, lane: OutboxLane, given idOrName: String, identity: RequestIdentity?,
        content: @escaping @Sendable (ChatID, any SQLConnection) throws -> OutgoingMessage,
        also: @escaping @Sendable (OutboxEntry, any SQLConnection) throws -> Void = { _, _ in }
    ) async throws -> Accepted {
        guard chat.canBeWrittenTo else { throw GatewayError.unsupportedRecipient(chatID: chat.description) }
        let messageID = identity?.messageID ?? Self.makeMessageID()
        guard let ticket = try lane.reserve(messageID) else {
            // It is being stopped: with everything else, or alone.
            throw supervisor.isDraining ? GatewayError.shuttingDown : GatewayError.sessionNotActive(idOrName)
        }
        let (sender, now) = (session.sender, environment.nowMilliseconds)
        do {
            let entry = try await environment.database.write { [outbox] connection in
                let chat = try chat.withKnownNumber(on: connection)
                let content = try content(chat, connection)
                let entry = OutboxEntry(
                    sessionID: session.id, messageID: messageID, chat: chat, content: content,
                    acceptedAtMilliseconds: now)
                if let identity {
                    let subject: RequestSubject =
                        content.storedForm == nil ? .action(messageID) : .message(messageID)
                    try RequestKeyStore.remember(
                        identity, as: subject, in: session.id, nowMilliseconds: now, on: connection)
                }
                let stored = try outbox.accept(entry, from: sender, on: connection)
                try also(stored, connection)
                return stored
            }
            lane.accepted(entry)
            return Accepted(entry: entry, ticket: ticket)
        } catch StorageError.constraint(.foreignKey, _) {
            // The session was deleted meanwhile.
            lane.release(messageID, ticket)
            throw GatewayError.sessionNotActive(idOrName)
        } catch StorageError.constraint(.unique, _) where identity?.messageID != nil {
            lane.release(messageID, ticket)
            throw GatewayError.messageIDTaken(messageID)
        } catch {
            lane.release(messageID, ticket)
            throw GatewayError.of(error)
        }
    }

    static func makeMessageID() -> String {
        var generator = SystemRandomNumberGenerator()
        return MessageReference.makeID(using: &generator)
    }

    func limit(of waiting: SendWait) -> Duration {
        switch waiting {
        case .configured: .milliseconds(configuration.sendAckTimeoutMilliseconds)
        case .none: .zero
        case .milliseconds(let milliseconds): .milliseconds(milliseconds)
        }
    }

    // MARK: - Outcomes

    /// Throws what a refusal means to the caller.
    func refuse(_ outcome: SendOutcome?, chatID: String) throws(GatewayError) {
        guard case .refused(let refusal) = outcome else { return }
        throw Self.refusal(code: refusal.code, chatID: chatID)
    }

    static func refusal(code: String, chatID: String) -> GatewayError {
        switch code {
        case SendRefusal.notOnWhatsAppCode: .notOnWhatsApp(chatID: chatID)
        case SendRefusal.notAGroupMemberCode: .notAGroupMember(chatID: chatID)
        default: .sendRefused(code: code)
        }
    }

    /// Reads the row of something accepted before, waits for WhatsApp's answer when there is none yet, and answers.
    func settled<Row: Sendable, Answer>(
        _ id: String, of session: GatewaySession, waiting: SendWait,
        row: @escaping @Sendable (any SQLConnection) throws -> Row, status: (Row) -> MessageStatus,
        answer: (Row) async throws -> Answer
    ) async throws -> Answer {
        // In this order: an answer that comes after the row was read finds the ticket.
        let lane = session.engine?.lane
        let ticket = lane?.watch(id)
        defer { if let ticket { lane?.forget(id, ticket) } }
        let first = try await read(row)
        guard status(first) == .pending, let ticket else { return try await answer(first) }
        guard await ticket.outcome(within: limit(of: waiting), clock: environment.clock) != nil else {
            return try await answer(first)
        }
        return try await answer(try await read(row))
    }

    /// WhatsApp has not answered within the wait: from now on every repetition is told this same time.
    func tellPending(_ outcome: SendOutcome?, _ entry: OutboxEntry, _ identity: RequestIdentity?) async {
        switch outcome {
        case .acknowledged, .refused: return
        case .interrupted, nil: break
        }
        guard let session = directory[entry.sessionID] else { return }
        await tellPending(seconds: entry.acceptedAtMilliseconds / 1000, identity, of: session)
    }

    func tellPending(seconds: Int64, _ identity: RequestIdentity?, of session: GatewaySession) async {
        guard let identity else { return }
        do {
            try await environment.database.write { connection in
                try RequestKeyStore.tellPending(identity, seconds: seconds, in: session.id, on: connection)
            }
        } catch {
            // The message is accepted all the same; a repetition may be told WhatsApp's time instead.
            environment.logger.warning("An answer was not written down", metadata: ["error": "\(error)"])
        }
    }

    /// A read whose storage errors are told as ours where a caller can act on them.
    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> R) async throws -> R {
        do {
            return try await environment.database.read(body)
        } catch {
            throw GatewayError.of(error)
        }
    }
}

extension ChatID {
    /// Whether this version can send there.
    var canBeWrittenTo: Bool { kind == .phone || kind == .lid || kind == .group }
}

extension GatewaySession {
    /// The account's neutral id, or `me` while it is not known.
    var ownID: String { phone.map { ChatID(.phone, $0).description } ?? "me" }
}
