import WABinary
import WAProtocol

extension OutgoingMessage {
    /// The message as the protocol knows it. Mentions that are no addresses are left out: the text says them all the same.
    var messageContent: MessageContent {
        switch self {
        case .text(let content):
            .text(TextContent(content.text, mentioning: content.mentions.compactMap { try? ChatID(parsing: $0).jid }))
        case .location, .contact, .poll, .forward, .quoting, .reaction, .edit, .revoke:
            preconditionFailure("no route makes these yet")
        }
    }
}

extension MessageContent {
    /// Type and body of the stored row (contract 3.5); nil for what is no message of its own: keys, edits, reactions.
    var storedForm: (type: String, body: String)? {
        guard isForPeople, !isAboutAnotherMessage else { return nil }
        let body = text ?? ""
        if case .text = self { return ("text", body) }
        if stanzaType == .poll { return ("poll", body) }
        let type =
            switch mediaType {
            case "image", "video", "audio", "document", "sticker", "order", "product": mediaType ?? "unknown"
            case "gif": "video"
            case "ptt": "voice"
            case "vcard", "contact_array": "contact"
            case "livelocation": "location"
            default: "unknown"
            }
        return (type, body)
    }
}
