import WAProto

/// What a person sees of a message.
extension WAMessage {
    /// The text or caption, looking through the wrappers of edits, view-once and disappearing messages.
    var shownText: String? {
        if hasConversation { return conversation }
        if hasExtendedTextMessage { return extendedTextMessage.text }
        if hasImageMessage { return imageMessage.hasCaption ? imageMessage.caption : nil }
        if hasVideoMessage { return videoMessage.hasCaption ? videoMessage.caption : nil }
        if hasDocumentMessage { return documentMessage.hasCaption ? documentMessage.caption : nil }
        if hasReactionMessage { return reactionMessage.text }
        if hasProtocolMessage, protocolMessage.hasEditedMessage { return protocolMessage.editedMessage.shownText }
        return wrapped?.shownText
    }

    private var wrapped: WAMessage? {
        if hasEphemeralMessage { return ephemeralMessage.message }
        if hasViewOnceMessage { return viewOnceMessage.message }
        if hasViewOnceMessageV2 { return viewOnceMessageV2.message }
        if hasDocumentWithCaptionMessage { return documentWithCaptionMessage.message }
        if hasEditedMessage { return editedMessage.message }
        return nil
    }

    /// The name of the field that is set.
    var kindName: String {
        let kinds: [(Bool, String)] = [
            (hasConversation, "conversation"), (hasExtendedTextMessage, "extendedTextMessage"),
            (hasImageMessage, "imageMessage"), (hasVideoMessage, "videoMessage"), (hasAudioMessage, "audioMessage"),
            (hasDocumentMessage, "documentMessage"), (hasStickerMessage, "stickerMessage"),
            (hasLocationMessage, "locationMessage"), (hasLiveLocationMessage, "liveLocationMessage"),
            (hasContactMessage, "contactMessage"), (hasContactsArrayMessage, "contactsArrayMessage"),
            (hasReactionMessage, "reactionMessage"), (hasPollCreationMessage, "pollCreationMessage"),
            (hasPollCreationMessageV3, "pollCreationMessageV3"), (hasPollUpdateMessage, "pollUpdateMessage"),
            (hasProtocolMessage, "protocolMessage"), (hasEditedMessage, "editedMessage"),
            (hasEphemeralMessage, "ephemeralMessage"), (hasViewOnceMessage, "viewOnceMessage"),
            (hasViewOnceMessageV2, "viewOnceMessageV2"),
            (hasDocumentWithCaptionMessage, "documentWithCaptionMessage"), (hasPinInChatMessage, "pinInChatMessage"),
            (hasSenderKeyDistributionMessage, "senderKeyDistributionMessage"),
        ]
        return kinds.first { $0.0 }?.1 ?? "unknown"
    }
}
