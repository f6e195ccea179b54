import SignalProtocol
import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// What became of one received message, decided inside the transaction that keeps it.
enum MessageOutcome: Sendable {
    /// Stored now or before: tell the server and the sender.
    case received
    /// It cannot be read: ask its sender for it again, for the `count`th time.
    case needsRetry(count: Int64, reason: RetryReason, includesKeys: Bool)
    /// It cannot be read and asking again is over; only the server is told, and our phone asked.
    case givenUp
    /// It is encrypted in a way, or with a secret, that we do not know; only the server is told, and our phone asked.
    case refused(NackCode)
    /// Nothing in it was encrypted for us (a placeholder, a channel post): acknowledged only.
    case acknowledgedOnly
}

/// Opens received messages, in the caller's transaction: drops repetitions and decrypts; `MessageIntake` takes in what was read.
struct MessageReceiver: Sendable {
    let account: String
    let credentials: DeviceCredentials
    let vault: SignalVault
    let recorder: ClientRecorder
    let phoneMessages: PhoneMessages

    /// Retries are asked for at counts 1 to 5 (architecture decision 16).
    private static let maximumRetries: Int64 = 5
    /// Why only a placeholder is told of a message that stays unreadable.
    private static let undecryptable = "undecryptable"
    private static let sealed = "sealed"

    init(
        account: String, credentials: DeviceCredentials, recorder: @escaping ClientRecorder, phoneMessages: PhoneMessages
    ) {
        self.account = account
        self.credentials = credentials
        self.recorder = recorder
        self.phoneMessages = phoneMessages
        vault = SignalVault(account: account, credentials: credentials)
    }

    private var addresses: AddressMapStore { AddressMapStore(account: account) }
    private var inbox: InboxStore { InboxStore(account: account) }
    private var placeholders: Placeholders { Placeholders(account: account) }
    private var intake: MessageIntake {
        MessageIntake(account: account, credentials: credentials, recorder: recorder, phoneMessages: phoneMessages)
    }

