import SignalProtocol
import Storage
import Synchronization
import TestSupport
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

/// A member's device that reads what we send to a group, and writes to it.
final class MemberDevice: Sendable {
    private struct State {
        var session: Session?
        var keyFromUs = SenderKeyRecord()
        var own = SenderKeyRecord.created()
    }

    let jid: JID
    let local: LocalIdentity
    private let signedPreKey = KeyPair()
    private let state = Mutex(State())

    init(_ jid: JID) {
        self.jid = jid
        local = LocalIdentity(keyPair: KeyPair(), registrationID: 7)
    }

    var bundle: PreKeyBundle {
        PreKeyBundle(
            registrationID: local.registrationID, identityKey: local.keyPair.publicKey, signedPreKeyID: 1,
            signedPreKey: signedPreKey.publicKey,
            signedPreKeySignature: local.keyPair.sign(signedPreKey.publicKey.typed))
    }

    /// The text of a group stanza as this device gets it: its own `enc`, if there is one, then the group's.
    func read(_ stanza: Node) throws -> String? {
        try state.withLock { state in
            let mine = stanza.child("participants")?.children("to").first { $0.jid("jid") == jid }?.child("enc")
            if let mine, let bytes = mine.bytes {
                let plaintext: [UInt8]
                if mine["type"] == "pkmsg" {
                    let opened = try Session.decrypting(
                        PreKeySignalMessage(parsing: bytes), existing: state.session, by: local,
                        signedPreKey: signedPreKey, preKey: nil)
                    (plaintext, state.session) = (opened.plaintext, opened.session)
                } else {
                    guard var session = state.session else { throw SignalError.noSession }
                    plaintext = try session.decrypt(SignalMessage(parsing: bytes), by: local)
                    state.session = session
                }
                if let key = try WAMessage(decoding: MessagePadding.unpad(plaintext)).senderKey { state.keyFromUs.process(key) }
            }
            guard let bytes = stanza.child("enc")?.bytes else { return nil }
            let padded = try state.keyFromUs.decrypt(SenderKeyMessage(parsing: bytes))
            return MessageContent(try WAMessage(decoding: MessagePadding.unpad(padded))).text
        }
    }

    /// Our session with the reader, made from its bundle.
    func startSession(with bundle: PreKeyBundle) throws {
        let session = try Session.initiated(with: bundle, by: local)
        state.withLock { $0.session = session }
    }

    /// The `enc` with this device's sender key, for one device.
    func keyPart(of group: JID) throws -> Node {
        try state.withLock { state in
            guard var session = state.session else { throw SignalError.noSession }
            let message = WAMessage.senderKey(try state.own.distribution(), of: group).encoded()
            let ciphertext = try session.encrypt(MessagePadding.pad(message), by: local)
            state.session = session
            return Node("enc", ["v": "2", "type": .text(ciphertext.kind.rawValue)], bytes: ciphertext.bytes)
        }
    }

    /// The `enc` of an answer to a retry receipt: content and key together, for one device; wrapped as for the devices of
    /// one's own account where asked.
    func answerPart(_ text: String, in group: JID, isWrapped: Bool = false) throws -> Node {
        try state.withLock { state in
            guard var session = state.session else { throw SignalError.noSession }
            let content = MessageContent.text(TextContent(text)).message
            var message = content.withSenderKey(try state.own.distribution(), of: group)
            if isWrapped { message = message.sentByOtherDevice(to: group) }
            let ciphertext = try session.encrypt(MessagePadding.pad(message.encoded()), by: local)
            state.session = session
            return Node("enc", ["v": "2", "type": .text(ciphertext.kind.rawValue), "count": "1"], bytes: ciphertext.bytes)
        }
    }

    /// The `enc` that the whole group gets.
    func textPart(_ text: String) throws -> Node { try part(.text(TextContent(text))) }

    /// Of version 3 without padding.
    func part(_ content: MessageContent, isPadded: Bool = true) throws -> Node {
        try state.withLock { state in
            let message = content.message.encoded()
            let plaintext = isPadded ? MessagePadding.pad(message) : message
            return Node(
                "enc", ["v": isPadded ? "2" : "3", "type": "skmsg"], bytes: try state.own.encrypt(plaintext))
        }
    }
}

/// A linked account with a group in its database, and the group's other devices.
struct GroupScene: Sendable {
    static let account = "test-account"
    static let group = JID("120363012345678901", .group)
    static let ownPhone = JID("6281100000001", .user, device: 5)
    static let ownLID = JID("900000000000001", .lid, device: 5)

    let database: any SQLDatabase
    let credentials: DeviceCredentials
    let linked: DeviceCredentials.Linked
    let addressing: GroupAddressing

    init(on database: some SQLDatabase, addressing: GroupAddressing = .lid) async throws {
        try await Migrator.migrate(database, ClientSchema.migrations)
        var credentials = try DeviceCredentials.generate()
        linked = DeviceCredentials.Linked(phone: Self.ownPhone, lid: Self.ownLID, signedIdentity: [1, 2, 3])
        credentials.linked = linked
        self.credentials = credentials
        self.database = database
        self.addressing = addressing
        try await database.write { sql in
            try AddressMapStore(account: Self.account).learn(lid: Self.ownLID, phone: Self.ownPhone, telling: { _, _ in }, on: sql)
        }
    }

