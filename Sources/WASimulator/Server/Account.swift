import SignalProtocol
import WABinary
import WACrypto

/// One account as the server and its own phone know it: two names, an identity key, and a list of devices.
final class Account {
    let number: String
    let lid: String
    let seeds: SeedTree
    var name: String
    var about = "Hey there! I am using WhatsApp."
    /// Counts registrations of the phone: each one has a new identity key.
    private(set) var generation: Int
    private(set) var devices: [UInt16: Device] = [:]
    /// Devices that existed once; messages to them are skipped without complaint.
    private(set) var formerDevices: Set<UInt16> = []
    private(set) var nextDevice: UInt16 = 1
    private(set) var nextKeyIndex: UInt32 = 1
    let createdSeconds: Int64
    /// When the list of devices last changed.
    private(set) var devicesChangedSeconds: Int64
    /// Accounts that have looked this one up or written with it: they are told of changes.
    var contacts: Set<String> = []
    /// Devices that asked to be told when somebody is here, and under which of its names they asked.
    var presenceSubscribers: [DeviceAddress: Addressing] = [:]
    var lastSeenSeconds: Int64?
    /// What is told instead of the time at which the account was really there last.
    var statedLastSeen: LastSeen?
    /// Who sees the account's status posts; nil for everybody it knows.
    var statusAudience: Set<String>?
    var privacy: [String: String] = Account.defaultPrivacy
    /// By category: LIDs of those whom `contact_blacklist` leaves out, sorted.
    var privacyExceptions: [String: [String]] = [:]
    var blocked: [String] = []
    var appState: AppStateVault
    var appStateBehaviour = AppStateBehaviour()
    /// When each key of the account's app state was made; the last one is in use.
    var appStateKeyTimes: [Int64]
    /// By collection.
    var appStateSnapshotCounts: [String: Int] = [:]
    /// The past that stands in app state already.
    var writtenHistory: UInt64?
    /// What was there before the first companion.
    var historyPlan: HistoryPlan?
    /// Its figures, once somebody asked.
    var historyCounts: HistoryCounts?
    /// By companion.
    var historyTransfers: [UInt16: HistoryTransfer] = [:]
    /// Numbers that were saved by their owner, on whatever device.
    var addressBook: Set<String> = []
    /// What companions asked the phone for, and how it answers those whose media is gone.
    var requests = CompanionRequestLog()
    var tokens = TokenLedger()
    var picture: ProfilePicture?
    /// nil for people.
    var business: Business? {
        didSet { verifiedName = nil }
    }
    /// As it stands on messages; made when first needed.
    var verifiedName: Node?
    /// For new chats; 0: messages stay.
    var disappearingSeconds = 0
    var disappearingSetSeconds: Int64 = 0
    /// Set while the phone is restricted: messages of its companions are refused with this code (463).
    var refusalCode: Int?
    /// Whether the server names the account by its phone number alone, as it did before it gave people hidden ids.
    var hidesLID = false

    private var identityCache: KeyPair?
    private var keyIndexListCache: [UInt8]?

    init(number: String, lid: String, name: String, seeds: SeedTree, nowSeconds: Int64) {
        self.number = number
        self.lid = lid
        self.name = name
        self.seeds = seeds
        generation = 0
        createdSeconds = nowSeconds
        devicesChangedSeconds = nowSeconds
        appState = AppStateVault()
        appStateKeyTimes = [nowSeconds * 1_000]
    }

    /// The phone's identity key, which signs the account's devices. Derived when first needed.
    var identity: KeyPair {
        if let identityCache { return identityCache }
        let pair = seeds.keyPair("phone/\(number)/\(generation)/identity")
        identityCache = pair
        return pair
    }

    /// Names this registration of the account in its device lists.
    var rawID: UInt32 { seeds.number("phone/\(number)/\(generation)/raw id") & 0x7FFF_FFFF }

