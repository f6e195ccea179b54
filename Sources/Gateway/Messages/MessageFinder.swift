import Storage

/// Finds the message that a caller named, by a serialised or a bare id (architecture decision 4).
struct MessageFinder {
    let messages: MessageStore
    let sessionID: String

    /// A stored message, with what it said.
    ///
    /// - Parameter chat: Where it must be; nil: anywhere.
    /// - Throws: `GatewayError.messageNotFound`, also for one that was taken back.
    func stored(
        _ given: String, in chat: ChatID?, on connection: any SQLConnection
    ) throws -> StoredMessage {
        let reference = try reference(given, in: chat, on: connection)
        guard let message = try stored(reference, in: chat, on: connection), !message.isRevoked else {
            throw GatewayError.messageNotFound(given, chatID: chat?.description)
        }
        return message
    }

    /// What names a message on the wire: of a stored one, or as the serialised id itself says.
    ///
    /// - Throws: `GatewayError.messageNotFound` for a bare id nobody knows, and for an id of another chat.
    func key(
        _ given: String, in chat: ChatID, on connection: any SQLConnection
    ) throws -> OutgoingMessageKey {
        let reference = try reference(given, in: chat, on: connection)
        if let message = try stored(reference, in: chat, on: connection) { return message.key }
        let isNamed = chat.kind != .group || reference.isFromMe == true || reference.participant != nil
        guard let isFromMe = reference.isFromMe, isNamed else {
            throw GatewayError.messageNotFound(given, chatID: chat.description)
        }
        let participant = isFromMe || chat.kind != .group ? nil : reference.participant
        return OutgoingMessageKey(
            chat: chat.description, id: reference.id, isFromMe: isFromMe,
            participant: try participant.map { try ChatID(parsing: $0, field: "messageId").description })
    }

    private func reference(
        _ given: String, in chat: ChatID?, on connection: any SQLConnection
    ) throws -> MessageReference {
        guard let reference = MessageReference(parsing: given) else {
            throw GatewayError.messageNotFound(given, chatID: chat?.description)
        }
        guard let chat, let named = reference.chat else { return reference }
        guard let other = try? ChatID(parsing: named),
            try chat.storedForms(on: connection).contains(where: try other.storedForms(on: connection).contains)
        else { throw GatewayError.messageNotFound(given, chatID: chat.description) }
        return reference
    }

    private func stored(
        _ reference: MessageReference, in chat: ChatID?, on connection: any SQLConnection
    ) throws -> StoredMessage? {
        let named = try chat ?? reference.chat.map { try ChatID(parsing: $0, field: "messageId") }
        return try messages.message(
            reference, in: try named?.storedForms(on: connection), of: sessionID, on: connection)
    }
}
