import WAProto

extension WAMessage {
    /// The `type` attribute of the stanza: `media` when there is a media type. Source: protocol reference 5.2.
    var stanzaType: MessageKind {
        let content = unwrapped
        if content.hasReactionMessage || content.hasEncReactionMessage { return .reaction }
        if content.isPollCreation || content.hasPollUpdateMessage { return .poll }
        if content.hasEventMessage { return .event }
        return content.mediaType == nil ? .text : .media
    }

    /// The `mediatype` attribute of the ciphertexts. Source: protocol reference 5.2.
    var mediaType: String? {
        let content = unwrapped
        if content.hasExtendedTextMessage { return content.extendedTextMessage.title.isEmpty ? nil : "url" }
        if content.hasGroupInviteMessage { return "url" }
        if content.hasImageMessage { return "image" }
        if content.hasStickerMessage { return "sticker" }
        if content.hasDocumentMessage { return "document" }
        if content.hasAudioMessage { return content.audioMessage.ptt ? "ptt" : "audio" }
        if content.hasVideoMessage { return content.videoMessage.gifPlayback ? "gif" : "video" }
        if content.hasPtvMessage { return "video" }
        if content.hasContactMessage { return "vcard" }
        if content.hasContactsArrayMessage { return "contact_array" }
        if content.hasLiveLocationMessage { return "livelocation" }
        if content.hasListMessage { return "list" }
        if content.hasListResponseMessage { return "list_response" }
        if content.hasButtonsResponseMessage { return "buttons_response" }
        if content.hasOrderMessage { return "order" }
        if content.hasProductMessage { return "product" }
        if content.hasInteractiveResponseMessage { return "native_flow_response" }
        return nil
    }

    private var isPollCreation: Bool {
        hasPollCreationMessage || hasPollCreationMessageV2 || hasPollCreationMessageV3 || hasPollCreationMessageV5
            || hasPollCreationMessageV6
    }

    /// The caption of an image, a video or a document.
    var caption: String? {
        if hasImageMessage, imageMessage.hasCaption { return imageMessage.caption }
        if hasVideoMessage, videoMessage.hasCaption { return videoMessage.caption }
        if hasDocumentMessage, documentMessage.hasCaption { return documentMessage.caption }
        return nil
    }

    /// Whether anything is left for people once keys, context and notes between devices are taken away.
    ///
    /// Of the protocol messages, revocations, edits and the disappearing timer are for people.
    var isForPeople: Bool {
        if hasProtocolMessage {
            switch protocolMessage.type {
            case .revoke, .messageEdit, .ephemeralSetting: return true
            default: return false
            }
        }
        var rest = self
        rest.clearSenderKeyDistributionMessage()
        rest.clearMessageContextInfo()
        rest.clearDeviceSentMessage()
        return rest != WAMessage()
    }

    /// Whether it only says something about another message and is none itself. For unwrapped messages.
    var isAboutAnotherMessage: Bool {
        hasProtocolMessage || hasReactionMessage || hasEncReactionMessage || hasPollUpdateMessage || hasPinInChatMessage
            || hasKeepInChatMessage || hasSecretEncryptedMessage || hasEncEventResponseMessage
    }
}
