package import WABinary
package import WAProto

/// A text, with what it refers to.
package struct TextContent: Equatable, Sendable {
    package var text: String
    /// Quote, mentions, forwarding, expiry; nil for a bare text.
    package var context: WAContextInfo?

    package init(_ text: String, context: WAContextInfo? = nil) {
        self.text = text
        self.context = context
    }

    /// A text that names people; it holds `@<user>` for each.
    package init(_ text: String, mentioning people: [JID]) {
        self.init(text)
        guard !people.isEmpty else { return }
        var context = WAContextInfo()
        context.mentionedJid = people.map(\.account.description)
        self.context = context
    }
}
