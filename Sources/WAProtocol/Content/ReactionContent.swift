import WABinary
import WAProto

/// An emoji on another message.
///
/// ```
/// 46 reactionMessage { 1 key, 2 text, 4 senderTimestampMS }
/// ```
package struct ReactionContent: Equatable, Sendable {
    package var key: MessageKey
    /// Empty takes the reaction back.
    package var emoji: String
    package var sentAtMilliseconds: Int64

    package init(key: MessageKey, emoji: String, sentAtMilliseconds: Int64) {
        self.key = key
        self.emoji = emoji
        self.sentAtMilliseconds = sentAtMilliseconds
    }

    /// Nil when it does not say what it is about.
    init?(_ message: WAMessage) {
        guard message.hasReactionMessage, let key = MessageKey(message.reactionMessage.key) else { return nil }
        self.init(
            key: key, emoji: message.reactionMessage.text,
            sentAtMilliseconds: WireTime.milliseconds(message.reactionMessage.senderTimestampMs))
    }

    var message: WAMessage {
        var message = WAMessage()
        message.reactionMessage.key = key.proto
        message.reactionMessage.text = emoji
        message.reactionMessage.senderTimestampMs = sentAtMilliseconds
        return message
    }
}
