import FoundationEssentials
import WABinary
import WAProto

/// A message fixed at the top of its chat for everybody, or loosened again.
///
/// ```
/// 63 pinInChatMessage { 1 key, 2 type = PIN_FOR_ALL (1) | UNPIN_FOR_ALL (2), 3 senderTimestampMS }
/// 35 messageContextInfo { 5 messageAddOnDurationInSecs = 86400 | 604800 | 2592000 }
/// ```
/// Source: protocol reference 5.18.
package struct PinContent: Equatable, Sendable {
    package var key: MessageKey
    package var isPinned: Bool
    /// How long it stays there; nil when not told.
    package var durationSeconds: Int64?
    package var sentAtMilliseconds: Int64

    package init(key: MessageKey, isPinned: Bool, durationSeconds: Int64? = nil, sentAtMilliseconds: Int64) {
        self.key = key
        self.isPinned = isPinned
        self.durationSeconds = durationSeconds
        self.sentAtMilliseconds = sentAtMilliseconds
    }

    /// Nil when it does not say what it is about, or what it does.
    init?(_ message: WAMessage) {
        let pin = message.pinInChatMessage
        guard message.hasPinInChatMessage, pin.type != .unknownType, let key = MessageKey(pin.key) else { return nil }
        let info = message.messageContextInfo
        self.init(
            key: key, isPinned: pin.type == .pinForAll,
            durationSeconds: info.hasMessageAddOnDurationInSecs ? Int64(info.messageAddOnDurationInSecs) : nil,
            sentAtMilliseconds: WireTime.milliseconds(pin.senderTimestampMs))
    }

    var message: WAMessage {
        var message = WAMessage()
        message.pinInChatMessage.key = key.proto
        message.pinInChatMessage.type = isPinned ? .pinForAll : .unpinForAll
        message.pinInChatMessage.senderTimestampMs = sentAtMilliseconds
        if let durationSeconds {
            message.messageContextInfo.messageAddOnDurationInSecs = UInt32(clamping: durationSeconds)
        }
        return message
    }
}

/// A disappearing message kept for everybody, or left to disappear again.
///
/// ```
/// 51 keepInChatMessage { 1 key, 2 keepType = KEEP_FOR_ALL (1) | UNDO_KEEP_FOR_ALL (2), 3 timestampMS }
/// ```
/// Source: protocol reference 5.18.
package struct KeepContent: Equatable, Sendable {
    package var key: MessageKey
    package var isKept: Bool
    package var sentAtMilliseconds: Int64

    package init(key: MessageKey, isKept: Bool, sentAtMilliseconds: Int64) {
        self.key = key
        self.isKept = isKept
        self.sentAtMilliseconds = sentAtMilliseconds
    }

    /// Nil when it does not say what it is about, or what it does.
    init?(_ message: WAMessage) {
        let keep = message.keepInChatMessage
        guard message.hasKeepInChatMessage, keep.keepType != .unknownKeepType, let key = MessageKey(keep.key)
        else { return nil }
        self.init(
            key: key, isKept: keep.keepType == .keepForAll,
            sentAtMilliseconds: WireTime.milliseconds(keep.timestampMs))
    }

    var message: WAMessage {
        var message = WAMessage()
        message.keepInChatMessage.key = key.proto
        message.keepInChatMessage.keepType = isKept ? .keepForAll : .undoKeepForAll
        message.keepInChatMessage.timestampMs = sentAtMilliseconds
        return message
    }
}

/// New messages of the chat disappear after so many seconds; 0 for never.
///
/// ```
/// 12 protocolMessage { 2 type = EPHEMERAL_SETTING (3), 4 ephemeralExpiration }
/// ```
/// Source: protocol reference 5.18.
enum EphemeralSetting {
    static func seconds(_ message: WAMessage) -> Int64? {
        guard message.hasProtocolMessage, message.protocolMessage.type == .ephemeralSetting else { return nil }
        return Int64(message.protocolMessage.ephemeralExpiration)
    }

    static func message(seconds: Int64) -> WAMessage {
        var message = WAMessage()
        message.protocolMessage.type = .ephemeralSetting
        message.protocolMessage.ephemeralExpiration = UInt32(clamping: seconds)
        return message
    }
}