    /// The keys of the account's app state, which the phone shares with its companions; the last one is in use.
    var appStateKeys: [AppStateKey] {
        appStateKeyTimes.enumerated().map { index, time in
            let label = "phone/\(number)/\(generation)/app state key"
            let suffix = index == 0 ? "" : "/\(index)"
            return AppStateKey(
                id: seeds.bytes("\(label) id\(suffix)", 6), data: seeds.bytes(label + suffix, 32),
                timestampMilliseconds: time)
        }
    }

    var appStateKey: AppStateKey {
        guard let key = appStateKeys.last else { preconditionFailure("an account has a key from the start") }
        return key
    }

    /// With which tokens for contacts are made that gave none: the phone tells its companions.
    var contactTokenSalt: [UInt8] {
        if let saltCache, saltCache.generation == generation { return saltCache.salt }
        let made = seeds.bytes("phone/\(number)/\(generation)/contact token salt", 32)
        saltCache = (generation, made)
        return made
    }

    private var saltCache: (generation: Int, salt: [UInt8])?

    func jid(_ addressing: Addressing, device: UInt16 = 0) -> JID {
        JID(addressing == .lid ? lid : number, addressing.server, device: device)
    }

    var sortedDevices: [Device] {
        devices.count == 1 ? Array(devices.values) : devices.values.sorted { $0.address < $1.address }
    }

    var phone: Device? { devices[0] }

    var isAvailable: Bool { devices.values.contains { $0.isAvailable } }

    // MARK: - Devices

    func add(_ device: Device, nowSeconds: Int64) {
        devices[device.address.device] = device
        formerDevices.remove(device.address.device)
        devicesChanged(nowSeconds)
    }

    func remove(_ device: UInt16, nowSeconds: Int64) {
        guard devices.removeValue(forKey: device) != nil else { return }
        formerDevices.insert(device)
        devicesChanged(nowSeconds)
    }

    /// On the wire an address has one byte for the device.
    private static let lastDevice: UInt16 = 255
    /// Stands for a hosted device.
    private static let hostedDevice: UInt16 = 99

    /// A number for a new companion: the next one that no device has. Behind the last one it starts again, so that a
    /// number comes back as late as can be.
    func takeDeviceNumber() throws(SimulatorError) -> UInt16 {
        for _ in 0..<Self.lastDevice {
            let taken = nextDevice
            nextDevice = nextDevice % Self.lastDevice + 1
            if taken != Self.hostedDevice, devices[taken] == nil { return taken }
        }
        throw .tooManyDevices(number)
    }

    func takeKeyIndex() -> UInt32 {
        defer { nextKeyIndex += 1 }
        return nextKeyIndex
    }

    /// The phone was set up anew: another identity, no companions.
    func reregister(nowSeconds: Int64) {
        generation += 1
        identityCache = nil
        verifiedName = nil
        appState = AppStateVault()
        appStateKeyTimes = [nowSeconds * 1_000]
        writtenHistory = nil
        historyTransfers.removeAll()
        nextKeyIndex = 1
        devicesChanged(nowSeconds)
    }

    private func devicesChanged(_ nowSeconds: Int64) {
        devicesChangedSeconds = max(nowSeconds, devicesChangedSeconds)
        keyIndexListCache = nil
    }

    /// The signed list of the companions' key indexes; none while there was never a companion.
    var signedKeyIndexList: [UInt8]? {
        guard nextKeyIndex > 1 else { return nil }
        if let keyIndexListCache { return keyIndexListCache }
        let list = DeviceIdentityProof.keyIndexList(
            of: sortedDevices.map(\.keyIndex).filter { $0 > 0 },
            current: nextKeyIndex - 1,
            rawID: rawID,
            timestampSeconds: devicesChangedSeconds,
            signedBy: identity,
            randomness: seeds.bytes("phone/\(number)/\(generation)/key index list/\(devicesChangedSeconds)", 64))
        keyIndexListCache = list
        return list
    }

    static let defaultPrivacy = [
        "last": "all", "online": "all", "profile": "all", "status": "all", "groupadd": "all", "readreceipts": "all",
        "calladd": "all", "messages": "all", "defense": "off", "stickers": "contacts",
    ]
}
