package import WABinary
import WAProto

/// What a message says about people and about other messages, beside its content.
///
/// ```
/// ContextInfo { 1 stanzaID, 2 participant, 3 quotedMessage, 4 remoteJID, 15 mentionedJID, 21 forwardingScore, 22 isForwarded }
/// ```
/// Source: protocol reference 6.2.
package struct MessageContext: Equatable, Sendable {
    /// People named in the text as `@<user>`.
    package var mentions: [JID]
    package var quoted: QuotedMessage?
    /// How often it was passed on; 0 for a message of one's own.
    package var forwardingScore: Int

    package init(mentions: [JID] = [], quoted: QuotedMessage? = nil, forwardingScore: Int = 0) {
        self.mentions = mentions
        self.quoted = quoted
        self.forwardingScore = forwardingScore
    }

    package static let none = MessageContext()

    /// As many as a large group has members; of more the rest is not read.
    private static let maximumMentions = 1_024

    init(_ info: WAContextInfo) {
        mentions = info.mentionedJid.prefix(Self.maximumMentions).compactMap { JID($0) }.filter { !$0.isServer }
        quoted = QuotedMessage(info)
        forwardingScore = max(Int(info.forwardingScore), info.isForwarded ? 1 : 0)
    }

    /// Nil when there is nothing to say.
    var proto: WAContextInfo? {
        guard self != .none else { return nil }
        var info = WAContextInfo()
        info.mentionedJid = mentions.map(\.account.description)
        quoted?.write(to: &info)
        if forwardingScore > 0 {
            info.forwardingScore = UInt32(clamping: forwardingScore)
            info.isForwarded = true
        }
        return info
    }

    /// Answers which users of mentions are others now, for the marks in the text.
    mutating func mapAddresses<E>(_ transform: (JID) throws(E) -> JID) throws(E) -> [String: String] {
        var users: [String: String] = [:]
        for index in mentions.indices {
            let mapped = try transform(mentions[index])
            if mapped.user != mentions[index].user { users[mentions[index].user] = mapped.user }
            mentions[index] = mapped
        }
        if let chat = quoted?.chat { quoted?.chat = try transform(chat) }
        if let author = quoted?.author { quoted?.author = try transform(author) }
        return users
    }
}
