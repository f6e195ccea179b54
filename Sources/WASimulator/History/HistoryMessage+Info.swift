import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// Messages of a past as history carries them. Reference 5.13, 5.16, 5.18 and 6.2.
extension History {
    func info(of message: HistoryMessage, in chat: HistoryChat) -> WAWebMessageInfo {
        var info = WAWebMessageInfo()
        info.key = key(of: message, in: chat)
        info.messageTimestamp = UInt64(clamping: message.timestampSeconds)
        if message.kind == .revoked {
            info.messageStubType = Self.revokedStub
        } else {
            info.message = content(of: message, in: chat)
        }
        if message.isFromMe { info.status = .init(rawValue: message.status) ?? .serverAck }
        if chat.isGroup, !message.isFromMe { info.participant = info.key.participant }
        if message.isStarred { info.starred = true }
        if !message.isFromMe, let person = person(message.author) { info.pushName = pushName(ofPerson: person) }
        info.reactions = message.reactions.map { reaction($0, to: message, in: chat) }
        if let secret = message.secret { info.messageSecret = Data(secret) }
        if !message.vote.isEmpty { info.pollUpdates = [vote(on: message, in: chat)] }
        if let seconds = chat.expirationSeconds {
            info.ephemeralDuration = UInt32(seconds)
            info.ephemeralStartTimestamp = UInt64(message.timestampSeconds)
        }
        return info
    }

    /// `WebMessageInfo.StubType.REVOKE`.
    private static let revokedStub: UInt32 = 1

    func key(of message: HistoryMessage, in chat: HistoryChat) -> WAMessageKey {
        var key = WAMessageKey()
        key.remoteJid = chat.jid.description
        key.fromMe = message.isFromMe
        key.id = message.id
        if chat.isGroup, !message.isFromMe {
            key.participant = jid(of: message.author, chat.addressing).description
        }
        return key
    }

    private func content(of message: HistoryMessage, in chat: HistoryChat) -> WAMessage {
        var content = WAMessage()
        let text = message.text ?? ""
        switch message.kind {
        case .text, .revoked: content.conversation = text
        case .reply:
            content.extendedTextMessage.text = text
            content.extendedTextMessage.contextInfo = quote(of: message.quotedIndex ?? 0, in: chat)
        case .image:
            if let media = media(of: message, .image, "image/jpeg") {
                content.set(media, .image, atMilliseconds: message.timestampSeconds * 1_000)
            }
        case .document:
            if var media = media(of: message, .document, "text/plain") {
                media.fileName = "document \(message.index).txt"
                content.set(media, .document, atMilliseconds: message.timestampSeconds * 1_000)
                // A document with a caption comes inside a wrapper.
                var outer = WAMessage()
                outer.documentWithCaptionMessage.message = content
                content = outer
            }
        case .location:
            content.locationMessage.degreesLatitude = -6.2 + Double(message.index % 100) / 1_000
            content.locationMessage.degreesLongitude = 106.8
            content.locationMessage.name = text
        case .contact:
            let number = self.number(ofPerson: message.index % max(1, personCount))
            content.contactMessage.displayName = text
            content.contactMessage.vcard = ContactCard.text(name: text, number: number)
        case .poll:
            content.pollCreationMessageV3.name = text
            content.pollCreationMessageV3.options = message.pollOptions.map { option in
                var made = WAPollCreationMessage.Option()
                made.optionName = option
                return made
            }
            content.pollCreationMessageV3.selectableOptionsCount = 1
        }
        if let secret = message.secret { content.messageContextInfo.messageSecret = Data(secret) }
        return content
    }

    private func media(
        of message: HistoryMessage, _ purpose: MediaKeys.Purpose, _ mimetype: String
    ) -> ShownMedia? {
        guard let file = message.file else { return nil }
        var media = ShownMedia(
            file: MediaFile(
                directPath: file.directPath, url: nil, mediaKey: file.mediaKey, fileSHA256: file.summary.fileSHA256,
                encryptedFileSHA256: file.summary.encryptedFileSHA256, byteCount: file.summary.fileByteCount,
                purpose: purpose),
            mimetype: mimetype)
        media.caption = message.text
        return media
    }

