import WAProto

/// What a person sees of a message. Reference 5.6 and 6.2.
extension WAMessage {
    /// A hostile message nests until its parser gives up; people nest two or three.
    private static let maximumWrapperCount = 8

    /// The content below its wrappers, and the names of these, outermost first.
    var unwrapped: (content: WAMessage, wrappers: [String]) {
        var content = self
        var wrappers: [String] = []
        while wrappers.count < Self.maximumWrapperCount, let (name, inner) = content.wrapped {
            wrappers.append(name)
            content = inner
        }
        return (content, wrappers)
    }

    private var wrapped: (String, WAMessage)? {
        if hasEphemeralMessage { return ("ephemeralMessage", ephemeralMessage.message) }
        if hasViewOnceMessage { return ("viewOnceMessage", viewOnceMessage.message) }
        if hasViewOnceMessageV2 { return ("viewOnceMessageV2", viewOnceMessageV2.message) }
        if hasViewOnceMessageV2Extension {
            return ("viewOnceMessageV2Extension", viewOnceMessageV2Extension.message)
        }
        if hasDocumentWithCaptionMessage {
            return ("documentWithCaptionMessage", documentWithCaptionMessage.message)
        }
        if hasEditedMessage { return ("editedMessage", editedMessage.message) }
        if hasLottieStickerMessage { return ("lottieStickerMessage", lottieStickerMessage.message) }
        if hasGroupMentionedMessage { return ("groupMentionedMessage", groupMentionedMessage.message) }
        return rareWrapper
    }

    private var rareWrapper: (String, WAMessage)? {
        if hasAssociatedChildMessage { return ("associatedChildMessage", associatedChildMessage.message) }
        if hasBotInvokeMessage { return ("botInvokeMessage", botInvokeMessage.message) }
        if hasEventCoverImage { return ("eventCoverImage", eventCoverImage.message) }
        if hasStatusMentionMessage { return ("statusMentionMessage", statusMentionMessage.message) }
        if hasGroupStatusMentionMessage {
            return ("groupStatusMentionMessage", groupStatusMentionMessage.message)
        }
        if hasGroupStatusMessage { return ("groupStatusMessage", groupStatusMessage.message) }
        if hasGroupStatusMessageV2 { return ("groupStatusMessageV2", groupStatusMessageV2.message) }
        if hasPollCreationMessageV4 { return ("pollCreationMessageV4", pollCreationMessageV4.message) }
        if hasLimitSharingMessage { return ("limitSharingMessage", limitSharingMessage.message) }
        if hasQuestionMessage { return ("questionMessage", questionMessage.message) }
        if hasBotForwardedMessage { return ("botForwardedMessage", botForwardedMessage.message) }
        return nil
    }

    var shown: ShownContent {
        let (content, wrappers) = unwrapped
        var shown = ShownContent()
        shown.wrappers = wrappers
        shown.isViewOnce = isViewOnce
        content.describe(in: &shown)
        content.context?.describe(in: &shown)
        return shown
    }

    /// Wrapped as something that is to be seen once.
    var isViewOnce: Bool { unwrapped.wrappers.contains { $0.hasPrefix("viewOnce") } }

    /// The text, caption or emoji of what is wrapped.
    var shownText: String? { shown.text }

    private func describe(in shown: inout ShownContent) {
        if let media = shownMedia {
            shown.media = media
            shown.text = media.caption
            shown.kind = mediaKind
            return
        }
        if hasConversation {
            shown.kind = .text
            shown.text = conversation
        } else if hasExtendedTextMessage {
            shown.kind = .text
            shown.text = extendedTextMessage.text
            shown.linkPreview = extendedTextMessage.preview
        } else if hasLocationMessage {
            shown.kind = .location
            shown.location = locationMessage.shown
        } else if hasLiveLocationMessage {
            shown.kind = .liveLocation
            shown.text = liveLocationMessage.hasCaption ? liveLocationMessage.caption : nil
            shown.location = .init(
                latitude: liveLocationMessage.degreesLatitude, longitude: liveLocationMessage.degreesLongitude,
                name: nil, address: nil, isLive: true)
        } else if hasContactMessage {
            shown.kind = .contact
            shown.contacts = [contactMessage.shown]
        } else if hasContactsArrayMessage {
            shown.kind = .contacts
            shown.contacts = contactsArrayMessage.contacts.map(\.shown)
        } else if let poll = pollCreation {
            shown.kind = .poll
            shown.text = poll.name
            shown.poll = .init(
                question: poll.name, options: poll.options.map(\.optionName),
                selectableCount: Int(poll.selectableOptionsCount))
        } else if !describeOffer(in: &shown) {
            describeAddition(in: &shown)
        }
    }

