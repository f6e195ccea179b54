package import WABinary

extension MessageContent {
    /// The same with every address in it replaced: in keys, mentions with their `@<user>` marks in the text, and quotes.
    /// What is inside a quoted message and inside ``raw(_:)`` stays.
    package func mappingAddresses<E>(_ transform: (JID) throws(E) -> JID) throws(E) -> MessageContent {
        switch self {
        case .text(var content):
            let users = try content.context.mapAddresses(transform)
            content.text = MentionText.replacing(users, in: content.text)
            return .text(content)
        case .media(var content):
            let users = try content.context.mapAddresses(transform)
            content.caption = content.caption.map { MentionText.replacing(users, in: $0) }
            return .media(content)
        case .location(var content):
            _ = try content.context.mapAddresses(transform)
            return .location(content)
        case .contact(var content):
            _ = try content.context.mapAddresses(transform)
            return .contact(content)
        case .poll(var content):
            _ = try content.context.mapAddresses(transform)
            return .poll(content)
        case .reaction(var content):
            try content.key.mapAddresses(transform)
            return .reaction(content)
        case .edit(var content):
            try content.key.mapAddresses(transform)
            content.replacement = try content.replacement.mappingAddresses(transform)
            return .edit(content)
        case .revoke(var content):
            try content.key.mapAddresses(transform)
            return .revoke(content)
        case .raw:
            return self
        }
    }

    /// The message it is about: of a reaction, an edit, a revocation.
    package var target: MessageKey? {
        switch self {
        case .reaction(let content): content.key
        case .edit(let content): content.key
        case .revoke(let content): content.key
        case .text, .media, .location, .contact, .poll, .raw: nil
        }
    }

    /// The same about another message.
    package func retargeted(_ change: (MessageKey) -> MessageKey) -> MessageContent {
        switch self {
        case .reaction(var content):
            content.key = change(content.key)
            return .reaction(content)
        case .edit(var content):
            content.key = change(content.key)
            return .edit(content)
        case .revoke(var content):
            content.key = change(content.key)
            return .revoke(content)
        case .text, .media, .location, .contact, .poll, .raw:
            return self
        }
    }
}
