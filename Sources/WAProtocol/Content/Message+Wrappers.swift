import FoundationEssentials
package import WABinary
import WACrypto
package import WAProto

extension WAMessage {
    /// Wrappers inside wrappers are taken off up to this many; real messages have at most three.
    private static let maximumWrappers = 8

    /// The message without its wrappers: disappearing, view once, document with caption, edited, and so on.
    ///
    /// A wrapper without a message is left as it is. The `messageContextInfo` of a wrapper is kept when the inner
    /// message has none. Source: protocol reference 5.6.
    package var unwrapped: WAMessage {
        var message = self
        for _ in 0..<Self.maximumWrappers {
            guard var inner = message.wrapped else { break }
            if !inner.hasMessageContextInfo, message.hasMessageContextInfo {
                inner.messageContextInfo = message.messageContextInfo
            }
            message = inner
        }
        return message
    }

    /// What another device of ours sent, and to whom; nil when the message is no such copy.
    ///
    /// Believe it only from a device of our own account.
    package var deviceSent: (destination: JID, message: WAMessage)? {
        guard hasDeviceSentMessage, deviceSentMessage.hasMessage,
            let destination = JID(deviceSentMessage.destinationJid)
        else { return nil }
        var message = deviceSentMessage.message
        if !message.hasMessageContextInfo, hasMessageContextInfo { message.messageContextInfo = messageContextInfo }
        return (destination, message)
    }

    /// The copy for our own other devices.
    ///
    /// ```
    /// Message { deviceSentMessage { destinationJid, message }, messageContextInfo of the message }
    /// ```
    /// Source: protocol reference 5.2.
    package func sentByOtherDevice(to destination: JID) -> WAMessage {
        var copy = WAMessage()
        copy.deviceSentMessage.destinationJid = destination.account.description
        copy.deviceSentMessage.message = self
        if hasMessageContextInfo { copy.messageContextInfo = messageContextInfo }
        return copy
    }

    /// The bytes of `sentByOtherDevice`, made of those of the message itself.
    package func encodedCopy(of encoded: [UInt8], to destination: JID) -> [UInt8] {
        var copy = WASentCopy()
        copy.deviceSentMessage.destinationJid = destination.account.description
        copy.deviceSentMessage.message = Data(encoded)
        if hasMessageContextInfo { copy.messageContextInfo = messageContextInfo }
        return copy.encoded()
    }

    /// Whether it may be looked at once: in a wrapper that says so, or by the mark of the file in it.
    ///
    /// Source: protocol reference 6.2.
    package var isViewOnce: Bool {
        var message = self
        for _ in 0..<Self.maximumWrappers {
            if message.hasViewOnceMessage || message.hasViewOnceMessageV2 || message.hasViewOnceMessageV2Extension {
                return true
            }
            guard let inner = message.wrapped else { break }
            message = inner
        }
        return message.imageMessage.viewOnce || message.videoMessage.viewOnce || message.audioMessage.viewOnce
            || message.extendedTextMessage.viewOnce
    }

    /// The 32-byte secret of the message; nil where there is none, or it is no secret.
    package var secret: [UInt8]? {
        let secret = messageContextInfo.messageSecret
        return secret.count == MessageSecret.byteCount ? [UInt8](secret) : nil
    }

    /// Sets the 32-byte secret of the message.
    mutating func setSecret(_ secret: [UInt8]) {
        messageContextInfo.messageSecret = Data(secret)
    }

    /// The content of the outermost wrapper.
    private var wrapped: WAMessage? {
        guard let wrapper, wrapper.hasMessage else { return nil }
        return wrapper.message
    }

    private var wrapper: WAFutureProofMessage? {
        if hasEphemeralMessage { return ephemeralMessage }
        if hasViewOnceMessage { return viewOnceMessage }
        if hasViewOnceMessageV2 { return viewOnceMessageV2 }
        if hasViewOnceMessageV2Extension { return viewOnceMessageV2Extension }
        if hasDocumentWithCaptionMessage { return documentWithCaptionMessage }
        if hasEditedMessage { return editedMessage }
        if hasBotInvokeMessage { return botInvokeMessage }
        if hasGroupMentionedMessage { return groupMentionedMessage }
        if hasLottieStickerMessage { return lottieStickerMessage }
        if hasEventCoverImage { return eventCoverImage }
        if hasStatusMentionMessage { return statusMentionMessage }
        if hasPollCreationOptionImageMessage { return pollCreationOptionImageMessage }
        if hasAssociatedChildMessage { return associatedChildMessage }
        if hasGroupStatusMentionMessage { return groupStatusMentionMessage }
        if hasPollCreationMessageV4 { return pollCreationMessageV4 }
        if hasStatusAddYours { return statusAddYours }
        if hasGroupStatusMessage { return groupStatusMessage }
        if hasLimitSharingMessage { return limitSharingMessage }
        if hasBotTaskMessage { return botTaskMessage }
        if hasQuestionMessage { return questionMessage }
        if hasGroupStatusMessageV2 { return groupStatusMessageV2 }
        if hasBotForwardedMessage { return botForwardedMessage }
        if hasQuestionReplyMessage { return questionReplyMessage }
        if hasNewsletterAdminProfileMessage { return newsletterAdminProfileMessage }
        if hasSpoilerMessage { return spoilerMessage }
        return nil
    }
}