    /// Events that were recorded are added to `events`, to be announced after the commit.
    func receive(
        _ stanza: MessageStanza, nowMilliseconds: Int64, events: inout [ClientEvent], on sql: any SQLConnection
    ) throws -> MessageOutcome {
        for mapping in stanza.addressMappings {
            try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
        }
        if stanza.chat.isNewsletter {
            return try receivePost(stanza, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
        }
        try ContactBook(account: account, recorder: recorder).note(namesIn: stanza, on: sql)
        let origin = MessageOrigin(stanza, credentials: credentials)
        let key = try inboxKey(of: stanza, on: sql)
        let seen = try inbox.seen(key, on: sql)
        if stanza.ciphertexts.isEmpty {
            guard let reason = stanza.unavailable, seen == .never else { return .acknowledgedOnly }
            try inbox.markOpened(key, nowMilliseconds: nowMilliseconds, on: sql)
            if try placeholders.note(origin, dueAtMilliseconds: nowMilliseconds, on: sql) {
                try intake.takePlaceholder(of: origin, reason: reason, events: &events, on: sql)
            }
            return .acknowledgedOnly
        }
        // What a placeholder stood for may come after all.
        if seen == .opened, try !placeholders.isWaiting(for: origin, on: sql) { return .received }

        var failure: SignalError?
        var lacksSession = false
        var isForUs = false
        for ciphertext in stanza.ciphertexts {
            if let message = try openBotAnswer(ciphertext, of: stanza, on: sql) {
                isForUs = true
                try intake.take(message, from: origin, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
            }
            guard let opened = try open(ciphertext, of: stanza, events: &events, on: sql) else { continue }
            isForUs = true
            switch opened {
            case .duplicate:
                // What it held was taken in before; a later part of the same stanza may still be unread.
                failure = nil
            case .unreadable(let error):
                failure = error
                lacksSession = lacksSession || error == .noSession
            case .plaintext(let padded, _):
                guard let plaintext = ciphertext.isPadded ? try? MessagePadding.unpad(padded) : padded,
                    let message = try? WAMessage(decoding: plaintext)
                else {
                    failure = .invalidMessage
                    continue
                }
                try takeSenderKey(in: message, from: stanza, on: sql)
                try intake.take(message, from: origin, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
                failure = nil
            }
        }
        guard isForUs else {
            try inbox.markOpened(key, nowMilliseconds: nowMilliseconds, on: sql)
            if try placeholders.note(origin, dueAtMilliseconds: nowMilliseconds, on: sql) {
                try intake.takePlaceholder(of: origin, reason: Self.sealed, events: &events, on: sql)
            }
            return .refused(.missingMessageSecret)
        }
        guard let failure else {
            if seen != .never { _ = try placeholders.settle(origin, on: sql) }
            try inbox.markOpened(key, nowMilliseconds: nowMilliseconds, on: sql)
            return .received
        }
        let count = try inbox.markFailed(key, nowMilliseconds: nowMilliseconds, on: sql)
        guard count <= Self.maximumRetries else {
            if count == Self.maximumRetries + 1 {
                _ = try placeholders.note(origin, dueAtMilliseconds: nowMilliseconds, on: sql)
                try intake.takePlaceholder(of: origin, reason: Self.undecryptable, events: &events, on: sql)
            }
            return .givenUp
        }
        if count == 1, !stanza.ciphertexts.allSatisfy(\.isHiddenOnFailure) {
            // Should the sender not answer, our phone may (reference 5.9).
            let due = nowMilliseconds + Placeholders.retryHeadStartMilliseconds
            _ = try placeholders.note(origin, dueAtMilliseconds: due, on: sql)
        }
        // Without anything encrypted to us alone there may be no session to answer through.
        if case .noSenderKey = failure, !stanza.ciphertexts.contains(where: { $0.pairwiseKind != nil }) { lacksSession = true }
        return .needsRetry(count: count, reason: RetryReason(failure), includesKeys: lacksSession || count >= 2)
    }

    /// What a bot answers to a message whose secret we have; nil for everything else.
    private func openBotAnswer(
        _ ciphertext: ReceivedCiphertext, of stanza: MessageStanza, on sql: any SQLConnection
    ) throws -> WAMessage? {
        guard ciphertext.kind == .messageSecret, let answer = BotAnswer(ciphertext.bytes, of: stanza) else { return nil }
        return try SealedAdditions(account: account).open(answer, in: stanza.chat, own: credentials, on: sql)
    }

    /// Opens one part with the keys of its kind; nil for kinds that need other keys.
    private func open(
        _ ciphertext: ReceivedCiphertext, of stanza: MessageStanza, events: inout [ClientEvent], on sql: any SQLConnection
    ) throws -> SignalVault.Opened? {
        switch ciphertext.kind {
        case .pairwise(let kind):
            let opened = try vault.decrypt(kind, ciphertext.bytes, from: stanza.sender, on: sql)
            if case .plaintext(_, identityChanged: true) = opened {
                // Who they were before must not read on with the keys we handed out.
                try SenderKeyStore(account: account).forgetHandouts(
                    to: addresses.person(of: stanza.sender, on: sql), on: sql)
                if stanza.sender.device == 0 {
                    try PrivacyTokenStore(account: account).forgetIssued(to: stanza.sender, on: sql)
                }
                try record(.identityChanged(try addresses.phoneForm(of: stanza.sender, on: sql)), &events, on: sql)
            }
            return opened
        case .senderKey:
            return try vault.decryptGroupMessage(ciphertext.bytes, in: stanza.chat, from: stanza.sender, on: sql)
        case .messageSecret, .unknown:
            return nil
        }
    }

    /// A sender key counts for the chat whose stanza carried it, whatever group it names (reference 5.6). Some of our own
    /// devices put it inside what they wrap for us.
    private func takeSenderKey(in message: WAMessage, from stanza: MessageStanza, on sql: any SQLConnection) throws {
        let wrapped = credentials.isOwn(stanza.sender) ? message.deviceSent?.message : nil
        guard stanza.chat.isGroup || stanza.chat.isBroadcast,
            let distribution = message.senderKey ?? wrapped?.senderKey
        else { return }
        try vault.takeSenderKey(distribution, in: stanza.chat, from: stanza.sender, on: sql)
    }

    private func inboxKey(of stanza: MessageStanza, on sql: any SQLConnection) throws -> InboxStore.Key {
        InboxStore.Key(
            messageID: stanza.id, chat: try addresses.forms(of: stanza.chat, on: sql),
            sender: try addresses.forms(of: stanza.sender, on: sql), senderDevice: stanza.sender.device)
    }

    /// A channel's post is in the clear; an edit of it has the same id.
    private func receivePost(
        _ stanza: MessageStanza, nowMilliseconds: Int64, events: inout [ClientEvent], on sql: any SQLConnection
    ) throws -> MessageOutcome {
        if let post = ChannelPost(stanza) {
            try receive(post, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
        }
        return .acknowledgedOnly
    }

    func receive(
        _ post: ChannelPost, nowMilliseconds: Int64, events: inout [ClientEvent], on sql: any SQLConnection
    ) throws {
        let channel = post.channel.description
        let key = InboxStore.Key(
            messageID: post.occurrenceID, chat: (channel, channel), sender: (channel, channel), senderDevice: 0)
        guard try inbox.seen(key, on: sql) == .never else { return }
        try inbox.markOpened(key, nowMilliseconds: nowMilliseconds, on: sql)
        try intake.take(post, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
    }

    private func record(_ event: ClientEvent, _ events: inout [ClientEvent], on sql: any SQLConnection) throws {
        try recorder(sql, event)
        events.append(event)
    }
}
