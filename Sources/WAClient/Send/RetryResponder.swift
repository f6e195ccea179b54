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

    /// The receipt is acknowledged last: until the answer has left, the server keeps it.
    func answer(_ retry: RetryReceipt, on connection: Connection) async {
        do {
            for id in retry.messageIDs { try await answer(retry, for: id, on: connection) }
            connection.send(retry.acknowledgement)
        } catch is IQError {
            connection.send(retry.acknowledgement)
        } catch {
            client.environment.logger.warning("a retry receipt was not answered", metadata: ["error": "\(error)"])
        }
    }

    /// What a retry receipt asks for, decided in one transaction.
    private enum Decision: Sendable {
        /// Answered before: the same bytes again.
        case repeated([UInt8])
        case encrypt(SentMessageStore.Sent, fetchesBundle: Bool)
        /// Unknown, too old, not one of theirs, or asked for too often.
        case ignore
    }

    private func answer(_ retry: RetryReceipt, for messageID: String, on connection: Connection) async throws {
        let vault = SignalVault(account: client.account, credentials: credentials)
        switch try await client.database.write({ [self] sql in try decide(retry, messageID, vault, on: sql) }) {
        case .ignore:
            return
        case .repeated(let stanza):
            connection.send(encoded: stanza)
        case .encrypt(let sent, let fetchesBundle):
            if fetchesBundle { try await makeSession(with: retry.requester, vault: vault, on: connection) }
            let stanza = try await client.database.write { [self] sql in
                try encrypt(sent, for: retry, messageID, vault, on: sql)
            }
            if let stanza { connection.send(encoded: stanza) }
        }
    }

    private func decide(
        _ retry: RetryReceipt, _ messageID: String, _ vault: SignalVault, on sql: any SQLConnection
    ) throws -> Decision {
        let (account, device) = (client.account, retry.requester)
        let now = client.environment.nowMilliseconds()
        let addresses = AddressMapStore(account: account)
        for mapping in retry.addressMappings { try addresses.learn(lid: mapping.lid, phone: mapping.phone, on: sql) }
        let sent = SentMessageStore(account: account)
        let person = try addresses.person(of: device, on: sql)
        if let earlier = try sent.retryAnswer(messageID, person, device.device, count: retry.count, on: sql) {
            return .repeated(earlier)
        }
        let oldest = now - client.configuration.retentionDays * 86_400_000
        guard let message = try sent.message(messageID, on: sql), message.storedAtMilliseconds >= oldest,
            try isParticipant(device, of: message, addresses, on: sql),
            try sent.countRetryAnswer(messageID, person, device.device, on: sql) <= Self.maximumAnswers
        else { return .ignore }
        if let bundle = retry.bundle {
            try vault.save(Session.initiated(with: bundle, by: vault.local), with: device, on: sql)
            return .encrypt(message, fetchesBundle: false)
        }
        if try !vault.hasSession(with: device, on: sql) { return .encrypt(message, fetchesBundle: true) }
        let rebuilds =
            try retry.count >= 2
            && SignalStore(account: account).mayRebuild(person, device.device, nowMilliseconds: now, on: sql)
        return .encrypt(message, fetchesBundle: rebuilds)
    }

    /// Encrypts for the one device and keeps the finished stanza; nil where there is still no session.
    private func encrypt(
        _ sent: SentMessageStore.Sent, for retry: RetryReceipt, _ messageID: String, _ vault: SignalVault,
        on sql: any SQLConnection
    ) throws -> [UInt8]? {
        let (account, device) = (client.account, retry.requester)
        let answers = SentMessageStore(account: account)
        let person = try AddressMapStore(account: account).person(of: device, on: sql)
        // The same receipt may come twice at once; whoever is second sends what the first has stored.
        if let earlier = try answers.retryAnswer(messageID, person, device.device, count: retry.count, on: sql) {
            return earlier
        }
        let message = try WAMessage(decoding: sent.content)
        let plaintext = credentials.isOwn(device) ? message.sentByOtherDevice(to: sent.recipient) : sent.content
        guard let ciphertext = try vault.encrypt(MessagePadding.pad(plaintext), to: device, on: sql) else { return nil }
        let stanza = NodeEncoder.encode(
            RetryAnswerStanza(
                id: messageID, retry: retry, traits: StanzaTraits(message),
                payload: EncryptedPayload(device: device, kind: ciphertext.kind, bytes: ciphertext.bytes),
                deviceIdentity: credentials.linked?.signedIdentity ?? []
            ).node)
        try answers.saveRetryAnswer(
            stanza, to: messageID, person, device.device, count: retry.count, on: sql)
        return stanza
    }

    private func makeSession(with device: JID, vault: SignalVault, on connection: Connection) async throws {
        let bundles = try await connection.execute(
            PreKeyBundleRequest(devices: [device]), environment: client.environment)
        guard let bundle = bundles[device] else { return }
        let session = try Session.initiated(with: bundle, by: vault.local)
        try await client.database.write { sql in _ = try vault.save(session, with: device, on: sql) }
    }

    /// Only devices of the person written to, and our own, are answered.
    private func isParticipant(
        _ device: JID, of message: SentMessageStore.Sent, _ addresses: AddressMapStore, on sql: any SQLConnection
    ) throws -> Bool {
        if credentials.isOwn(device) { return true }
        return try addresses.person(of: device, on: sql) == addresses.person(of: message.recipient, on: sql)
    }
}
