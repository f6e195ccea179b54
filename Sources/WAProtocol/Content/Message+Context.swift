import WAProto

/// A part of a message that can carry a context.
private protocol Contextual {
    var contextInfo: WAContextInfo { get set }
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
        if let context, hasConversation {
            extendedTextMessage.text = conversation
            clearConversation()
            extendedTextMessage.contextInfo = context
        }
        set(context, \.extendedTextMessage, hasExtendedTextMessage)
        set(context, \.imageMessage, hasImageMessage)
        set(context, \.videoMessage, hasVideoMessage)
        set(context, \.ptvMessage, hasPtvMessage)
        set(context, \.audioMessage, hasAudioMessage)
        set(context, \.documentMessage, hasDocumentMessage)
        set(context, \.stickerMessage, hasStickerMessage)
        set(context, \.locationMessage, hasLocationMessage)
        set(context, \.liveLocationMessage, hasLiveLocationMessage)
        set(context, \.contactMessage, hasContactMessage)
        set(context, \.contactsArrayMessage, hasContactsArrayMessage)
        set(context, \.pollCreationMessage, hasPollCreationMessage)
        set(context, \.pollCreationMessageV2, hasPollCreationMessageV2)
        set(context, \.pollCreationMessageV3, hasPollCreationMessageV3)
        set(context, \.pollCreationMessageV5, hasPollCreationMessageV5)
        set(context, \.pollCreationMessageV6, hasPollCreationMessageV6)
        set(context, \.eventMessage, hasEventMessage)
        set(context, \.groupInviteMessage, hasGroupInviteMessage)
        set(context, \.newsletterAdminInviteMessage, hasNewsletterAdminInviteMessage)
        set(context, \.buttonsMessage, hasButtonsMessage)
        set(context, \.buttonsResponseMessage, hasButtonsResponseMessage)
        set(context, \.listMessage, hasListMessage)
        set(context, \.listResponseMessage, hasListResponseMessage)
        set(context, \.templateMessage, hasTemplateMessage)
        set(context, \.templateButtonReplyMessage, hasTemplateButtonReplyMessage)
        set(context, \.interactiveMessage, hasInteractiveMessage)
        set(context, \.interactiveResponseMessage, hasInteractiveResponseMessage)
        set(context, \.productMessage, hasProductMessage)
        set(context, \.orderMessage, hasOrderMessage)
        set(context, \.albumMessage, hasAlbumMessage)
    }

    private mutating func set<Part: Contextual>(
        _ context: WAContextInfo?, _ part: WritableKeyPath<WAMessage, Part>, _ isPresent: Bool
    ) {
        guard isPresent else { return }
        if let context {
            self[keyPath: part].contextInfo = context
        } else {
            self[keyPath: part].clearContextInfo()
        }
    }
}
