import SignalProtocol
import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// Turns a send to a group into its finished stanza, inside the caller's transaction.
///
/// While everybody has our sender key (`participant_hash` is set) a message costs one step of that key and nothing for each
/// device. Otherwise members and devices are compared with who was handed the key (`KeyDistribution`): keys are prepared
/// for those who lack it, in transactions of their own, at most 64 devices each (`GroupResolver`), kept encrypted, and leave
/// inside the next stanza. A prepared key that was not sent survives a crash and is used then, so no ratchet key is used twice.
/// When somebody who had the key is gone, the key is thrown away and everybody left gets a new one; a new member gets the
/// key as it stands, which opens nothing older. Source: protocol reference 4.6, 5.4.
struct GroupFanout: Sendable {
    let account: String
    let credentials: DeviceCredentials
    let vault: SignalVault

    /// Sender keys prepared in one transaction: each is a step of a ratchet, and others wait for the writer.
    static let devicesAtOnce = 64

    private var groups: GroupStore { GroupStore(account: account) }
    private var senderKeys: SenderKeyStore { SenderKeyStore(account: account) }

    // MARK: - The message

    /// The stanza, encoded, with its participant hash and the devices that get the key with it; nil when devices or keys must first be asked for.
    func stanza(
        id: String, to chat: JID, set setting: GroupStore.Setting, content: [UInt8], traits: StanzaTraits,
        gaps: RecipientGaps, as linked: DeviceCredentials.Linked, on sql: any SQLConnection
    ) throws -> (bytes: [UInt8], participantHash: String, keyed: [JID])? {
        var payloads: [EncryptedPayload] = []
        let participantHash: String
        var record: SenderKeyRecord
        if let own = try senderKeys.own(chat, on: sql), let settled = own.participantHash {
            participantHash = settled
            record = own.record
        } else {
            let distribution = try distribution(in: chat, gaps: gaps, as: linked, on: sql)
            guard distribution.isComplete else { return nil }
            participantHash = ParticipantHash.compute(distribution.allDevices)
            record = try ownRecord(of: chat, on: sql)
            payloads = try preparedPayloads(for: distribution, of: chat, on: sql)
            try senderKeys.settle(
                chat, participantHash: participantHash, isPartial: distribution.isPartial, on: sql)
        }
        let ciphertext = try record.encrypt(MessagePadding.pad(content))
        try senderKeys.save(record, of: chat, on: sql)

        var stanza = OutgoingGroupMessageStanza(
            id: id, group: chat, addressing: setting.mode, traits: traits, participantHash: participantHash,
            keyPayloads: payloads, deviceIdentity: linked.signedIdentity, ciphertext: ciphertext)
        stanza.expirationSeconds = setting.ephemeralSeconds
        return (NodeEncoder.encode(stanza.node), participantHash, payloads.map(\.device))
    }

    /// Takes the keys that wait for these devices along and notes that all have it from now on.
    private func preparedPayloads(
        for distribution: KeyDistribution, of chat: JID, on sql: any SQLConnection
    ) throws -> [EncryptedPayload] {
        for holder in distribution.superfluous { try senderKeys.removeHandout(of: holder, of: chat, on: sql) }
        let prepared = Dictionary(
            uniqueKeysWithValues: try senderKeys.handouts(chat, on: sql).compactMap { handout in
                handout.payload.map { (handout.holder, $0) }
            })
        let payloads = distribution.targets.compactMap { device in
            prepared[device.holder].map { EncryptedPayload(device: device.jid, kind: $0.kind, bytes: $0.bytes) }
        }
        if !payloads.isEmpty { try senderKeys.markHandedOut(chat, on: sql) }
        return payloads
    }

    // MARK: - The key

    /// Who lacks the key. A spent key is thrown away here, so that everybody lacks the next one.
    func distribution(
        in chat: JID, gaps: RecipientGaps, as linked: DeviceCredentials.Linked, on sql: any SQLConnection
    ) throws -> KeyDistribution {
        let members = try groups.devices(of: chat, on: sql)
        let sending = KeyHolder(
            person: try AddressMapStore(account: account).person(of: linked.phone, on: sql), device: linked.phone.device)
        func compared(_ handouts: [SenderKeyStore.Handout]) -> KeyDistribution {
            KeyDistribution(members: members, handouts: handouts, sending: sending, gaps: gaps)
        }
        let found = compared(try senderKeys.handouts(chat, on: sql))
        guard found.isSpent else { return found }
        try senderKeys.rotate(chat, on: sql)
        return compared([])
    }

    /// Encrypts the key for up to 64 of these devices and keeps it for the next message; those without a session are skipped.
    func prepareKeys(
        for devices: some Sequence<KeyDistribution.Device>, of chat: JID, on sql: any SQLConnection
    ) throws {
        let message = WAMessage.senderKey(try ownRecord(of: chat, on: sql).distribution(), of: chat).encoded()
        for device in devices.prefix(Self.devicesAtOnce) {
            guard let ciphertext = try vault.encrypt(MessagePadding.pad(message), to: device.jid, on: sql) else { continue }
            try senderKeys.handOut(ciphertext, to: device.holder, of: chat, on: sql)
        }
    }

    /// The content with our key beside it, for a device that asks again; it counts as handed out.
    func contentWithKey(
        _ message: WAMessage, for device: JID, in chat: JID, on sql: any SQLConnection
    ) throws -> WAMessage {
        let distribution = try ownRecord(of: chat, on: sql).distribution()
        let holder = KeyHolder(
            person: try AddressMapStore(account: account).person(of: device, on: sql), device: device.device)
        try senderKeys.handOut(nil, to: holder, of: chat, on: sql)
        return message.withSenderKey(distribution, of: chat)
    }

    /// Our key in the group, made and stored where there is none.
    private func ownRecord(of chat: JID, on sql: any SQLConnection) throws -> SenderKeyRecord {
        if let own = try senderKeys.own(chat, on: sql) { return own.record }
        let record = SenderKeyRecord.created()
        try senderKeys.save(record, of: chat, on: sql)
        return record
    }
}
