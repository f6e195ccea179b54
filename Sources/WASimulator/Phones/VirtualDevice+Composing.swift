import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// Messages as phones make them. Reference 5.16, 5.18 and 6.2.
extension VirtualDevice {
    /// The message that says something in a chat, with what its stanza says of it.
    ///
    /// Throws `unknownMessage` for a quote, or for something about a message, that this device does not have.
    func speech(
        saying utterance: Utterance, in chat: JID, in server: SimulatedServer
    ) throws(SimulatorError) -> Speech {
        if case .raw(let message, let type, let mediaType, let edit) = utterance.content {
            var speech = Speech(message)
            speech.isSentAsItIs = true
            if let type { speech.facts.type = type }
            if let mediaType { speech.facts.mediaType = mediaType }
            if let edit { speech.facts.edit = edit }
            return speech
        }
        var utterance = utterance
        var message: WAMessage
        if let plain = try plain(utterance, in: chat, in: server) {
            message = plain
            if !message.hasProtocolMessage {
                utterance.expirationSeconds = utterance.expirationSeconds ?? expirationSeconds(in: chat, server)
            }
        } else {
            message = try addition(utterance, in: chat, in: server)
        }
        if let context = try context(of: utterance, in: chat, server) { message.set(context) }
        var speech = Speech(message.wrapped(as: utterance))
        speech.isForPhonesAlone = utterance.isViewOnce && !utterance.reachesCompanions
        return speech
    }

    /// How long messages of the chat stay, if not for ever.
    private func expirationSeconds(in chat: JID, _ server: SimulatedServer) -> Int? {
        let seconds =
            chat.isGroup
            ? server.groups[chat.user]?.ephemeralSeconds
            : server.account(at: chat).flatMap { expirations[$0.number] }
        return seconds == 0 ? nil : seconds
    }

