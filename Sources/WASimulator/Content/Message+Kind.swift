import WAProto

/// Which field of a message holds its content.
extension WAMessage {
    /// The name of the field, below all wrappers.
    var kindName: String {
        let content = unwrapped.content
        let found =
            content.saidKinds.first { $0.0 } ?? content.additionKinds.first { $0.0 }
            ?? content.offerKinds.first { $0.0 }
        return found?.1 ?? "unknown"
    }

    private var saidKinds: [(Bool, String)] {
        [
            (hasConversation, "conversation"), (hasExtendedTextMessage, "extendedTextMessage"),
            (hasImageMessage, "imageMessage"), (hasVideoMessage, "videoMessage"), (hasPtvMessage, "ptvMessage"),
            (hasAudioMessage, "audioMessage"), (hasDocumentMessage, "documentMessage"),
            (hasStickerMessage, "stickerMessage"), (hasLocationMessage, "locationMessage"),
            (hasLiveLocationMessage, "liveLocationMessage"), (hasContactMessage, "contactMessage"),
            (hasContactsArrayMessage, "contactsArrayMessage"), (hasPollCreationMessage, "pollCreationMessage"),
            (hasPollCreationMessageV2, "pollCreationMessageV2"), (hasPollCreationMessageV3, "pollCreationMessageV3"),
            (hasPollCreationMessageV5, "pollCreationMessageV5"), (hasPollCreationMessageV6, "pollCreationMessageV6"),
            (hasAlbumMessage, "albumMessage"),
        ]
    }

    private var offerKinds: [(Bool, String)] {
        [
            (hasEventMessage, "eventMessage"), (hasGroupInviteMessage, "groupInviteMessage"),
            (hasButtonsMessage, "buttonsMessage"), (hasListMessage, "listMessage"),
            (hasTemplateMessage, "templateMessage"), (hasInteractiveMessage, "interactiveMessage"),
            (hasButtonsResponseMessage, "buttonsResponseMessage"), (hasListResponseMessage, "listResponseMessage"),
            (hasTemplateButtonReplyMessage, "templateButtonReplyMessage"),
            (hasInteractiveResponseMessage, "interactiveResponseMessage"), (hasOrderMessage, "orderMessage"),
            (hasProductMessage, "productMessage"), (hasNewsletterAdminInviteMessage, "newsletterAdminInviteMessage"),
        ]
    }

    private var additionKinds: [(Bool, String)] {
        [
            (hasReactionMessage, "reactionMessage"), (hasEncReactionMessage, "encReactionMessage"),
            (hasPollUpdateMessage, "pollUpdateMessage"), (hasProtocolMessage, "protocolMessage"),
            (hasPinInChatMessage, "pinInChatMessage"), (hasKeepInChatMessage, "keepInChatMessage"),
            (hasSecretEncryptedMessage, "secretEncryptedMessage"), (hasEncCommentMessage, "encCommentMessage"),
            (hasEncEventResponseMessage, "encEventResponseMessage"), (hasCommentMessage, "commentMessage"),
            (hasSenderKeyDistributionMessage, "senderKeyDistributionMessage"),
        ]
    }
}
