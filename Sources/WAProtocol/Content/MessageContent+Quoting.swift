extension MessageContent {
    /// The same as an answer to another message; kinds that cannot answer stay as they are.
    package func quoting(_ quoted: QuotedMessage) -> MessageContent {
        switch self {
        case .text(var content):
            content.context.quoted = quoted
            return .text(content)
        case .media(var content):
            content.context.quoted = quoted
            return .media(content)
        case .location(var content):
            content.context.quoted = quoted
            return .location(content)
        case .contact(var content):
            content.context.quoted = quoted
            return .contact(content)
        case .poll(var content):
            content.context.quoted = quoted
            return .poll(content)
        case .reaction, .edit, .revoke, .raw:
            return self
        }
    }
}
