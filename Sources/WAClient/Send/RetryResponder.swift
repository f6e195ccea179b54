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

    private func answer(_ retry: RetryReceipt, for messageID: String, on connection: Connection) async throws {
        let (account, device, now) = (client.account, retry.requester, client.environment.nowMilliseconds())
        let oldest = now - client.configuration.retentionDays * 86_400_000
        let vault = SignalVault(account: account, credentials: credentials)
        let sends: (content: SentMessageStore.Sent, fetchesBundle: Bool)? = try await client.database.write { sql in
            for mapping in retry.addressMappings {
                try AddressMapStore(account: account).learn(lid: mapping.lid, phone: mapping.phone, on: sql)
            }
            let addresses = AddressMapStore(account: account)
            let sent = SentMessageStore(account: account)
            let person = try addresses.person(of: device, on: sql)
            guard let message = try sent.message(messageID, on: sql), message.storedAtMilliseconds >= oldest,
                try Self.isParticipant(device, of: message, credentials, addresses, on: sql),
                try sent.countRetryAnswer(messageID, person, device.device, on: sql) <= Self.maximumAnswers
            else { return nil }
            if let bundle = retry.bundle {
                try vault.save(Session.initiated(with: bundle, by: vault.local), with: device, on: sql)
                return (message, false)
            }
            let hasSession = try vault.hasSession(with: device, on: sql)
            let rebuilds =
                try retry.count >= 2
                && SignalStore(account: account).mayRebuild(person, device.device, nowMilliseconds: now, on: sql)
            return (message, !hasSession || rebuilds)
        }
        guard let sends else { return }
        if sends.fetchesBundle { try await makeSession(with: device, vault: vault, on: connection) }

        let (content, own) = (sends.content, credentials.isOwn(device))
        let signedIdentity = credentials.linked?.signedIdentity ?? []
        let node: Node? = try await client.database.write { sql in
            let message = try WAMessage(decoding: content.content)
            let plaintext = own ? message.sentByOtherDevice(to: content.recipient) : content.content
            guard let ciphertext = try vault.encrypt(MessagePadding.pad(plaintext), to: device, on: sql) else { return nil }
            return RetryAnswerStanza(
                id: messageID, retry: retry, kind: MessageContent(message).stanzaType,
                payload: EncryptedPayload(device: device, kind: ciphertext.kind, bytes: ciphertext.bytes),
                deviceIdentity: signedIdentity
            ).node
        }
        if let node { connection.send(node) }
    }

    private func makeSession(with device: JID, vault: SignalVault, on connection: Connection) async throws {
        let bundles = try await connection.execute(
            PreKeyBundleRequest(devices: [device]), environment: client.environment)
        guard let bundle = bundles[device] else { return }
        let session = try Session.initiated(with: bundle, by: vault.local)
        try await client.database.write { sql in _ = try vault.save(session, with: device, on: sql) }
    }

    /// Only devices of the person written to, and our own, are answered.
    private static func isParticipant(
        _ device: JID, of message: SentMessageStore.Sent, _ credentials: DeviceCredentials, _ addresses: AddressMapStore,
        on sql: any SQLConnection
    ) throws -> Bool {
        if credentials.isOwn(device) { return true }
        return try addresses.person(of: device, on: sql) == addresses.person(of: message.recipient, on: sql)
    }
}
