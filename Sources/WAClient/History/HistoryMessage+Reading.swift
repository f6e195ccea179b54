import Storage
import WABinary
import WAProto
import WAProtocol

extension HistoryMessage {
    private static let maximumReactions = 2_000
    private static let maximumVotes = 2_000
    /// `WebMessageInfo.StubType.REVOKE`: it was taken back, and nothing of it is left.
    private static let revokedStub: UInt32 = 1

    /// What the phone's record of a message tells: the message, and the votes in it when it is a poll.
    ///
    /// What was taken back is told as a revocation of itself.
    /// Empty for notes of the phone (somebody joined, a call was missed) and for what holds nothing for people. The secret
    /// of the message is kept, so that what is later sealed with it can be opened.
    static func told(
        by info: WAWebMessageInfo, in chatID: String?, own: OwnAddresses, _ addresses: AddressMapStore,
        nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws -> [HistoryMessage] {
        let key = info.key
        let isRevoked = info.messageStubType == revokedStub
        guard info.hasMessage || isRevoked, !key.id.isEmpty, let place = JID(chatID ?? key.remoteJid), !place.isServer else { return [] }
        let isFromMe = key.fromMe
        func phoneForm(_ jid: JID) throws -> JID { try addresses.phoneForm(of: jid, on: sql) }
        let chat = try phoneForm(place)
        let author = JID(info.participant) ?? JID(key.participant) ?? place
        let sender = isFromMe ? own.phone : try phoneForm(place.isPerson ? place : author)
        let inner = (info.message.deviceSent?.message ?? info.message).unwrapped
        var content = try MessageContent(inner).mappingAddresses(phoneForm)
            .retargeted { $0.seen(in: chat, from: sender, isFromMe: isFromMe, own: own.contains) }
        if isRevoked {
            let revoked = MessageKey(
                chat: chat, id: key.id, isFromMe: isFromMe, participant: isFromMe || chat.isPerson ? nil : sender)
            content = .revoke(RevokeContent(key: revoked))
        }
        guard content.isForPeople else { return [] }
        var withSecret = inner
        if inner.secret == nil, info.hasMessageSecret { withSecret.messageContextInfo.messageSecret = info.messageSecret }
        try SealedAdditions(account: addresses.account).keepSecret(
            of: withSecret, content, id: key.id, in: place, by: isFromMe ? own.phone : place.isPerson ? place : author,
            nowMilliseconds: nowMilliseconds, on: sql)
        let message = ReceivedMessage(
            chat: chat, sender: sender, isFromMe: isFromMe, id: key.id,
            timestampSeconds: WireTime.seconds(info.messageTimestamp),
            pushName: info.pushName.isEmpty ? nil : info.pushName, content: content, encodedContent: inner.encoded(),
            isFromOfflineQueue: false, isViewOnce: info.message.isViewOnce,
            expiresAfterSeconds: info.ephemeralDuration > 0 ? Int64(info.ephemeralDuration) : nil,
            senderLID: isFromMe ? own.lid : try addresses.lid(of: place.isPerson ? place : author, on: sql))
        let reactions = try info.reactions.prefix(maximumReactions).compactMap { reaction -> Reaction? in
            guard !reaction.text.isEmpty else { return nil }
            return Reaction(
                sender: try writer(of: reaction.key, in: chat, own: own, phoneForm), emoji: reaction.text,
                atMilliseconds: WireTime.milliseconds(reaction.senderTimestampMs))
        }
        let told = HistoryMessage(
            message: message, status: info.hasStatus ? Status(info.status) : nil, isStarred: info.starred,
            reactions: reactions)
        return [told] + (try votes(in: info, on: message, own: own, phoneForm))
    }

    /// Who wrote what a key names.
    private static func writer(
        of key: WAMessageKey, in chat: JID, own: OwnAddresses, _ phoneForm: (JID) throws -> JID
    ) throws -> JID {
        if key.fromMe { return own.phone }
        return try JID(key.participant).flatMap { $0.isPerson ? try phoneForm($0) : nil } ?? chat
    }

    /// The last vote of each person in a poll; phones keep them opened.
    private static func votes(
        in info: WAWebMessageInfo, on poll: ReceivedMessage, own: OwnAddresses, _ phoneForm: (JID) throws -> JID
    ) throws -> [HistoryMessage] {
        guard case .poll(let content) = poll.content else { return [] }
        let target = MessageKey(
            chat: poll.chat, id: poll.id, isFromMe: poll.isFromMe,
            participant: poll.isFromMe || poll.chat.isPerson ? nil : poll.sender)
        return try info.pollUpdates.prefix(maximumVotes).compactMap { update in
            let key = update.pollUpdateMessageKey
            guard !key.id.isEmpty else { return nil }
            let vote = PollVoteContent(
                key: target, selectedHashes: update.vote.selectedOptions.map { [UInt8]($0) },
                sentAtMilliseconds: WireTime.milliseconds(update.senderTimestampMs)
            ).named(byOptions: content.options)
            let message = ReceivedMessage(
                chat: poll.chat, sender: try writer(of: key, in: poll.chat, own: own, phoneForm), isFromMe: key.fromMe,
                id: key.id, timestampSeconds: vote.sentAtMilliseconds / 1000, pushName: nil, content: .pollVote(vote),
                isFromOfflineQueue: false)
            return HistoryMessage(message: message, status: nil, isStarred: false, reactions: [])
        }
    }
}

extension HistoryMessage.Status {
    init(_ status: WAWebMessageInfo.Status) {
        switch status {
        case .error: self = .failed
        case .pending: self = .pending
        case .serverAck: self = .sent
        case .deliveryAck: self = .delivered
        case .read, .played: self = .read
        }
    }
}
