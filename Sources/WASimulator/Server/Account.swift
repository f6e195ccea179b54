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
    var blocked: [String] = []
    var appState: AppStateVault
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

    /// The key of the account's app state, which the phone shares with its companions.
    var appStateKey: AppStateKey {
        AppStateKey(
            id: seeds.bytes("phone/\(number)/\(generation)/app state key id", 6),
            data: seeds.bytes("phone/\(number)/\(generation)/app state key", 32),
            timestampMilliseconds: createdSeconds * 1_000)
    }

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

    /// A number for a new companion. 99 is left out: it stands for a hosted device.
    func takeDeviceNumber() -> UInt16 {
        if nextDevice == 99 { nextDevice = 100 }
        defer { nextDevice += 1 }
        return nextDevice
    }

    func takeKeyIndex() -> UInt32 {
        defer { nextKeyIndex += 1 }
        return nextKeyIndex
    }

    /// The phone was set up anew: another identity, no companions.
    func reregister(nowSeconds: Int64) {
        generation += 1
        identityCache = nil
        appState = AppStateVault()
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
