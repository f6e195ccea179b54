import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// The secrets of messages, received and sent, and what is later sealed with them (protocol reference 5.16).
struct SealedAdditions: Sendable {
    let account: String

    private var secrets: MessageSecretStore { MessageSecretStore(account: account) }
    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    /// Keeps the secret of a message of its own, with the options of a poll. Of what we send ourselves only polls need it:
    /// other secrets are made again (`DeviceCredentials.secret(ofMessage:)`).
    func keepSecret(
        of message: WAMessage, _ content: MessageContent, id: String, in chat: JID, by sender: JID,
        nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws {
        guard let secret = message.secret, !content.isAboutAnotherMessage else { return }
        var poll: [UInt8]?
        if case .poll(var content) = content {
            content.context = .none
            poll = MessageContent.poll(content).encoded
        }
        try secrets.save(
            .init(secret: secret, poll: poll), of: id, in: addresses.person(of: chat, on: sql),
            by: addresses.person(of: sender, on: sql), nowMilliseconds: nowMilliseconds, on: sql)
    }

    /// What a sealed addition says; nil when the message it is about is not known, or was sealed by somebody else.
    ///
    /// `key` is as we see it, `chat` as the wire names it.
    func open(
        _ sealed: SealedAddition, about key: MessageKey, in chat: JID, from origin: MessageOrigin,
        own credentials: DeviceCredentials, on sql: any SQLConnection
    ) throws -> MessageContent? {
        guard let author = author(of: key, own: credentials),
            let kept = try kept(of: key.id, in: key.chat, by: author, own: credentials, on: sql),
            let secret = try? MessageSecret(bytes: kept.secret)
        else { return nil }
        let opened = sealed.opened(
            with: secret, by: try addresses.spellings(of: origin.sender, on: sql),
            to: try addresses.spellings(of: author, on: sql), about: key)
        guard case .pollVote(let vote)? = opened, let options = kept.options else { return opened }
        return .pollVote(vote.named(byOptions: options))
    }

    /// What a bot answers; nil when the message it answers is not known, or was another.
    func open(
        _ answer: BotAnswer, in chat: JID, own credentials: DeviceCredentials, on sql: any SQLConnection
    ) throws -> WAMessage? {
        guard let author = answer.targetSender ?? credentials.linked?.phone,
            let kept = try kept(of: answer.targetID, in: chat, by: author, own: credentials, on: sql),
            let secret = try? MessageSecret(bytes: kept.secret)
        else { return nil }
        return answer.opened(with: secret, targets: try addresses.spellings(of: author, on: sql))
    }

    /// The vote sealed with its poll's secret; nil when the poll is not known.
    func seal(
        _ vote: PollVoteContent, own credentials: DeviceCredentials, addressing: WireAddressing, on sql: any SQLConnection
    ) throws -> WAMessage? {
        guard let author = author(of: vote.key, own: credentials), let own = credentials.linked?.phone,
            let kept = try kept(of: vote.key.id, in: vote.key.chat, by: author, own: credentials, on: sql),
            kept.poll != nil
        else { return nil }
        var onWire = vote
        try onWire.key.mapAddresses { try addressing.form(of: $0, on: sql) }
        return try onWire.sealed(
            with: MessageSecret(bytes: kept.secret), author: addressing.form(of: author, on: sql),
            voter: addressing.form(of: own, on: sql), iv: SecureRandom.bytes(12))
    }

    /// The secret of a message: kept with it, or ours to make again. That of a message that another device of ours sent and
    /// that never came here is made too, and then opens nothing.
    private func kept(
        of id: String, in chat: JID, by author: JID, own credentials: DeviceCredentials, on sql: any SQLConnection
    ) throws -> MessageSecretStore.Kept? {
        try secrets.secret(
            of: id, in: addresses.forms(of: chat, on: sql), by: addresses.forms(of: author, on: sql), on: sql)
            ?? (credentials.isOwn(author) ? .init(secret: credentials.secret(ofMessage: id), poll: nil) : nil)
    }

    /// Who wrote the message that the key names; nil where it does not say.
    private func author(of key: MessageKey, own credentials: DeviceCredentials) -> JID? {
        if key.isFromMe { return credentials.linked?.phone }
        return key.chat.isPerson ? key.chat : key.participant
    }
}

extension AddressMapStore {
    /// The person as chats name them: by LID first, then by phone number.
    fileprivate func spellings(of jid: JID, on sql: any SQLConnection) throws -> [JID] {
        let phone = try phoneForm(of: jid, on: sql)
        let lid = try lid(of: jid, on: sql)
        return ([lid, phone.isLID ? nil : phone] as [JID?]).compactMap(\.self)
    }
}