    private func quote(of index: Int, in chat: HistoryChat) -> WAContextInfo {
        let quoted = message(index, of: chat)
        var context = WAContextInfo()
        context.stanzaID = quoted.id
        context.participant = jid(of: quoted.author, chat.addressing).description
        context.quotedMessage.conversation = quoted.text ?? ""
        return context
    }

    private func reaction(
        _ reaction: HistoryMessage.Reaction, to message: HistoryMessage, in chat: HistoryChat
    ) -> WAReaction {
        var made = WAReaction()
        made.key.remoteJid = chat.jid.description
        made.key.fromMe = reaction.by == owner
        made.key.id = String(message.id.reversed())
        if chat.isGroup, reaction.by != owner {
            made.key.participant = jid(of: reaction.by, chat.addressing).description
        }
        made.text = reaction.emoji
        made.senderTimestampMs = message.timestampSeconds * 1_000 + 500
        return made
    }

    /// A vote comes decrypted: hashes of the texts of the options.
    private func vote(on message: HistoryMessage, in chat: HistoryChat) -> WAPollUpdate {
        var update = WAPollUpdate()
        let voter = message.isFromMe ? chat.number ?? chat.participants.last ?? owner : owner
        update.pollUpdateMessageKey.remoteJid = chat.jid.description
        update.pollUpdateMessageKey.fromMe = voter == owner
        update.pollUpdateMessageKey.id = String(message.id.reversed())
        if chat.isGroup, voter != owner {
            update.pollUpdateMessageKey.participant = jid(of: voter, chat.addressing).description
        }
        update.vote.selectedOptions = message.vote.map { Data(Digest.sha256(Array($0.utf8))) }
        update.senderTimestampMs = message.timestampSeconds * 1_000 + 700
        return update
    }

    // MARK: - Chats

    /// The chat itself, with some of its messages.
    func conversation(_ chat: HistoryChat, _ indexes: some Sequence<Int>, isLast: Bool) -> WAConversation {
        var made = WAConversation()
        made.id = chat.jid.description
        made.name = chat.name
        made.messages = indexes.map { index in
            var entry = WAHistorySyncMsg()
            entry.message = info(of: message(index, of: chat), in: chat)
            entry.msgOrderID = UInt64(index + 1)
            return entry
        }
        made.conversationTimestamp = UInt64(chat.newestSeconds)
        made.lastMsgTimestamp = UInt64(chat.newestSeconds)
        made.unreadCount = UInt32(chat.unreadCount)
        made.archived = chat.isArchived
        if let pinned = chat.pinnedSeconds { made.pinned = UInt32(truncatingIfNeeded: pinned) }
        if let until = chat.mutedUntilSeconds { made.muteEndTime = UInt64(until * 1_000) }
        if chat.isMarkedUnread { made.markedAsUnread = true }
        if let seconds = chat.expirationSeconds {
            made.ephemeralExpiration = UInt32(seconds)
            made.ephemeralSettingTimestamp = chat.newestSeconds - 1_000
        }
        if let number = chat.number, let lid = chat.lid {
            if chat.jid.server == .lid {
                made.pnJid = JID(number, .user).description
            } else {
                made.lidJid = JID(lid, .lid).description
            }
            if let token = token(number) {
                made.tcToken = Data(token.bytes)
                made.tcTokenTimestamp = UInt64(clamping: token.timestampSeconds)
            }
        }
        made.participant = chat.participants.enumerated().map { index, number in
            var member = WAGroupParticipant()
            member.userJid = jid(of: number, .lid).description
            member.rank = index == 0 ? .superadmin : .regular
            return member
        }
        if isLast {
            made.endOfHistoryTransfer = true
            made.endOfHistoryTransferType =
                chat.firstSent > 0
                ? .completeButMoreMessagesRemainOnPrimary : .completeAndNoMoreMessageRemainOnPrimary
        }
        return made
    }
}
