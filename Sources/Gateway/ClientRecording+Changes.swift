import Storage
import WABinary
import WAClient
import WAProtocol

extension ClientRecording {
    /// Takes in what only changes another message. Somebody may change and take back their own messages only; an admin of
    /// a group takes back everybody's, and the client has checked that they are one.
    func apply(_ message: ReceivedMessage, on connection: any SQLConnection) throws -> ReceivedOutcome {
        switch message.content {
        case .reaction(let reaction):
            let isNews = try ReactionStore.put(
                reaction.emoji, on: reaction.key.id, chat: ChatID.neutral(message.chat),
                by: ChatID.neutral(message.sender), atMilliseconds: reaction.sentAtMilliseconds, in: session.id,
                connection)
            return isNews ? .reacted(reaction) : .nothing
        case .edit(let edit):
            guard let target = try target(edit.key, of: message, on: connection),
                let (_, body) = edit.replacement.storedForm, !target.isRevoked
            else { return .nothing }
            let changed = try messages.replace(
                target.rowKey, body: body, content: edit.replacement.bytesToKeep,
                atMilliseconds: edit.editedAtMilliseconds, in: session.id, on: connection)
            guard changed > 0 else { return .nothing }
            return .edited(try self.target(edit.key, of: message, on: connection) ?? target)
        case .revoke(let revocation):
            guard let target = try target(revocation.key, of: message, isByWriter: false, on: connection),
                !target.isRevoked
            else { return .nothing }
            try messages.revoke(target.rowKey, in: session.id, on: connection)
            return .revoked(target)
        case .pollVote(let vote):
            try PollVoteStore.put(
                vote, in: ChatID.neutral(message.chat), by: ChatID.neutral(message.sender), of: session.id,
                on: connection)
            return .voted(try anybodys(vote.key, in: message.chat, on: connection))
        case .pin(let pin):
            guard let target = try anybodys(pin.key, in: message.chat, on: connection) else { return .nothing }
            let until = pin.sentAtMilliseconds + (pin.durationSeconds ?? Self.usualPinSeconds) * 1000
            try messages.setPinned(
                untilMilliseconds: pin.isPinned ? until : nil, target.rowKey, in: session.id, on: connection)
            return .nothing
        case .keep(let keep):
            guard let target = try anybodys(keep.key, in: message.chat, on: connection) else { return .nothing }
            try messages.setKept(keep.isKept, target.rowKey, in: session.id, on: connection)
            return .nothing
        case .ephemeralSetting(let seconds):
            try ChatStore.setEphemeral(seconds: seconds, ChatID.neutral(message.chat), of: session.id, on: connection)
            return .nothing
        case .eventResponse, .text, .media, .location, .liveLocation, .contact, .contacts, .poll, .buttons, .list, .choice,
            .groupInvite, .order, .product, .event, .callLog, .raw:
            return .nothing
        }
    }

    /// What phones suggest.
    private static let usualPinSeconds: Int64 = 604_800

    /// The stored message with this key, whoever wrote it.
    private func anybodys(
        _ key: MessageKey, in chat: JID, on connection: any SQLConnection
    ) throws -> StoredMessage? {
        guard let chat = ChatID(chat) else { return nil }
        let reference = MessageReference(isFromMe: key.isFromMe, chat: chat.description, id: key.id)
        return try messages.message(
            reference, in: try chat.storedForms(on: connection), of: session.id, on: connection)
    }

    /// The stored message that a change names, in the chat the change came in.
    ///
    /// - Parameter isByWriter: It must be the change's writer's own; otherwise in groups anybody's.
    private func target(
        _ key: MessageKey, of change: ReceivedMessage, isByWriter: Bool = true, on connection: any SQLConnection
    ) throws -> StoredMessage? {
        guard let chat = ChatID(change.chat), let writer = ChatID(change.sender) else { return nil }
        let isWriterMeant = isByWriter || chat.kind != .group
        if isWriterMeant, key.isFromMe != change.isFromMe { return nil }
        let reference = MessageReference(isFromMe: key.isFromMe, chat: chat.description, id: key.id)
        let found = try messages.message(
            reference, in: try chat.storedForms(on: connection), of: session.id, on: connection)
        guard let found, !found.author.isEmpty else { return found }
        let author = isWriterMeant ? writer : key.participant.flatMap { ChatID($0) } ?? writer
        return try author.storedForms(on: connection).contains(found.author) ? found : nil
    }
}

extension MessageContent {
    /// What is kept for quoting and forwarding; nil for a bare text, which the row's body says completely.
    var bytesToKeep: [UInt8]? {
        if case .text(let text) = self, text == TextContent(text.text) { return nil }
        return encoded
    }
}
