import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// Messages as phones make them. Reference 5.16, 5.18 and 6.2.
extension VirtualDevice {
    /// The message that says something in a chat.
    ///
    /// Throws `unknownMessage` for a quote, or for something about a message, that this device does not have.
    func message(
        saying utterance: Utterance, in chat: JID, in server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
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
            message.locationMessage.degreesLatitude = latitude
            message.locationMessage.degreesLongitude = longitude
            if let name { message.locationMessage.name = name }
            if let address { message.locationMessage.address = address }
        case .contact(let name, let number):
            message.contactMessage.displayName = name
            message.contactMessage.vcard = ContactCard.text(name: name, number: number)
        case .poll(let question, let options, let selectableCount):
            var poll = WAPollCreationMessage()
            poll.name = question
            poll.options = options.map { option in
                var made = WAPollCreationMessage.Option()
                made.optionName = option
                return made
            }
            poll.selectableOptionsCount = UInt32(clamping: selectableCount)
            if selectableCount == 1 {
                message.pollCreationMessageV3 = poll
            } else {
                message.pollCreationMessage = poll
            }
        case .reaction(let emoji, let id):
            message.reactionMessage.key = try key(of: id, in: chat, server)
            message.reactionMessage.text = emoji
            message.reactionMessage.senderTimestampMs = server.nowMilliseconds
        case .edit(let text, let id): message = try edit(id, to: text, in: chat, server)
        case .revoke(let id):
            message.protocolMessage.key = try key(of: id, in: chat, server)
            message.protocolMessage.type = .revoke
        case .vote(let options, let id): message = try vote(options, in: id, chat, server)
        case .pin(let isPinned, let id):
            message.pinInChatMessage.key = try key(of: id, in: chat, server)
            message.pinInChatMessage.type = isPinned ? .pinForAll : .unpinForAll
            message.pinInChatMessage.senderTimestampMs = server.nowMilliseconds
            message.messageContextInfo.messageAddOnDurationInSecs = 604_800
        }
        if let context = try context(of: utterance, in: chat, server) { message.set(context) }
        return message.wrapped(as: utterance)
    }

    // MARK: - About earlier messages

    private func latest(_ id: String) throws(SimulatorError) -> Place {
        if said[id] != nil { return .said(id) }
        guard let message = inbox.latest(id) else { throw .unknownMessage(id) }
        return .received(MessageName(sender: message.sender, id: id))
    }

    /// Names a message in the chat that is written to, under the addressing of the chat.
    private func key(of id: String, in chat: JID, _ server: SimulatedServer) throws(SimulatorError) -> WAMessageKey {
        let place = try latest(id)
        let author = author(of: place)
        var key = WAMessageKey()
        key.remoteJid = chat.description
        key.id = id
        key.fromMe = author == address.number
        if chat.isGroup, !key.fromMe, let account = server.accounts[author] {
            key.participant = account.jid(addressing(of: chat, server)).description
        }
        return key
    }

    private func addressing(of chat: JID, _ server: SimulatedServer) -> Addressing {
        chat.isGroup ? server.groups[chat.user]?.addressing ?? .lid : server.addressing(of: chat)
    }

    private func edit(
        _ id: String, to text: String, in chat: JID, _ server: SimulatedServer
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
        var message = WAMessage()
        message.editedMessage.message = inner
        return message
    }

    private func vote(
        _ options: [String], in id: String, _ chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        let place = try latest(id)
        guard let poll = content(of: place), let creation = poll.unwrapped.content.pollCreation,
            let secret = poll.messageSecret.flatMap({ try? MessageSecret(bytes: $0) }),
            options.allSatisfy({ option in creation.options.contains { $0.optionName == option } }),
            let author = server.accounts[author(of: place)], let voter = server.accounts[address.number]
        else { throw .noSuchOption(id) }
        let addressing = addressing(of: chat, server)
        let use = MessageSecret.Addition(
            to: id, from: author.jid(addressing).description, by: voter.jid(addressing).description, .pollVote)
        var vote = WAPollVoteMessage()
        vote.selectedOptions = options.map { Data(Digest.sha256(Array($0.utf8))) }
        let iv = server.random.bytes(12)
        guard let sealed = try? secret.seal(vote.encoded(), for: use, iv: iv) else { throw .noSuchOption(id) }
        var message = WAMessage()
        message.pollUpdateMessage.pollCreationMessageKey = try key(of: id, in: chat, server)
        message.pollUpdateMessage.vote.encPayload = Data(sealed)
        message.pollUpdateMessage.vote.encIv = Data(iv)
        message.pollUpdateMessage.senderTimestampMs = server.nowMilliseconds
        return message
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
            isNeeded = true
        }
        return isNeeded ? context : nil
    }
}
