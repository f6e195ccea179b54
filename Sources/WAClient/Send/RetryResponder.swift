import Logging
import SignalProtocol
import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// Answers a device that could not read a message of ours: makes a new session where needed and sends the content again,
/// encrypted to that device alone, under the same id.
///
/// At most 5 answers for each device and message, messages up to 14 days old, also after a restart (the content is stored).
/// A session is made anew at most once an hour for each device, unless the device sent keys along.
struct RetryResponder: Sendable {
    let client: WhatsAppClient
    let credentials: DeviceCredentials

    private static let maximumAnswers: Int64 = 5
    private static let answersAtOnce = 4

    /// Answers receipts as they come, a few at a time, until cancelled: whoever sends many makes us do no more at once.
    func answer(_ retries: AsyncStream<RetryReceipt>, on connection: Connection) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await retry in retries {
                if running == Self.answersAtOnce {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await self.answer(retry, on: connection) }
            }
        }
    }

    /// The receipt is acknowledged last: until the answer has left, the server keeps it. What cannot be answered for a fault
    /// of the other side, such as a forged bundle, is acknowledged too, or it would come again for ever.
    func answer(_ retry: RetryReceipt, on connection: Connection) async {
        if await isDone(retry, on: connection) { connection.send(retry.acknowledgement) }
    }

    /// False when it must come again.
    func isDone(_ retry: RetryReceipt, on connection: Connection) async -> Bool {
        let logger = client.environment.logger
        for id in retry.messageIDs {
            do {
                try await answer(retry, for: id, on: connection)
            } catch where error is SignalError || error is IQError || error is WAProtocolError {
                logger.info("a retry receipt cannot be answered", metadata: ["message": "\(id)", "error": "\(error)"])
            } catch {
                logger.warning("a retry receipt was not answered", metadata: ["error": "\(error)"])
                return false
            }
        }
        return true
    }

    /// What a retry receipt leads to, decided in one transaction.
    private enum Decision: Sendable {
        /// The answer, stored; the same bytes when it was answered before.
        case answer([UInt8])
        /// A session must be made first, with keys from the server.
        case needsKeys
        /// Unknown, too old, not one of theirs, or asked for too often.
        case ignore
    }

    private func answer(_ retry: RetryReceipt, for messageID: String, on connection: Connection) async throws {
        var decision = try await decide(retry, messageID)
        if case .needsKeys = decision {
            let bundles = try await connection.execute(
                PreKeyBundleRequest(devices: [retry.requester]), environment: client.environment)
            let fetched = try bundles[retry.requester].map { try Session.initiated(with: $0, by: vault.local) }
            decision = try await decide(retry, messageID, hasAsked: true, fetched: fetched)
        }
        if case .answer(let stanza) = decision { connection.send(encoded: stanza) }
    }

    private var vault: SignalVault { SignalVault(account: client.account, credentials: credentials) }

    /// Session, ratchet step and finished stanza are one transaction. Were the session saved before the answer, a receipt
    /// that is delivered again would start another one with the same one-time prekey, which works only once.
    private func decide(
        _ retry: RetryReceipt, _ messageID: String, hasAsked: Bool = false, fetched: Session? = nil
    ) async throws -> Decision {
        try await client.database.write { [self] sql in
            try decide(retry, messageID, hasAsked: hasAsked, fetched: fetched, on: sql)
        }
    }

    private func decide(
        _ retry: RetryReceipt, _ messageID: String, hasAsked: Bool, fetched: Session?, on sql: any SQLConnection
    ) throws -> Decision {
        let (account, device, vault) = (client.account, retry.requester, vault)
        let now = client.environment.nowMilliseconds()
        let addresses = AddressMapStore(account: account)
        for mapping in retry.addressMappings {
            try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: client.recorder, on: sql)
        }
        let sent = SentMessageStore(account: account)
        let person = try addresses.person(of: device, on: sql)
        if let earlier = try sent.retryAnswer(messageID, person, device.device, count: retry.count, on: sql) {
            return .answer(earlier)
        }
        let oldest = now - client.configuration.retentionDays * 86_400_000
        guard let message = try sent.message(messageID, on: sql), message.storedAtMilliseconds >= oldest,
            try isParticipant(device, of: message, addresses, on: sql)
        else { return .ignore }

        let sessions = SignalStore(account: account)
        if let bundle = retry.bundle {
            try keep(Session.initiated(with: bundle, by: vault.local), with: device, person, on: sql)
        } else if hasAsked {
            if let fetched {
                try keep(fetched, with: device, person, on: sql)
                try sessions.noteRebuilt(person, device.device, nowMilliseconds: now, on: sql)
            }
        } else if try !vault.hasSession(with: device, on: sql)
            || retry.count >= 2 && sessions.mayRebuild(person, device.device, nowMilliseconds: now, on: sql)
        {
            return .needsKeys
        }
        let answers = try sent.countRetryAnswer(messageID, person, device.device, on: sql)
        guard answers <= Self.maximumAnswers,
            let stanza = try encrypt(message, for: retry, messageID, vault, on: sql)
        else { return .ignore }
        try sent.saveRetryAnswer(stanza, to: messageID, person, device.device, count: retry.count, on: sql)
        let shown = try addresses.phoneForm(of: device, on: sql).with(device: device.device)
        try client.recorder(
            sql,
            .sendProgress(
                SendProgress(
                    messageID: messageID, step: .retried(device: shown, count: Int(answers)), atMilliseconds: now)))
        return .answer(stanza)
    }

    /// With another identity the device is somebody anew: who they were before must not read on in groups.
    private func keep(_ session: Session, with device: JID, _ person: String, on sql: any SQLConnection) throws {
        guard try vault.save(session, with: device, on: sql) else { return }
        try SenderKeyStore(account: client.account).forgetHandouts(to: person, on: sql)
        try client.recorder(
            sql, .identityChanged(try AddressMapStore(account: client.account).phoneForm(of: device, on: sql)))
    }

    /// Encrypts for the one device; nil where there is still no session.
    private func encrypt(
        _ sent: SentMessageStore.Sent, for retry: RetryReceipt, _ messageID: String, _ vault: SignalVault,
        on sql: any SQLConnection
    ) throws -> [UInt8]? {
        let device = retry.requester
        var message = try WAMessage(decoding: sent.content)
        let traits = StanzaTraits(message)
        if credentials.isOwn(device) { message = message.sentByOtherDevice(to: sent.recipient) }
        if sent.recipient.isGroup {
            guard try vault.hasSession(with: device, on: sql) else { return nil }
            let fanout = GroupFanout(account: client.account, credentials: credentials, vault: vault)
            // The key stands at the top, also beside what is wrapped for our own devices.
            message = try fanout.contentWithKey(message, for: device, in: sent.recipient, on: sql)
        }
        guard let ciphertext = try vault.encrypt(MessagePadding.pad(message.encoded()), to: device, on: sql) else { return nil }
        return NodeEncoder.encode(
            RetryAnswerStanza(
                id: messageID, retry: retry, traits: traits,
                payload: EncryptedPayload(device: device, kind: ciphertext.kind, bytes: ciphertext.bytes),
                deviceIdentity: credentials.linked?.signedIdentity ?? []
            ).node)
    }

    /// Only devices of the person written to, or of those who are in the group now, and our own, are answered.
    private func isParticipant(
        _ device: JID, of message: SentMessageStore.Sent, _ addresses: AddressMapStore, on sql: any SQLConnection
    ) throws -> Bool {
        if credentials.isOwn(device) { return true }
        if message.recipient.isGroup {
            let person = try addresses.person(of: device, on: sql)
            guard try GroupStore(account: client.account).isMember(person, of: message.recipient, on: sql) else { return false }
            // A device we do not know of: the next message to the group asks for the member's devices.
            let lists = DeviceListStore(account: client.account)
            if let known = try lists.devices(of: person, on: sql), !known.contains(where: { $0.id == device.device }) {
                client.news.heard(of: person)
                try lists.drop(person, on: sql)
            }
            return true
        }
        return try addresses.person(of: device, on: sql) == addresses.person(of: message.recipient, on: sql)
    }
}
