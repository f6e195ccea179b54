package import WAProto

/// What a message says, between our types and the protobuf on the wire.
///
/// A bare text is `conversation`, a text with a context is `extendedTextMessage`. Kinds without a type of their own
/// stay ``raw(_:)``: the message with its wrappers taken off.
package enum MessageContent: Equatable, Sendable {
    case text(TextContent)
    case raw(WAMessage)

    /// Reads a message. Wrappers are taken off, but for `deviceSentMessage`, which must be checked first
    /// (``WAProto/WAMessage/deviceSent``).
    package init(_ message: WAMessage) {
        let content = message.unwrapped
        if content.hasConversation {
            self = .text(TextContent(content.conversation))
        } else if content.hasExtendedTextMessage, content.extendedTextMessage.hasText {
            let extended = content.extendedTextMessage
            self = .text(TextContent(extended.text, context: extended.hasContextInfo ? extended.contextInfo : nil))
        } else {
            self = .raw(content)
        }
    }

    /// The protobuf to encrypt.
    package var message: WAMessage { message(secret: nil) }

    /// The protobuf to encrypt, with the secret that later reactions, votes and edits of it are encrypted with.
    ///
    /// `secret` is 32 random bytes, the same whenever the message is sent; nil leaves it out.
    package func message(secret: [UInt8]?) -> WAMessage {
        var message: WAMessage
        switch self {
        case .text(let content):
            message = WAMessage()
            if let context = content.context {
                message.extendedTextMessage.text = content.text
                message.extendedTextMessage.contextInfo = context
            } else {
                message.conversation = content.text
            }
        case .raw(let raw):
            message = raw
        }
        if let secret { message.setSecret(secret) }
        return message
    }

    /// The text, or what serves as one: a caption.
    package var text: String? {
        switch self {
        case .text(let content): content.text
        case .raw(let message): message.caption
        }
    }

    /// The `type` of the stanza that carries it.
    package var stanzaType: MessageKind { message.stanzaType }

    /// The `mediatype` of its ciphertexts; nil for a text without a link preview.
    package var mediaType: String? { message.mediaType }

    /// Whether there is something for people in it, and not only keys or notes between devices.
    package var isForPeople: Bool {
        switch self {
        case .text: true
        case .raw(let message): message.isForPeople
        }
    }
}
