package import WAProto

/// What a message says, between our types and the protobuf on the wire.
///
/// Kinds without a type of their own, and messages that lack what their kind is about, stay ``raw(_:)``: the message with
/// its wrappers taken off. Addresses in it are as they came; `WAClient` turns them into phone numbers where these are
/// known, and into the addressing of the chat when it sends.
package enum MessageContent: Equatable, Sendable {
    case text(TextContent)
    case media(MediaContent)
    case location(LocationContent)
    case contact(ContactContent)
    case poll(PollContent)
    case reaction(ReactionContent)
    indirect case edit(EditContent)
    case revoke(RevokeContent)
    case raw(WAMessage)

    /// A message that says nothing.
    package static var nothing: MessageContent { .raw(WAMessage()) }

    /// Reads a message. Wrappers are taken off, but for `deviceSentMessage`, which must be checked first
    /// (``WAProto/WAMessage/deviceSent``).
    package init(_ message: WAMessage) {
        let content = message.unwrapped
        if let text = TextContent(content) {
            self = .text(text)
        } else if let media = MediaContent(content) {
            self = .media(media)
        } else if let location = LocationContent(content) {
            self = .location(location)
        } else if let contact = ContactContent(content) {
            self = .contact(contact)
        } else if let poll = PollContent(content) {
            self = .poll(poll)
        } else if let reaction = ReactionContent(content) {
            self = .reaction(reaction)
        } else if let edit = EditContent(content) {
            self = .edit(edit)
        } else if let revoke = RevokeContent(content) {
            self = .revoke(revoke)
        } else {
            self = .raw(content)
        }
    }

    /// Reads a message kept as bytes (``encoded``); nil when they are none.
    package init?(encoded: [UInt8]) {
        guard let message = try? WAMessage(decoding: encoded) else { return nil }
        self.init(message)
    }

    /// The protobuf to encrypt.
    package var message: WAMessage {
        switch self {
        case .text(let content): content.message
        case .media(let content): content.message
        case .location(let content): content.message
        case .contact(let content): content.message
        case .poll(let content): content.message
        case .reaction(let content): content.message
        case .edit(let content): content.message
        case .revoke(let content): content.message
        case .raw(let message): message
        }
    }

    /// The protobuf to encrypt, with the secret that later reactions, votes and edits of it are encrypted with.
    ///
    /// `secret` is 32 random bytes, the same whenever the message is sent; nil leaves it out.
    package func message(secret: [UInt8]?) -> WAMessage {
        var message = message
        if let secret { message.setSecret(secret) }
        return message
    }

    /// The bytes of the protobuf, to keep for quoting and forwarding.
    package var encoded: [UInt8] { message.encoded() }

    /// The text, or what serves as one: a caption, the new text of an edit.
    package var text: String? {
        switch self {
        case .text(let content): content.text
        case .media(let content): content.caption
        case .edit(let content): content.replacement.text
        case .location, .contact, .poll, .reaction, .revoke: nil
        case .raw(let message): message.caption
        }
    }

    /// What it says about people and other messages; nil for kinds that cannot say such.
    package var context: MessageContext? {
        switch self {
        case .text(let content): content.context
        case .media(let content): content.context
        case .location(let content): content.context
        case .contact(let content): content.context
        case .poll(let content): content.context
        case .edit(let content): content.replacement.context
        case .reaction, .revoke, .raw: nil
        }
    }

    /// What it asks of the stanza that carries it.
    package var traits: StanzaTraits { StanzaTraits(message) }

    /// The `type` of the stanza that carries it.
    package var stanzaType: MessageKind { message.stanzaType }

    /// The `mediatype` of its ciphertexts; nil for a text without a link preview.
    package var mediaType: String? { message.mediaType }

    /// Whether there is something for people in it, and not only keys or notes between devices.
    package var isForPeople: Bool {
        if case .raw(let message) = self { message.isForPeople } else { true }
    }

    /// Whether it only says something about another message (edit, revocation, reaction, vote, timer) and is none itself.
    package var isAboutAnotherMessage: Bool {
        switch self {
        case .text, .media, .location, .contact, .poll: false
        case .reaction, .edit, .revoke: true
        case .raw(let message): message.isAboutAnotherMessage
        }
    }
}
