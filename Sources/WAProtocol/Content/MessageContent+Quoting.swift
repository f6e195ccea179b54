extension MessageContent {
    /// The same as an answer to another message; kinds that cannot answer stay as they are.
    package func quoting(_ quoted: QuotedMessage) -> MessageContent {
        mappingContext { $0.quoted = quoted }
    }

    /// The same with another context of its own; kinds that have none, and edits, stay as they are.
    private func mappingContext(_ change: (inout MessageContext) -> Void) -> MessageContent {
        switch self {
        case .text(var content):
            change(&content.context)
            return .text(content)
        case .media(var content):
            change(&content.context)
            return .media(content)
        case .location(var content):
            change(&content.context)
            return .location(content)
        case .liveLocation(var content):
            change(&content.context)
            return .liveLocation(content)
        case .contact(var content):
            change(&content.context)
            return .contact(content)
        case .contacts(var content):
            change(&content.context)
            return .contacts(content)
        case .poll(var content):
            change(&content.context)
            return .poll(content)
        case .buttons(var content):
            change(&content.context)
            return .buttons(content)
        case .list(var content):
            change(&content.context)
            return .list(content)
        case .choice(var content):
            change(&content.context)
            return .choice(content)
        case .groupInvite(var content):
            change(&content.context)
            return .groupInvite(content)
        case .order(var content):
            change(&content.context)
            return .order(content)
        case .product(var content):
            change(&content.context)
            return .product(content)
        case .event(var content):
            change(&content.context)
            return .event(content)
        case .callLog, .reaction, .edit, .revoke, .pollVote, .eventResponse, .pin, .keep, .ephemeralSetting, .raw:
            return self
        }
    }
}
