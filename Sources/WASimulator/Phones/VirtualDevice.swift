import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// A Signal endpoint that lives in the simulator: the phone of an account, or one of its companions.
///
/// Small until it is used: identity, prekeys and signed prekey are derived from the seed when somebody asks for them,
/// and only what was used up is remembered. Peers are known by account and device, so a contact that comes once under
/// its phone number and once under its LID has one session.
final class VirtualDevice {
    let address: DeviceAddress
    /// Names its keys among all that come from the seed; another registration has another one.
    private let label: String
    /// Whether the account's phone was never set up anew.
    let isFirstRegistration: Bool
    private let seeds: SeedTree
    /// The account whose phone this is, nil for a companion. Its identity is not derived before it is needed.
    private weak var phoneAccount: Account?

    var isPoweredOn = true
    /// Whether anybody who asks gets a one-time prekey; a phone that was long without power has run out of them.
    var hasPreKeys = true
    /// What it answers to a text, if anything; `{text}` stands for what it was told.
    var automaticAnswer: String?
    /// Whether it answers in groups too.
    var answersInGroups = false
    /// What it says when a message comes.
    var deliveryReceipts = DeliveryReceipts.delivered
    /// By account: how long messages of the chat with it stay.
    var expirations: [String: Int] = [:]
    /// Whether only the account's own devices hear what is read here.
    var hidesReading = false
    /// What it was told of others and of its messages.
    var observations = Observations()

    var sessions: [DeviceAddress: Session] = [:]
    /// Peers whose sessions were lost on purpose: what they send may be unreadable until they start a new one.
    var lostPeers: Set<DeviceAddress> = []
    /// The sessions lost on purpose, latest last, to tell what was still under way for one from what nobody could read.
    private var lostSessions: [DeviceAddress: [Session]] = [:]
    private static let rememberedLostSessions = 4
    var usedPreKeys: Set<UInt32> = []
    var groupKeys = GroupSenderKeys()
    private(set) var nextPreKeyID: UInt32 = 1

    var inbox = Inbox()
    /// How often each message was asked for again.
    var retryCounts: [MessageName: Int] = [:]
    var said: [String: SaidMessage] = [:]
    /// Ids of said messages in order.
    var saidOrder: [String] = []
    /// Whether some of what it said is no longer remembered.
    var hasForgottenSaid = false

    private var localCache: LocalIdentity?
    private var signedPreKeyCache: KeyPair?
    private var signatureCache: [UInt8]?

    /// - Parameters:
    ///   - reuse: tells a companion from an earlier one with the same number; nil for the first.
    ///   - account: for the phone of an account, whose identity is the account's; nil for a companion.
    init(
        address: DeviceAddress, generation: Int, reuse: UInt32? = nil, seeds: SeedTree, phoneOf account: Account? = nil
    ) {
        self.address = address
        self.seeds = seeds
        phoneAccount = account
        isFirstRegistration = generation == 0
        label = "device/\(address)/\(generation)" + (reuse.map { "/\($0)" } ?? "")
    }

    // MARK: - Keys

    var local: LocalIdentity {
        if let localCache { return localCache }
        let made = LocalIdentity(
            keyPair: phoneAccount?.identity ?? seeds.keyPair(label + "/identity"),
            registrationID: seeds.number(label + "/registration id") & 0x3FFF)
        localCache = made
        return made
    }

    static let signedPreKeyID: UInt32 = 1

    var signedPreKey: KeyPair {
        if let signedPreKeyCache { return signedPreKeyCache }
        let made = seeds.keyPair(label + "/signed prekey")
        signedPreKeyCache = made
        return made
    }

    private var signedPreKeySignature: [UInt8] {
        if let signatureCache { return signatureCache }
        let signature = local.keyPair.sign(
            signedPreKey.publicKey.typed, randomness: seeds.bytes(label + "/signed prekey signature", 64))
        signatureCache = signature
        return signature
    }

    func preKey(_ id: UInt32) -> KeyPair { seeds.keyPair(label + "/prekey/\(id)") }

    /// What the server hands out for this device. The pool never runs dry by itself: the device fills it up.
    func takeBundle() -> PreKeyBundle {
        var bundle = PreKeyBundle(
            registrationID: local.registrationID, identityKey: local.keyPair.publicKey,
            signedPreKeyID: Self.signedPreKeyID, signedPreKey: signedPreKey.publicKey,
            signedPreKeySignature: signedPreKeySignature)
        guard hasPreKeys else { return bundle }
        bundle.preKeyID = nextPreKeyID
        bundle.preKey = preKey(nextPreKeyID).publicKey
        nextPreKeyID += 1
        return bundle
    }

    func wasGivenOut(preKey id: UInt32) -> Bool { id > 0 && id < nextPreKeyID }

    /// A sender key for a group, or for status posts, to take the place of the one before.
    func makeSenderKey(named name: String) -> GroupSenderKeys.Own {
        groupKeys.make(seeds: seeds, label: "\(label)/\(name)")
    }

    /// Forgets sessions, as a phone does whose storage was damaged; and sender keys of groups where asked.
    func loseSessions(with peer: DeviceAddress? = nil, senderKeys: Bool = false) {
        if senderKeys { groupKeys.loseReceived(from: peer) }
        for lost in peer.map({ [$0] }) ?? Array(sessions.keys) {
            if let session = sessions.removeValue(forKey: lost) {
                lostSessions[lost, default: []].append(session)
                lostSessions[lost] = lostSessions[lost]?.suffix(Self.rememberedLostSessions)
            }
            lostPeers.insert(lost)
        }
    }

    /// Whether a message was encrypted for a session that this device has lost since: stored or under way at that time.
    func wasForLostSession(_ bytes: [UInt8], from sender: DeviceAddress, using generator: inout SeededGenerator) -> Bool
    {
        // A sender that has heard nothing from us yet goes on with prekey messages, whose prekey is used up by now.
        let message = (try? PreKeySignalMessage(parsing: bytes))?.message ?? (try? SignalMessage(parsing: bytes))
        guard let message else { return false }
        return (lostSessions[sender] ?? []).contains { session in
            var session = session
            return (try? session.decrypt(message, by: local, using: &generator)) != nil
        }
    }

    /// Forgets everything about an account whose phone was set up anew.
    func forgetSessions(of number: String) {
        sessions = sessions.filter { $0.key.number != number }
        groupKeys.forget(number)
    }

    /// The device is no more; another one may get its number.
    func forgetSession(with device: DeviceAddress) {
        sessions[device] = nil
        groupKeys.forget(device)
    }

    // MARK: - What arrives

    func receive(_ node: Node, as device: Device, in server: SimulatedServer) {
        switch node.tag {
        case "message" where node.jid("from")?.isNewsletter == true: receive(channelMessage: node, in: server)
        case "message" where node.jid("from")?.isShared == true:
            receive(groupMessage: node, as: device, in: server)
        case "message": receive(message: node, as: device, in: server)
        case "receipt": receive(receipt: node, as: device, in: server)
        case "ack": receive(ack: node, in: server)
        case "presence": observations.saw(presence: node, in: server)
        case "chatstate": observations.saw(chatState: node, in: server)
        case "notification" where node["type"] == "encrypt" && node.child("identity") != nil:
            if let account = node.jid("from").flatMap({ server.account(at: $0) }) { forgetSessions(of: account.number) }
        default: break
        }
    }
}
