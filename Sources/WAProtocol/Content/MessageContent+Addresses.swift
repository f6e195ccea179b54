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
        case .liveLocation(var content):
            _ = try content.context.mapAddresses(transform)
            return .liveLocation(content)
        case .contact(var content):
            _ = try content.context.mapAddresses(transform)
            return .contact(content)
        case .contacts(var content):
            _ = try content.context.mapAddresses(transform)
            return .contacts(content)
        case .poll(var content):
            _ = try content.context.mapAddresses(transform)
            return .poll(content)
        case .buttons(var content):
            _ = try content.context.mapAddresses(transform)
            return .buttons(content)
        case .list(var content):
            _ = try content.context.mapAddresses(transform)
            return .list(content)
        case .choice(var content):
            _ = try content.context.mapAddresses(transform)
            return .choice(content)
        case .groupInvite(var content):
            _ = try content.context.mapAddresses(transform)
            return .groupInvite(content)
        case .order(var content):
            _ = try content.context.mapAddresses(transform)
            if let seller = content.seller { content.seller = try transform(seller) }
            return .order(content)
        case .product(var content):
            _ = try content.context.mapAddresses(transform)
            if let owner = content.businessOwner { content.businessOwner = try transform(owner) }
            return .product(content)
        case .event(var content):
            _ = try content.context.mapAddresses(transform)
            return .event(content)
        case .callLog(var content):
            for index in content.participants.indices {
                content.participants[index].person = try transform(content.participants[index].person)
            }
            return .callLog(content)
        case .edit(var content):
            try content.key.mapAddresses(transform)
            content.replacement = try content.replacement.mappingAddresses(transform)
            return .edit(content)
        case .reaction, .revoke, .pollVote, .eventResponse, .pin, .keep, .ephemeralSetting, .raw:
            guard var key = target else { return self }
            try key.mapAddresses(transform)
            return retargeted { _ in key }
        }
    }

    /// The message it is about: of a reaction, an edit, a revocation, a vote, a pin…
    package var target: MessageKey? {
        switch self {
        case .reaction(let content): content.key
        case .edit(let content): content.key
        case .revoke(let content): content.key
        case .pollVote(let content): content.key
        case .eventResponse(let content): content.key
        case .pin(let content): content.key
        case .keep(let content): content.key
        case .text, .media, .location, .liveLocation, .contact, .contacts, .poll, .buttons, .list, .choice, .groupInvite,
            .order, .product, .event, .callLog, .ephemeralSetting, .raw:
            nil
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
        case .pollVote(var content):
            content.key = change(content.key)
            return .pollVote(content)
        case .eventResponse(var content):
            content.key = change(content.key)
            return .eventResponse(content)
        case .pin(var content):
            content.key = change(content.key)
            return .pin(content)
        case .keep(var content):
            content.key = change(content.key)
            return .keep(content)
        case .text, .media, .location, .liveLocation, .contact, .contacts, .poll, .buttons, .list, .choice, .groupInvite,
            .order, .product, .event, .callLog, .ephemeralSetting, .raw:
            return self
        }
    }
}
