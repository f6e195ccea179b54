package import WABinary
package import WAProto

/// A message that another one answers, repeated inside it so that everybody can show it.
package struct QuotedMessage: Equatable, Sendable {
    package var id: String
    package var author: JID
    /// The message as its author wrote it but without a context of its own; fields unknown to us are kept.
    package let message: WAMessage
    /// Its chat, when that is another one than the answer's.
    package var chat: JID?

    /// Wrappers, secret and context of the message are taken off, so that quotes do not nest.
    package init(id: String, author: JID, message: WAMessage, chat: JID? = nil) {
        self.id = id
        self.author = author
        self.message = message.withoutContext
        self.chat = chat
    }

    /// The same from the stored bytes of a message (``MessageContent/encoded``); nil when they are not one.
    package init?(id: String, author: JID, encoded: [UInt8], chat: JID? = nil) {
        guard let message = try? WAMessage(decoding: encoded) else { return nil }
        self.init(id: id, author: author, message: message, chat: chat)
    }

    /// Nil without an id or an author.
    init?(_ info: WAContextInfo) {
        guard !info.stanzaID.isEmpty, let author = JID(info.participant), !author.isServer else { return nil }
        id = info.stanzaID
        self.author = author.account
        message = info.quotedMessage
        chat = info.hasRemoteJid ? JID(info.remoteJid) : nil
    }

    /// What the quoted message says.
    package var content: MessageContent { MessageContent(message) }

    func write(to info: inout WAContextInfo) {
        info.stanzaID = id
        info.participant = author.account.description
        info.quotedMessage = message
        if let chat { info.remoteJid = chat.account.description }
    }
}
