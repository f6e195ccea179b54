import Storage
import WAClient
import WAProtocol

extension ClientRecording {
    /// Takes in what only changes another message. Somebody may change and take back their own messages only.
    func apply(_ message: ReceivedMessage, on connection: any SQLConnection) throws {
        switch message.content {
        case .reaction(let reaction):
            try ReactionStore.put(
                reaction.emoji, on: reaction.key.id, chat: ChatID.neutral(message.chat),
                by: ChatID.neutral(message.sender), atMilliseconds: reaction.sentAtMilliseconds, in: session.id,
                connection)
        case .edit(let edit):
            guard let target = try target(edit.key.id, of: message, on: connection),
                let (_, body) = edit.replacement.storedForm
            else { return }
            try outbox.messages.replace(
                target.rowKey, body: body, content: edit.replacement.bytesToKeep, in: session.id, on: connection)
        case .revoke(let revocation):
            guard let target = try target(revocation.key.id, of: message, on: connection) else { return }
            try outbox.messages.revoke(target.rowKey, in: session.id, on: connection)
        case .pollVote, .eventResponse, .pin, .keep, .ephemeralSetting, .text, .media, .location, .liveLocation, .contact,
            .contacts, .poll, .buttons, .list, .choice, .groupInvite, .order, .product, .event, .callLog, .raw:
            break
        }
    }

    /// The stored message of the same writer in the same chat.
    private func target(
        _ messageID: String, of change: ReceivedMessage, on connection: any SQLConnection
    ) throws -> StoredMessage? {
        guard let chat = ChatID(change.chat), let writer = ChatID(change.sender) else { return nil }
        let reference = MessageReference(isFromMe: change.isFromMe, chat: chat.description, id: messageID)
        let found = try outbox.messages.message(
            reference, in: try chat.storedForms(on: connection), of: session.id, on: connection)
        guard let found, !found.author.isEmpty else { return found }
        return try writer.storedForms(on: connection).contains(found.author) ? found : nil
    }
}

extension MessageContent {
    /// What is kept for quoting and forwarding; nil for a bare text, which the row's body says completely.
    var bytesToKeep: [UInt8]? {
        if case .text(let text) = self, text == TextContent(text.text) { return nil }
        return encoded
    }
}