    /// What stands by itself; nil for what is about an earlier message.
    private func plain(
        _ utterance: Utterance, in chat: JID, in server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage? {
        var message = WAMessage()
        switch utterance.content {
        case .text(let text): message.conversation = text
        case .link(let text, let link, let title, let description):
            message.extendedTextMessage.text = text
            message.extendedTextMessage.matchedText = link
            message.extendedTextMessage.title = title
            if let description { message.extendedTextMessage.description_p = description }
        case .media(let media, let kind): message.set(media, kind, atMilliseconds: server.nowMilliseconds)
        case .location(let latitude, let longitude, let name, let address):
            message.locationMessage.set(.init(latitude: latitude, longitude: longitude, name: name, address: address))
        case .liveLocation(let latitude, let longitude, let caption, let accuracy, let sequenceNumber):
            message.liveLocationMessage.degreesLatitude = latitude
            message.liveLocationMessage.degreesLongitude = longitude
            message.liveLocationMessage.sequenceNumber = sequenceNumber
            if let caption { message.liveLocationMessage.caption = caption }
            if let accuracy { message.liveLocationMessage.accuracyInMeters = UInt32(clamping: accuracy) }
        case .contact(let name, let number): message.contactMessage = WAContactMessage(name: name, number: number)
        case .contacts(let cards, let title):
            message.contactsArrayMessage.displayName = title ?? "\(cards.count) contacts"
            message.contactsArrayMessage.contacts = cards.map { WAContactMessage(name: $0.name, number: $0.number) }
        case .poll(let question, let options, let selectableCount):
            let poll = WAPollCreationMessage(question, options: options, selectableCount: selectableCount)
            if selectableCount == 1 {
                message.pollCreationMessageV3 = poll
            } else {
                message.pollCreationMessage = poll
            }
        case .choices(let choices): message.set(choices)
        case .order(let order): message.set(order)
        case .product(let product, let picture):
            message.set(product, picture: picture, atMilliseconds: server.nowMilliseconds)
        case .event(let event): message.set(event)
        case .groupInvitation(let id, let caption):
            message.set(try invitation(to: id, for: chat, caption: caption, server))
        case .ephemeralSetting(let seconds):
            message.protocolMessage.type = .ephemeralSetting
            message.protocolMessage.ephemeralExpiration = UInt32(clamping: seconds)
            message.protocolMessage.ephemeralSettingTimestamp = server.nowSeconds
        case .reaction, .edit, .revoke, .vote, .choose, .answer, .pin, .keep, .raw: return nil
        }
        return message
    }

    private func addition(
        _ utterance: Utterance, in chat: JID, in server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        var message = WAMessage()
        switch utterance.content {
        case .reaction(let emoji, let id):
            message.reactionMessage.text = emoji
            message.reactionMessage.senderTimestampMs = server.nowMilliseconds
            if utterance.isEncrypted { return try encrypted(message.reactionMessage, to: id, in: chat, server) }
            message.reactionMessage.key = try key(of: id, in: chat, server)
        case .edit(let text, let id):
            return try edit(id, to: text, in: chat, utterance.editShape, isEncrypted: utterance.isEncrypted, server)
        case .revoke(let id):
            message.protocolMessage.key = try key(of: id, in: chat, server)
            message.protocolMessage.type = .revoke
        case .vote(let options, let id): return try vote(options, in: id, chat, server)
        case .choose(let row, let id): return try choose(row, in: id, chat, server)
        case .answer(let answer, let id): return try self.answer(answer, to: id, in: chat, server)
        case .pin(let isPinned, let id, let seconds):
            message.pinInChatMessage.key = try key(of: id, in: chat, server)
            message.pinInChatMessage.type = isPinned ? .pinForAll : .unpinForAll
            message.pinInChatMessage.senderTimestampMs = server.nowMilliseconds
            message.messageContextInfo.messageAddOnDurationInSecs = isPinned ? UInt32(clamping: seconds) : 0
        case .keep(let isKept, let id):
            message.keepInChatMessage.key = try key(of: id, in: chat, server)
            message.keepInChatMessage.keepType = isKept ? .keepForAll : .undoKeepForAll
            message.keepInChatMessage.timestampMs = server.nowMilliseconds
        default: break
        }
        return message
    }

    // MARK: - About earlier messages

    func latest(_ id: String) throws(SimulatorError) -> Place {
        if said[id] != nil { return .said(id) }
        guard let message = inbox.latest(id) else { throw .unknownMessage(id) }
        return .received(MessageName(sender: message.sender, id: id))
    }

    /// Names a message in the chat that is written to, under the addressing of the chat.
    func key(of id: String, in chat: JID, _ server: SimulatedServer) throws(SimulatorError) -> WAMessageKey {
        let place = try latest(id)
        let author = author(of: place)
        var key = WAMessageKey()
        let isStatus = self.chat(of: place)?.isStatusBroadcast == true
        key.remoteJid = isStatus ? JID.statusBroadcast.description : chat.description
        key.id = id
        key.fromMe = author == address.number
        if chat.isGroup || isStatus, !key.fromMe, let account = server.accounts[author] {
            key.participant = account.jid(addressing(of: chat, server)).description
        }
        return key
    }

    func addressing(of chat: JID, _ server: SimulatedServer) -> Addressing {
        if chat.isStatusBroadcast { return .lid }
        return chat.isGroup ? server.groups[chat.user]?.addressing ?? .lid : server.addressing(of: chat)
    }

    private func edit(
        _ id: String, to text: String, in chat: JID, _ shape: Utterance.EditShape, isEncrypted: Bool,
        _ server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        let key = try key(of: id, in: chat, server)
        var edited = content(of: try latest(id))?.unwrapped.content ?? WAMessage()
        edited.clearMessageContextInfo()
        edited.setText(text)
        var inner = WAMessage()
        inner.protocolMessage.key = key
        inner.protocolMessage.type = .messageEdit
        inner.protocolMessage.editedMessage = edited
        inner.protocolMessage.timestampMs = server.nowMilliseconds
        if isEncrypted { return try encrypted(edit: inner, to: id, in: chat, server) }
        guard shape == .wrapped else { return inner }
        var message = WAMessage()
        message.editedMessage.message = inner
        return message
    }

    /// The reply that chooses something; it quotes the message with the choices.
    private func choose(
        _ row: String, in id: String, _ chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        guard let choices = content(of: try latest(id))?.unwrapped.content.choices,
            let chosen = choices.rows.first(where: { $0.id == row })
        else { throw .noSuchOption(id) }
        var message = WAMessage()
        message.choose(chosen, in: choices)
        var quoting = Utterance(.choose(row, in: id))
        quoting.quotedID = id
        if let context = try context(of: quoting, in: chat, server) { message.set(context) }
        return message
    }

    /// Made anew for the person spoken to, by somebody who may invite to the group.
    private func invitation(
        to id: String, for chat: JID, caption: String?, _ server: SimulatedServer
    ) throws(SimulatorError) -> GroupInvitation {
        let group = try server.knownGroup(id)
        guard let actor = server.accounts[address.number], group.contains(actor.number) else {
            throw .refusedInGroup(code: GroupRefusal.forbidden.rawValue, "not a member")
        }
        guard let invited = server.account(at: chat) else { throw .unknownRecipient(chat.user) }
        let made = server.invite(invited, to: group, by: actor)
        return GroupInvitation(
            group: group.jid.description, name: group.subject.text, code: made.code,
            expirationSeconds: made.expirationSeconds, caption: caption)
    }

    private func context(
        of utterance: Utterance, in chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> WAContextInfo? {
        var context = WAContextInfo()
        var isNeeded = false
        let addressing = addressing(of: chat, server)
        if let id = utterance.quotedID {
            let place = try latest(id)
            guard let quoted = content(of: place), let author = server.accounts[author(of: place)] else {
                throw .unknownMessage(id)
            }
            context.stanzaID = id
            context.participant = author.jid(addressing).description
            context.quotedMessage = quoted.withoutContext
            if let origin = self.chat(of: place), origin.isStatusBroadcast { context.remoteJid = origin.description }
            isNeeded = true
        }
        for number in utterance.mentions {
            guard let account = server.accounts[number] else { throw .unknownRecipient(number) }
            context.mentionedJid.append(account.jid(addressing).description)
            isNeeded = true
        }
        if utterance.forwardingScore > 0 {
            context.forwardingScore = UInt32(clamping: utterance.forwardingScore)
            context.isForwarded = true
            isNeeded = true
        }
        if let seconds = utterance.expirationSeconds {
            context.expiration = UInt32(clamping: seconds)
            context.ephemeralSettingTimestamp = server.nowSeconds
            context.disappearingMode.initiator = .changedInChat
            isNeeded = true
        }
        return isNeeded ? context : nil
    }
}