    var own: OwnAddresses { OwnAddresses(phone: linked.phone, lid: linked.lid) }
    var groups: GroupStore { GroupStore(account: Self.account) }
    var senderKeys: SenderKeyStore { SenderKeyStore(account: Self.account) }
    var preparation: SendPreparation { SendPreparation(account: Self.account, credentials: credentials, recorder: { _, _ in }) }

    static func lid(_ number: Int) -> JID { JID(String(100_000_000_000_000 + number), .lid) }
    static func phone(_ number: Int) -> JID { JID(String(628_550_100_000 + number), .user) }

    /// The address of the nth member in the group's addressing.
    func address(_ number: Int) -> JID { addressing == .lid ? Self.lid(number) : Self.phone(number) }

    func participant(_ number: Int) -> GroupParticipant {
        GroupParticipant(jid: address(number), phone: Self.phone(number), lid: Self.lid(number))
    }

    /// Keeps the group with us and these members.
    func save(members: [Int]) async throws {
        var participants = members.map(participant)
        participants.append(GroupParticipant(jid: addressing == .lid ? Self.ownLID : Self.ownPhone))
        let group = Group(
            jid: Self.group, details: GroupDetails(subject: "Ops", addressing: addressing), participants: participants)
        let (groups, own) = (groups, own)
        try await database.write { sql in
            for number in members {
                try AddressMapStore(account: Self.account).learn(
                    lid: Self.lid(number), phone: Self.phone(number), telling: { _, _ in }, on: sql)
            }
            try groups.save(group, own: own, on: sql)
        }
    }

    /// The person has these devices; 99 is a hosted one.
    func list(_ devices: [UInt16], of person: JID) async throws {
        try await database.write { sql in
            let lists = DeviceListStore(account: Self.account)
            try lists.save(
                devices.map { DeviceSet.Device(id: $0, isHosted: $0 == 99) },
                of: AddressMapStore(account: Self.account).person(of: person, on: sql), on: sql)
        }
    }

    /// Our session with a member's device.
    func open(_ device: MemberDevice) async throws {
        let vault = preparation.vault
        let session = try Session.initiated(with: device.bundle, by: vault.local)
        try await database.write { sql in _ = try vault.save(session, with: device.jid, on: sql) }
    }

    /// Members 1… with these devices each, known, with sessions; and we with the sending device and device 0.
    func people(_ count: Int, devices: [UInt16] = [0, 3]) async throws -> [MemberDevice] {
        try await save(members: Array(1...count))
        try await list([0, Self.ownPhone.device], of: Self.ownPhone)
        let all = (1...count).flatMap { number in devices.map { MemberDevice(address(number).with(device: $0)) } }
        for number in 1...count { try await list(devices, of: address(number)) }
        let phone = MemberDevice(addressing == .lid ? Self.ownLID.account : Self.ownPhone.account)
        for device in all + [phone] { try await open(device) }
        return all + [phone]
    }

    /// Who lacks the key, and their keys prepared, as `GroupResolver` does.
    func prepareKeys(gaps: RecipientGaps = RecipientGaps()) async throws -> KeyDistribution {
        let (fanout, linked) = (preparation.fanout, linked)
        return try await database.write { sql in
            let found = try fanout.distribution(in: Self.group, gaps: gaps, as: linked, on: sql)
            try fanout.prepareKeys(for: found.lacking, of: Self.group, on: sql)
            return found
        }
    }

    /// The finished stanza of a text, or nil when something must first be asked for.
    func send(_ text: String, id: String, gaps: RecipientGaps = RecipientGaps()) async throws -> [UInt8]? {
        let preparation = preparation
        let envelope = OutgoingEnvelope(id: id, recipient: Self.group, content: .text(TextContent(text)))
        let batch = SendPreparation.Batch(
            [envelope], by: credentials, gaps: gaps, nowMilliseconds: 1_790_000_000_000)
        switch try await database.write({ try preparation.prepare(batch, on: $0) })[0] {
        case .stanza(let bytes, _): return bytes
        case .needs(let needs) where needs == SendPreparation.Needs(group: Self.group): return nil
        case .needs, .settled, .unreachable: throw ClientError.timedOut
        }
    }

    func sendPrepared(_ text: String, id: String) async throws -> Node? {
        _ = try await prepareKeys()
        return try await send(text, id: id).map { try NodeDecoder.decode($0) }
    }

    func apply(_ changes: Node..., addressing: AttributeValue? = nil) async throws {
        var node = Node(
            "notification", ["type": "w:gp2", "from": .jid(Self.group), "id": "1", "t": "1790000000"], changes)
        node.attributes["addressing_mode"] = addressing
        guard case .group(let notification)? = NotificationStanza(node)?.content else { throw ClientError.timedOut }
        let (groups, own) = (groups, own)
        try await database.write { try groups.apply(notification, own: own, on: $0) }
    }

    func change(_ tag: String, _ numbers: Int...) -> Node {
        Node(tag, [:], numbers.map { Node("participant", ["jid": .jid(address($0))]) })
    }
}
