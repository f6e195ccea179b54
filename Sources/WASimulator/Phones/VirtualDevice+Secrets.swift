import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// What is added to a message under that message's secret: votes, encrypted reactions and edits, answers to events.
/// Reference 5.16.
extension VirtualDevice {
    // MARK: - Opening

    /// The plaintext of an addition; nil when it is not encrypted for this message, by this person, for this use.
    ///
    /// Keys are made of addresses as the chat writes them: hidden ids, or else phone numbers.
    func open(
        _ payload: [UInt8], iv: [UInt8], _ useCase: MessageSecret.UseCase, to target: WAMessage, id: String,
        by author: String, writer: String, in server: SimulatedServer
    ) -> [UInt8]? {
        guard let secret = target.messageSecret.flatMap({ try? MessageSecret(bytes: $0) }),
            let author = server.accounts[author], let writer = server.accounts[writer]
        else { return nil }
        for addressing in Addressing.allCases.reversed() {
            let use = MessageSecret.Addition(
                to: id, from: author.jid(addressing).description, by: writer.jid(addressing).description, useCase)
            if let opened = try? secret.open(payload, for: use, iv: iv) { return opened }
        }
        return nil
    }

    // MARK: - Sealing

    private func seal(
        _ plaintext: [UInt8], _ useCase: MessageSecret.UseCase, to id: String, in chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> (payload: Data, iv: Data) {
        let place = try latest(id)
        guard let secret = content(of: place)?.messageSecret.flatMap({ try? MessageSecret(bytes: $0) }),
            let author = server.accounts[author(of: place)], let writer = server.accounts[address.number]
        else { throw .noSecret(id) }
        let addressing = addressing(of: chat, server)
        let use = MessageSecret.Addition(
            to: id, from: author.jid(addressing).description, by: writer.jid(addressing).description, useCase)
        let iv = server.random.bytes(12)
        guard let sealed = try? secret.seal(plaintext, for: use, iv: iv) else { throw .noSecret(id) }
        return (Data(sealed), Data(iv))
    }

    func vote(
        _ options: [String], in id: String, _ chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        guard let creation = content(of: try latest(id))?.unwrapped.content.pollCreation,
            options.allSatisfy({ option in creation.options.contains { $0.optionName == option } })
        else { throw .noSuchOption(id) }
        var vote = WAPollVoteMessage()
        vote.selectedOptions = options.map { Data(Digest.sha256(Array($0.utf8))) }
        let sealed = try seal(vote.encoded(), .pollVote, to: id, in: chat, server)
        var message = WAMessage()
        message.pollUpdateMessage.pollCreationMessageKey = try key(of: id, in: chat, server)
        message.pollUpdateMessage.vote.encPayload = sealed.payload
        message.pollUpdateMessage.vote.encIv = sealed.iv
        message.pollUpdateMessage.senderTimestampMs = server.nowMilliseconds
        return message
    }

    /// The reaction inside has no key of its own.
    func encrypted(
        _ reaction: WAReactionMessage, to id: String, in chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        let sealed = try seal(reaction.encoded(), .reaction, to: id, in: chat, server)
        var message = WAMessage()
        message.encReactionMessage.targetMessageKey = try key(of: id, in: chat, server)
        message.encReactionMessage.encPayload = sealed.payload
        message.encReactionMessage.encIv = sealed.iv
        return message
    }

    /// Inside is the whole message of a plain edit.
    func encrypted(
        edit: WAMessage, to id: String, in chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        let sealed = try seal(edit.encoded(), .messageEdit, to: id, in: chat, server)
        var message = WAMessage()
        message.secretEncryptedMessage.targetMessageKey = try key(of: id, in: chat, server)
        message.secretEncryptedMessage.secretEncType = .messageEdit
        message.secretEncryptedMessage.encPayload = sealed.payload
        message.secretEncryptedMessage.encIv = sealed.iv
        return message
    }

    func answer(
        _ answer: ShownEvent.Answer, to id: String, in chat: JID, _ server: SimulatedServer
    ) throws(SimulatorError) -> WAMessage {
        guard content(of: try latest(id))?.unwrapped.content.hasEventMessage == true else { throw .noSuchOption(id) }
        var response = WAEventResponseMessage()
        response.response = answer.response
        response.timestampMs = server.nowMilliseconds
        let sealed = try seal(response.encoded(), .eventResponse, to: id, in: chat, server)
        var message = WAMessage()
        message.encEventResponseMessage.eventCreationMessageKey = try key(of: id, in: chat, server)
        message.encEventResponseMessage.encPayload = sealed.payload
        message.encEventResponseMessage.encIv = sealed.iv
        return message
    }
}
