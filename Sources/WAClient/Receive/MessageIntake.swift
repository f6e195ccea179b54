import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// Takes in a message that is readable: refuses what its sender may not say, opens what is sealed with another message's
/// secret, puts addresses and keys as we see them, and has the result recorded; all in the caller's transaction.
struct MessageIntake: Sendable {
    let account: String
    let credentials: DeviceCredentials
    let recorder: ClientRecorder
    let phoneMessages: PhoneMessages

    private var addresses: AddressMapStore { AddressMapStore(account: account) }
    private var groups: GroupStore { GroupStore(account: account) }
    private var additions: SealedAdditions { SealedAdditions(account: account) }

    /// Events that were recorded are added to `events`, to be announced after the commit.
    func take(
        _ message: WAMessage, from origin: MessageOrigin, nowMilliseconds: Int64, events: inout [ClientEvent],
        on sql: any SQLConnection
    ) throws {
        if let claim = ReservedClaim(message), !origin.mayClaim(claim) {
            return try reject(claim, from: origin, &events, on: sql)
        }
        var (chat, inner) = (origin.chat, message)
        if message.hasDeviceSentMessage {
            guard let sent = message.deviceSent else { return }
            (chat, inner) = sent
        }
        let isViewOnce = inner.isViewOnce
        inner = inner.unwrapped
        if origin.isOwnPhone {
            try phoneMessages.take(inner, messageID: origin.id, nowMilliseconds: nowMilliseconds, on: sql)
            try takeAnswers(in: inner, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
        }
        let neutralChat = try addresses.phoneForm(of: chat, on: sql)
        let sender = try addresses.phoneForm(of: origin.sender, on: sql)
        func seen(_ key: MessageKey) throws -> MessageKey {
            var key = key
            try key.mapAddresses { try addresses.phoneForm(of: $0, on: sql) }
            return key.seen(in: neutralChat, from: sender, isFromMe: origin.isOwn, own: credentials.isOwn)
        }
        var (content, encoded) = (MessageContent(inner), inner.encoded())
        if let sealed = SealedAddition(inner) {
            let key = try seen(sealed.key)
            if let opened = try additions.open(sealed, about: key, in: chat, from: origin, own: credentials, on: sql) {
                (content, encoded) = (opened, opened.encoded)
                content = try content.mappingAddresses { try addresses.phoneForm(of: $0, on: sql) }
            }
        } else {
            content = try content.mappingAddresses { try addresses.phoneForm(of: $0, on: sql) }
                .retargeted { $0.seen(in: neutralChat, from: sender, isFromMe: origin.isOwn, own: credentials.isOwn) }
        }
        let isByAdmin =
            try origin.isAdminRevocation
            && (origin.isOwn || groups.isAdmin(addresses.person(of: origin.sender, on: sql), of: chat, on: sql))
        guard content.isForPeople, content.isAllowed(to: sender, isFromMe: origin.isOwn, isByAdmin: isByAdmin)
        else { return }
        try additions.keepSecret(
            of: inner, content, id: origin.id, in: chat, by: origin.sender, nowMilliseconds: nowMilliseconds, on: sql)
        try record(
            .received(
                ReceivedMessage(
                    chat: neutralChat, sender: sender, isFromMe: origin.isOwn, id: origin.id,
                    timestampSeconds: origin.timestampSeconds, pushName: origin.pushName, content: content,
                    encodedContent: encoded, isFromOfflineQueue: origin.isOffline, isViewOnce: isViewOnce,
                    expiresAfterSeconds: inner.expiresAfterSeconds,
                    senderLID: try addresses.lid(of: origin.sender, on: sql))),
            &events, on: sql)
        if case .ephemeralSetting(let seconds) = content {
            if chat.isPerson { try ChatTimerStore(account: account).set(seconds, in: chat, on: sql) }
            try record(
                .chatChanged(
                    ChatChange(chat: neutralChat, change: .ephemeral(seconds: seconds), atMilliseconds: nowMilliseconds)),
                &events, on: sql)
        }
    }

    /// A channel's post: nobody but the channel can have written it.
    func take(_ post: ChannelPost, nowMilliseconds: Int64, events: inout [ClientEvent], on sql: any SQLConnection) throws {
        let content = post.content
        // A channel is not believed what only our own devices may say.
        if let claim = ReservedClaim(post.message) {
            let rejected = RejectedMessage(sender: post.channel, messageID: post.id, claim: claim.name)
            return try record(.rejected(rejected), &events, on: sql)
        }
        guard content.isForPeople else { return }
        try record(
            .received(
                ReceivedMessage(
                    chat: post.channel, sender: post.channel, isFromMe: false, id: post.id,
                    timestampSeconds: post.timestampSeconds, pushName: nil, content: content,
                    encodedContent: post.message.unwrapped.encoded(), isFromOfflineQueue: post.isOffline)),
            &events, on: sql)
    }

    /// A message of which we have no more than that there is one: its content is on the phone.
    func takePlaceholder(
        of origin: MessageOrigin, reason: String, events: inout [ClientEvent], on sql: any SQLConnection
    ) throws {
        try record(
            .received(
                ReceivedMessage(
                    chat: try addresses.phoneForm(of: origin.chat, on: sql),
                    sender: try addresses.phoneForm(of: origin.sender, on: sql), isFromMe: origin.isOwn, id: origin.id,
                    timestampSeconds: origin.timestampSeconds, pushName: origin.pushName, content: .nothing,
                    isFromOfflineQueue: origin.isOffline, isViewOnce: reason.hasPrefix("view_once"),
                    unavailable: reason, senderLID: try addresses.lid(of: origin.sender, on: sql))),
            &events, on: sql)
    }

    private func reject(
        _ claim: ReservedClaim, from origin: MessageOrigin, _ events: inout [ClientEvent], on sql: any SQLConnection
    ) throws {
        let sender = try addresses.phoneForm(of: origin.sender, on: sql)
        try record(
            .rejected(RejectedMessage(sender: sender, messageID: origin.id, claim: claim.name)), &events, on: sql)
    }

    /// Messages of which we had only a placeholder, from our own phone; those we did not wait for are passed over.
    private func takeAnswers(
        in message: WAMessage, nowMilliseconds: Int64, events: inout [ClientEvent], on sql: any SQLConnection
    ) throws {
        guard let own = credentials.ownAddresses else { return }
        let placeholders = Placeholders(account: account)
        for answer in PlaceholderAnswer.all(in: message) {
            guard let origin = MessageOrigin(answer, own: own), try placeholders.settle(origin, on: sql),
                let content = answer.message, ReservedClaim(content) == nil
            else { continue }
            try take(content, from: origin, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
        }
    }

    private func record(_ event: ClientEvent, _ events: inout [ClientEvent], on sql: any SQLConnection) throws {
        try recorder(sql, event)
        events.append(event)
    }
}