    /// What there is to choose, to join or to buy; false when it is something else.
    private func describeOffer(in shown: inout ShownContent) -> Bool {
        if hasEventMessage {
            shown.kind = .event
            shown.text = eventMessage.name
            shown.event = eventMessage.shown
        } else if hasGroupInviteMessage {
            shown.kind = .groupInvite
            shown.invitation = groupInviteMessage.shown
            shown.text = shown.invitation?.caption
        } else if let choices {
            shown.kind = .init(choices.form)
            shown.choices = choices
            shown.text = choices.text ?? choices.title
        } else if let choice {
            shown.kind = .choice
            shown.choice = choice
            shown.text = choice.text
        } else if hasOrderMessage {
            shown.kind = .order
            shown.order = orderMessage.shown
            shown.text = shown.order?.message
        } else if hasProductMessage {
            shown.kind = .product
            shown.product = productMessage.shown
            shown.text = shown.product?.body
        } else if hasAlbumMessage {
            shown.kind = .album
        } else if hasNewsletterAdminInviteMessage {
            shown.kind = .channelInvite
            shown.text = newsletterAdminInviteMessage.hasCaption ? newsletterAdminInviteMessage.caption : nil
        } else {
            return false
        }
        return true
    }

    /// What says something about an earlier message.
    private func describeAddition(in shown: inout ShownContent) {
        if hasReactionMessage {
            shown.kind = .reaction
            shown.text = reactionMessage.text
            shown.target = reactionMessage.key.shown
        } else if hasPollUpdateMessage {
            shown.kind = .vote
            shown.target = pollUpdateMessage.pollCreationMessageKey.shown
        } else if hasPinInChatMessage {
            shown.kind = .pin
            shown.target = pinInChatMessage.key.shown
            shown.isPinning = pinInChatMessage.type == .pinForAll
        } else if hasKeepInChatMessage {
            shown.kind = .keep
            shown.target = keepInChatMessage.key.shown
            shown.isPinning = keepInChatMessage.keepType == .keepForAll
        } else if let encrypted = encryptedAddition {
            shown.kind = encrypted.kind
            shown.target = encrypted.key.shown
            shown.isEncrypted = true
        } else if hasCommentMessage {
            shown.kind = .comment
            shown.target = commentMessage.targetMessageKey.shown
            shown.text = commentMessage.message.unwrapped.content.ownText
        } else if hasProtocolMessage {
            switch protocolMessage.type {
            case .messageEdit:
                shown.kind = .edit
                shown.target = protocolMessage.key.shown
                shown.text = protocolMessage.editedMessage.unwrapped.content.ownText
            case .revoke:
                shown.kind = .revoke
                shown.target = protocolMessage.key.shown
            case .ephemeralSetting:
                shown.kind = .setting
                shown.expirationSeconds = Int(protocolMessage.ephemeralExpiration)
            default: break
            }
        }
    }

    /// Text or caption, of an edit's new content.
    var ownText: String? {
        var shown = ShownContent()
        if hasProtocolMessage { return nil }
        describe(in: &shown)
        return shown.text
    }

    private var mediaKind: ShownContent.Kind {
        if hasImageMessage { return .image }
        if hasVideoMessage { return videoMessage.gifPlayback ? .gif : .video }
        if hasPtvMessage { return .roundVideo }
        if hasAudioMessage { return audioMessage.ptt ? .voice : .audio }
        return hasDocumentMessage ? .document : .sticker
    }

