import Storage
import WAClient
import WAProtocol

/// What the other side sees us do in a chat.
package enum TypingState: String, Sendable, CaseIterable {
    case typing, recording, paused
}

extension MessagingGateway {
    /// What was last observed in a chat; nil for nothing. Subscribe to be told of it.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.invalidChatID`.
    package func presence(in chatID: String, session idOrName: String) async throws -> ChatPresence? {
        let session = try startedSession(idOrName)
        let chat = try ChatID(parsing: chatID)
        return try await read { connection in
            let people = PeopleNames(sessionID: session.id, connection: connection)
            let participants = try PresenceStore.all(
                in: try chat.storedForms(on: connection), of: session.id, on: connection
            ).map { presence in
                ParticipantPresence(
                    personID: try people.shown(presence.personID), state: presence.state,
                    lastSeenSeconds: presence.lastSeenSeconds,
                    observedAtMilliseconds: presence.observedAtMilliseconds)
            }
            let shown = try chat.withKnownNumber(on: connection).description
            return participants.isEmpty ? nil : ChatPresence(chatID: shown, participants: participants)
        }
    }

    /// Shows the other side that we type, record, or have stopped.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.invalidChatID`.
    package func setTyping(_ state: TypingState, in chatID: String, session idOrName: String) async throws {
        let chat = try ChatID(parsing: chatID)
        try await asking(idOrName) { client in
            switch state {
            case .typing: try await client.setTyping(.composing, in: chat.jid)
            case .recording: try await client.setTyping(.recording, in: chat.jid)
            case .paused: try await client.setTyping(.paused, in: chat.jid)
            }
        }
    }

    /// Shows the account online or offline on this device.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`.
    package func setPresence(isAvailable: Bool, session idOrName: String) async throws {
        try await asking(idOrName) { try await $0.setPresence(isAvailable: isAvailable) }
    }

    /// Asks to be told when a person is online; in groups people are told of when they type, without asking.
    ///
    /// WhatsApp tells it only to those who are shown online themselves, so the session is from here on.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.invalidChatID`.
    package func subscribePresence(of chatID: String, session idOrName: String) async throws {
        let chat = try ChatID(parsing: chatID)
        try await asking(idOrName) { client in
            try await client.setPresence(isAvailable: true)
            if chat.kind == .phone || chat.kind == .lid { try await client.subscribePresence(to: chat.jid) }
        }
    }

    /// Declines a call that rings.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.callNotFound` when it does not ring (any more).
    package func rejectCall(_ callID: String, session idOrName: String) async throws {
        let (_, client) = try connectedClient(idOrName)
        let isRejected: Bool
        do {
            isRejected = try await client.rejectCall(id: callID)
        } catch {
            throw Self.gatewayError(of: error)
        }
        guard isRejected else { throw GatewayError.callNotFound(callID) }
    }
}
