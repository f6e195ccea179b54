package import WABinary
package import WAProto

/// Names another message.
///
/// ```
/// MessageKey { 1 remoteJID, 2 fromMe, 3 ID, 4 participant }
/// ```
/// On the wire `fromMe` is relative to whoever wrote the key, and so is the chat of two people: it is the other side.
/// Here both are relative to us (``seen(in:from:isFromMe:own:)``). Source: protocol reference 5.18.
package struct MessageKey: Hashable, Sendable {
    package var chat: JID
    package var id: String
    package var isFromMe: Bool
    /// Who wrote it; only for other people's messages in groups.
    package var participant: JID?

    package init(chat: JID, id: String, isFromMe: Bool, participant: JID? = nil) {
        self.chat = chat
        self.id = id
        self.isFromMe = isFromMe
        self.participant = participant
    }

    /// Nil without an id or a chat.
    package init?(_ key: WAMessageKey) {
        guard !key.id.isEmpty, let chat = JID(key.remoteJid) else { return nil }
        self.init(
            chat: chat, id: key.id, isFromMe: key.fromMe,
            participant: key.hasParticipant ? JID(key.participant)?.account : nil)
    }

    package var proto: WAMessageKey {
        var key = WAMessageKey()
        key.remoteJid = chat.account.description
        key.fromMe = isFromMe
        key.id = id
        if !isFromMe, !chat.isPerson, let participant { key.participant = participant.account.description }
        return key
    }

    /// The key as we see it, when it came in a message of `sender` in `chat`.
    ///
    /// The chat is the one the message came in, whatever the key says: nobody speaks about other chats.
    package func seen(in chat: JID, from sender: JID, isFromMe senderIsMe: Bool, own: (JID) -> Bool) -> MessageKey {
        var key = self
        key.chat = chat
        if senderIsMe {
            key.participant = chat.isPerson || isFromMe ? nil : participant
        } else if chat.isPerson {
            (key.isFromMe, key.participant) = (!isFromMe, nil)
        } else {
            let author = isFromMe ? sender.account : participant
            key.isFromMe = author.map(own) ?? false
            key.participant = key.isFromMe ? nil : author
        }
        return key
    }

    package mutating func mapAddresses<E>(_ transform: (JID) throws(E) -> JID) throws(E) {
        chat = try transform(chat)
        if let person = participant { participant = try transform(person) }
    }
}