    var pollCreation: WAPollCreationMessage? {
        if hasPollCreationMessage { return pollCreationMessage }
        if hasPollCreationMessageV2 { return pollCreationMessageV2 }
        if hasPollCreationMessageV3 { return pollCreationMessageV3 }
        if hasPollCreationMessageV5 { return pollCreationMessageV5 }
        return hasPollCreationMessageV6 ? pollCreationMessageV6 : nil
    }

    /// What the content says about quotes, mentions, forwarding and expiry.
    var context: WAContextInfo? {
        if hasExtendedTextMessage { return extendedTextMessage.contextInfo }
        if hasImageMessage { return imageMessage.contextInfo }
        if hasVideoMessage { return videoMessage.contextInfo }
        if hasPtvMessage { return ptvMessage.contextInfo }
        if hasAudioMessage { return audioMessage.contextInfo }
        if hasDocumentMessage { return documentMessage.contextInfo }
        if hasStickerMessage { return stickerMessage.contextInfo }
        if hasLocationMessage { return locationMessage.contextInfo }
        if hasLiveLocationMessage { return liveLocationMessage.contextInfo }
        if hasContactMessage { return contactMessage.contextInfo }
        if hasContactsArrayMessage { return contactsArrayMessage.contextInfo }
        return offerContext ?? pollCreation?.contextInfo
    }

    private var offerContext: WAContextInfo? {
        if hasEventMessage { return eventMessage.contextInfo }
        if hasGroupInviteMessage { return groupInviteMessage.contextInfo }
        if hasButtonsMessage { return buttonsMessage.contextInfo }
        if hasListMessage { return listMessage.contextInfo }
        if hasTemplateMessage { return templateMessage.contextInfo }
        if hasInteractiveMessage { return interactiveMessage.contextInfo }
        if hasButtonsResponseMessage { return buttonsResponseMessage.contextInfo }
        if hasListResponseMessage { return listResponseMessage.contextInfo }
        if hasTemplateButtonReplyMessage { return templateButtonReplyMessage.contextInfo }
        if hasInteractiveResponseMessage { return interactiveResponseMessage.contextInfo }
        if hasOrderMessage { return orderMessage.contextInfo }
        if hasProductMessage { return productMessage.contextInfo }
        if hasAlbumMessage { return albumMessage.contextInfo }
        return hasNewsletterAdminInviteMessage ? newsletterAdminInviteMessage.contextInfo : nil
    }
}

extension WAContextInfo {
    fileprivate func describe(in shown: inout ShownContent) {
        if hasStanzaID {
            let quoted = hasQuotedMessage ? quotedMessage.unwrapped.content : nil
            let seen = quoted?.shownWithoutContext
            shown.quoted = .init(
                id: stanzaID, author: participant, text: seen?.text, kind: seen?.kind,
                chat: hasRemoteJid ? remoteJid : nil)
        }
        shown.mentions = mentionedJid
        shown.forwardingScore = Int(forwardingScore)
        shown.isForwarded = isForwarded
        if hasExpiration { shown.expirationSeconds = Int(expiration) }
    }
}

extension WAMessage {
    /// A quoted message: what it quotes itself is not shown.
    fileprivate var shownWithoutContext: ShownContent {
        var shown = ShownContent()
        describe(in: &shown)
        return shown
    }
}

extension ShownContent.Kind {
    fileprivate init(_ form: Choices.Form) {
        switch form {
        case .buttons: self = .buttons
        case .list: self = .list
        case .template: self = .template
        case .interactive: self = .interactive
        }
    }
}

extension WAMessageKey {
    var shown: ShownContent.Target {
        .init(id: id, chat: remoteJid, isFromMe: fromMe, participant: hasParticipant ? participant : nil)
    }
}

extension WAContactMessage {
    fileprivate var shown: ShownContent.Contact { .init(displayName: displayName, card: ContactCard(vcard)) }
}

extension WAExtendedTextMessage {
    fileprivate var preview: ShownContent.LinkPreview? {
        guard hasMatchedText || hasTitle else { return nil }
        return .init(
            link: matchedText, title: hasTitle ? title : nil, description: hasDescription_p ? description_p : nil,
            hasThumbnail: hasJpegThumbnail || hasThumbnailDirectPath)
    }
}
