package import WABinary
package import WAProto

/// What a channel published: a message in the clear, the same again edited, or taken back.
///
/// ```
/// <message from="…@newsletter" id t server_id type [edit="3|8"]><plaintext>Message, unpadded</plaintext>[<meta msg_edit_t original_msg_t/>]</message>
/// <notification type="newsletter" from id><live_updates><messages jid t><message id server_id t><plaintext/>…</message></messages></live_updates></notification>
/// ```
/// An edit and a revocation have the id of the original. Source: protocol reference 5.5, 5.6, 8.5.
package struct ChannelPost: Equatable, Sendable {
    package enum Change: Equatable, Sendable {
        case published
        /// Unix milliseconds.
        case edited(atMilliseconds: Int64)
        case revoked
    }

    package let channel: JID
    package let id: String
    package let timestampSeconds: Int64
    package let change: Change
    package let isOffline: Bool
    /// Empty for a revocation.
    package let message: WAMessage

    /// As many as WhatsApp Web fetches at once; of more the rest is not read.
    private static let maximumUpdates = 100

    /// Nil when nothing is published by it: a reaction, or bytes that are no message.
    package init?(_ stanza: MessageStanza) {
        guard stanza.chat.isNewsletter else { return nil }
        self.init(
            stanza.node, channel: stanza.chat, timestampSeconds: stanza.timestampSeconds, isOffline: stanza.isOffline)
    }

    private init?(_ node: Node, channel: JID, timestampSeconds: Int64, isOffline: Bool) {
        guard let id = node["id"], !id.isEmpty, let plaintext = node.child("plaintext") else { return nil }
        self.channel = channel
        self.id = id
        self.timestampSeconds = timestampSeconds
        self.isOffline = isOffline
        switch node["edit"] {
        case "8":
            change = .revoked
            message = WAMessage()
            return
        case "3":
            change = .edited(atMilliseconds: node.child("meta")?.milliseconds("msg_edit_t") ?? timestampSeconds * 1000)
        default:
            change = .published
        }
        guard let bytes = plaintext.bytes, let message = try? WAMessage(decoding: bytes) else { return nil }
        self.message = message
    }

    /// The posts among what a notification tells of a channel; numbers of reactions and views are passed over.
    package static func all(in notification: NotificationStanza) -> [ChannelPost] {
        guard notification.type == "newsletter",
            let messages = notification.node.child("live_updates")?.child("messages"),
            let channel = messages.jid("jid") ?? notification.node.jid("from"), channel.isNewsletter
        else { return [] }
        return messages.children("message").prefix(maximumUpdates).compactMap { node in
            ChannelPost(
                node, channel: channel.account,
                timestampSeconds: node.seconds("t") ?? messages.seconds("t") ?? notification.timestampSeconds,
                isOffline: notification.isOffline)
        }
    }

    /// Tells an edit from the original, whose id it has.
    package var occurrenceID: String {
        switch change {
        case .published: id
        case .edited(let milliseconds): "\(id)/edit/\(milliseconds)"
        case .revoked: "\(id)/revoke"
        }
    }

    package var content: MessageContent {
        let key = MessageKey(chat: channel, id: id, isFromMe: false, participant: channel)
        switch change {
        case .published: return MessageContent(message)
        case .edited(let milliseconds):
            switch MessageContent(message) {
            case .edit(var edit):
                edit.key = key
                return .edit(edit)
            case let replacement where replacement.isAboutAnotherMessage:
                return replacement
            case let replacement:
                return .edit(EditContent(key: key, replacement: replacement, editedAtMilliseconds: milliseconds))
            }
        case .revoked: return .revoke(RevokeContent(key: key))
        }
    }
}
