package import WAProto

/// What a message says, between our types and the protobuf on the wire.
///
/// Kinds without a type of their own, and messages that lack what their kind is about, stay ``raw(_:)``: the message with
/// its wrappers taken off. So do additions that are still sealed (``SealedAddition``). Addresses in it are as they came;
/// `WAClient` turns them into phone numbers where these are known, and into the addressing of the chat when it sends.
package enum MessageContent: Equatable, Sendable {
    case text(TextContent)
    case media(MediaContent)
    case location(LocationContent)
    case liveLocation(LiveLocationContent)
    case contact(ContactContent)
    case contacts(ContactsContent)
    case poll(PollContent)
    /// What businesses send.
    case buttons(ButtonsContent)
    case list(ListContent)
    /// The answer to buttons, lists and templates.
    case choice(ChoiceContent)
    case groupInvite(GroupInviteContent)
    case order(OrderContent)
    case product(ProductContent)
    case event(EventContent)
    case callLog(CallLogContent)

    // About another message, or about the chat.
    case reaction(ReactionContent)
    indirect case edit(EditContent)
    case revoke(RevokeContent)
    case pollVote(PollVoteContent)
    case eventResponse(EventResponseContent)
    case pin(PinContent)
    case keep(KeepContent)
    /// New messages of the chat disappear after so many seconds; 0 for never.
    case ephemeralSetting(seconds: Int64)

    case raw(WAMessage)

    /// A message that says nothing.
    package static var nothing: MessageContent { .raw(WAMessage()) }

    /// Reads a message. Wrappers are taken off, but for `deviceSentMessage`, which must be checked first
    /// (``WAProto/WAMessage/deviceSent``).
    package init(_ message: WAMessage) {
        let content = message.unwrapped
        self = Self.own(content) ?? Self.about(content) ?? .raw(content)
    }

    /// A message of its own.
    private static func own(_ message: WAMessage) -> MessageContent? {
        if let content = TextContent(message) { return .text(content) }
        if let content = MediaContent(message) { return .media(content) }
        if let content = LocationContent(message) { return .location(content) }
        if let content = LiveLocationContent(message) { return .liveLocation(content) }
        if let content = ContactContent(message) { return .contact(content) }
        if let content = ContactsContent(message) { return .contacts(content) }
        if let content = PollContent(message) { return .poll(content) }
        if let content = ButtonsContent(message) { return .buttons(content) }
        if let content = ListContent(message) { return .list(content) }
        if let content = ChoiceContent(message) { return .choice(content) }
        if let content = GroupInviteContent(message) { return .groupInvite(content) }
        if let content = OrderContent(message) { return .order(content) }
        if let content = ProductContent(message) { return .product(content) }
        if let content = EventContent(message) { return .event(content) }
        if let content = CallLogContent(message) { return .callLog(content) }
        return nil
    }

    /// A message about another one, or about the chat.
    private static func about(_ message: WAMessage) -> MessageContent? {
        if let content = ReactionContent(message) { return .reaction(content) }
        if let content = EditContent(message) { return .edit(content) }
        if let content = RevokeContent(message) { return .revoke(content) }
        if let content = PinContent(message) { return .pin(content) }
        if let content = KeepContent(message) { return .keep(content) }
        return EphemeralSetting.seconds(message).map(Self.ephemeralSetting(seconds:))
    }

    /// Reads a message kept as bytes (``encoded``); nil when they are none.
    package init?(encoded: [UInt8]) {
        guard let message = try? WAMessage(decoding: encoded) else { return nil }
        self.init(message)
    }

    /// The protobuf to encrypt; of votes and event responses all but what must be sealed.
    package var message: WAMessage {
        switch self {
        case .text(let content): content.message
        case .media(let content): content.message
        case .location(let content): content.message
        case .liveLocation(let content): content.message
        case .contact(let content): content.message
        case .contacts(let content): content.message
        case .poll(let content): content.message
        case .buttons(let content): content.message
        case .list(let content): content.message
        case .choice(let content): content.message
        case .groupInvite(let content): content.message
        case .order(let content): content.message
        case .product(let content): content.message
        case .event(let content): content.message
        case .callLog(let content): content.message
        case .reaction(let content): content.message
        case .edit(let content): content.message
        case .revoke(let content): content.message
        case .pollVote(let content): content.message
        case .eventResponse(let content): content.message
        case .pin(let content): content.message
        case .keep(let content): content.message
        case .ephemeralSetting(let seconds): EphemeralSetting.message(seconds: seconds)
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
        case .liveLocation(let content): content.caption
        case .buttons(let content): content.text
        case .list(let content): content.text
        case .choice(let content): content.text
        case .groupInvite(let content): content.caption
        case .order(let content): content.note
        case .product(let content): content.body
        case .edit(let content): content.replacement.text
        case .location, .contact, .contacts, .poll, .event, .callLog, .reaction, .revoke, .pollVote, .eventResponse, .pin,
            .keep, .ephemeralSetting:
            nil
        case .raw(let message): message.caption
        }
    }

    /// What it says about people and other messages; nil for kinds that cannot say such.
    package var context: MessageContext? {
        switch self {
        case .text(let content): content.context
        case .media(let content): content.context
        case .location(let content): content.context
        case .liveLocation(let content): content.context
        case .contact(let content): content.context
        case .contacts(let content): content.context
        case .poll(let content): content.context
        case .buttons(let content): content.context
        case .list(let content): content.context
        case .choice(let content): content.context
        case .groupInvite(let content): content.context
        case .order(let content): content.context
        case .product(let content): content.context
        case .event(let content): content.context
        case .edit(let content): content.replacement.context
        case .callLog, .reaction, .revoke, .pollVote, .eventResponse, .pin, .keep, .ephemeralSetting, .raw: nil
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
        case .text, .media, .location, .liveLocation, .contact, .contacts, .poll, .buttons, .list, .choice, .groupInvite,
            .order, .product, .event, .callLog:
            false
        case .reaction, .edit, .revoke, .pollVote, .eventResponse, .pin, .keep, .ephemeralSetting: true
        case .raw(let message): message.isAboutAnotherMessage
        }
    }
}
