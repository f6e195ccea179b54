import WABinary
import WAProto

/// A new text, or a new caption, for a message of the sender.
///
/// ```
/// 58 editedMessage { 1 message { 12 protocolMessage { 1 key, 2 type = MESSAGE_EDIT (14), 14 editedMessage, 15 timestampMS } } }
/// ```
/// Some clients leave the wrapper 58 away; both are read. Source: protocol reference 5.18.
package struct EditContent: Equatable, Sendable {
    package var key: MessageKey
    /// What stands there now; never an edit, a reaction or a revocation itself.
    package var replacement: MessageContent
    package var editedAtMilliseconds: Int64

    package init(key: MessageKey, replacement: MessageContent, editedAtMilliseconds: Int64) {
        precondition(!replacement.isAboutAnotherMessage, "an edit replaces a message by a message")
        self.key = key
        self.replacement = replacement
        self.editedAtMilliseconds = editedAtMilliseconds
    }

    /// Nil when it does not say what it replaces, or replaces it by something that is no message of its own.
    init?(_ message: WAMessage) {
        let note = message.protocolMessage
        guard message.hasProtocolMessage, note.hasType, note.type == .messageEdit, note.hasEditedMessage,
            let key = MessageKey(note.key)
        else { return nil }
        let replaced = note.editedMessage.unwrapped
        // Checked before it is read: an edit of an edit of an edit would otherwise be followed down.
        guard !replaced.isAboutAnotherMessage else { return nil }
        self.key = key
        replacement = MessageContent(replaced)
        editedAtMilliseconds = WireTime.milliseconds(note.timestampMs)
    }

    var message: WAMessage {
        var inner = WAMessage()
        inner.protocolMessage.key = key.proto
        inner.protocolMessage.type = .messageEdit
        inner.protocolMessage.editedMessage = replacement.message
        inner.protocolMessage.timestampMs = editedAtMilliseconds
        var message = WAMessage()
        message.editedMessage.message = inner
        return message
    }
}

/// A message taken back for everyone, by its sender or by an admin of the group.
///
/// ```
/// 12 protocolMessage { 1 key, 2 type = REVOKE (0) }
/// ```
/// Source: protocol reference 5.18.
package struct RevokeContent: Equatable, Sendable {
    package var key: MessageKey

    package init(key: MessageKey) {
        self.key = key
    }

    /// Nil when it does not say what it takes back. A type that is not written is REVOKE, its number being 0.
    init?(_ message: WAMessage) {
        guard message.hasProtocolMessage, message.protocolMessage.type == .revoke,
            let key = MessageKey(message.protocolMessage.key)
        else { return nil }
        self.init(key: key)
    }

    var message: WAMessage {
        var message = WAMessage()
        message.protocolMessage.key = key.proto
        message.protocolMessage.type = .revoke
        return message
    }
}
