package import WAProto

/// A part of a message that can carry a context.
private protocol Contextual {
    var contextInfo: WAContextInfo { get set }
    var hasContextInfo: Bool { get }
    mutating func clearContextInfo()
}

extension WAExtendedTextMessage: Contextual {}
extension WAImageMessage: Contextual {}
extension WAVideoMessage: Contextual {}
extension WAAudioMessage: Contextual {}
extension WADocumentMessage: Contextual {}
extension WAStickerMessage: Contextual {}
extension WALocationMessage: Contextual {}
extension WALiveLocationMessage: Contextual {}
extension WAContactMessage: Contextual {}
extension WAContactsArrayMessage: Contextual {}
extension WAPollCreationMessage: Contextual {}
extension WAEventMessage: Contextual {}
extension WAGroupInviteMessage: Contextual {}
extension WANewsletterAdminInviteMessage: Contextual {}
extension WAButtonsMessage: Contextual {}
extension WAButtonsResponseMessage: Contextual {}
extension WAListMessage: Contextual {}
extension WAListResponseMessage: Contextual {}
extension WATemplateMessage: Contextual {}
extension WATemplateButtonReplyMessage: Contextual {}
extension WAInteractiveMessage: Contextual {}
extension WAInteractiveResponseMessage: Contextual {}
extension WAProductMessage: Contextual {}
extension WAOrderMessage: Contextual {}
extension WAAlbumMessage: Contextual {}

extension WAMessage {
    /// The message unwrapped, without context, secret and sender keys: how it is quoted.
    var withoutContext: WAMessage {
        var message = unwrapped
        message.clearMessageContextInfo()
        message.clearSenderKeyDistributionMessage()
        message.setContext(nil)
        return message
    }

    /// Replaces the context of whatever the message carries; a bare text becomes an extended one to hold it.
    mutating func setContext(_ context: WAContextInfo?) {
        if context != nil { extendConversation() }
        changeContext { $0 = context }
    }

    /// As it is written in a chat whose messages disappear after so long; what carries no context stays as it is.
    ///
    /// Source: protocol reference 5.18.
    package func expiring(afterSeconds seconds: Int64) -> WAMessage {
        var message = self
        if hasDocumentWithCaptionMessage {
            let inner = documentWithCaptionMessage.message.expiring(afterSeconds: seconds)
            message.documentWithCaptionMessage.message = inner
            return message
        }
        message.extendConversation()
        message.changeContext { context in
            var changed = context ?? WAContextInfo()
            changed.expiration = UInt32(clamping: seconds)
            context = changed
        }
        return message
    }

    /// After how many seconds it disappears, by its context; nil where it says nothing. For unwrapped messages.
    ///
    /// Source: protocol reference 5.18.
    package var expiresAfterSeconds: Int64? {
        var (message, seconds) = (self, UInt32(0))
        message.changeContext { context in seconds = max(seconds, context?.expiration ?? 0) }
        return seconds == 0 ? nil : Int64(seconds)
    }

    private mutating func extendConversation() {
        guard hasConversation else { return }
        extendedTextMessage.text = conversation
        clearConversation()
    }

    private mutating func changeContext(_ change: (inout WAContextInfo?) -> Void) {
        apply(change, \.extendedTextMessage, hasExtendedTextMessage)
        apply(change, \.imageMessage, hasImageMessage)
        apply(change, \.videoMessage, hasVideoMessage)
        apply(change, \.ptvMessage, hasPtvMessage)
        apply(change, \.audioMessage, hasAudioMessage)
        apply(change, \.documentMessage, hasDocumentMessage)
        apply(change, \.stickerMessage, hasStickerMessage)
        apply(change, \.locationMessage, hasLocationMessage)
        apply(change, \.liveLocationMessage, hasLiveLocationMessage)
        apply(change, \.contactMessage, hasContactMessage)
        apply(change, \.contactsArrayMessage, hasContactsArrayMessage)
        apply(change, \.pollCreationMessage, hasPollCreationMessage)
        apply(change, \.pollCreationMessageV2, hasPollCreationMessageV2)
        apply(change, \.pollCreationMessageV3, hasPollCreationMessageV3)
        apply(change, \.pollCreationMessageV5, hasPollCreationMessageV5)
        apply(change, \.pollCreationMessageV6, hasPollCreationMessageV6)
        apply(change, \.eventMessage, hasEventMessage)
        apply(change, \.groupInviteMessage, hasGroupInviteMessage)
        apply(change, \.newsletterAdminInviteMessage, hasNewsletterAdminInviteMessage)
        apply(change, \.buttonsMessage, hasButtonsMessage)
        apply(change, \.buttonsResponseMessage, hasButtonsResponseMessage)
        apply(change, \.listMessage, hasListMessage)
        apply(change, \.listResponseMessage, hasListResponseMessage)
        apply(change, \.templateMessage, hasTemplateMessage)
        apply(change, \.templateButtonReplyMessage, hasTemplateButtonReplyMessage)
        apply(change, \.interactiveMessage, hasInteractiveMessage)
        apply(change, \.interactiveResponseMessage, hasInteractiveResponseMessage)
        apply(change, \.productMessage, hasProductMessage)
        apply(change, \.orderMessage, hasOrderMessage)
        apply(change, \.albumMessage, hasAlbumMessage)
    }

    private mutating func apply<Part: Contextual>(
        _ change: (inout WAContextInfo?) -> Void, _ part: WritableKeyPath<WAMessage, Part>, _ isPresent: Bool
    ) {
        guard isPresent else { return }
        var context = self[keyPath: part].hasContextInfo ? self[keyPath: part].contextInfo : nil
        change(&context)
        if let context {
            self[keyPath: part].contextInfo = context
        } else {
            self[keyPath: part].clearContextInfo()
        }
    }
}
