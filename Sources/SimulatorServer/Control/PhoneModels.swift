import Hummingbird
import WASimulator

/// A phone as the control API shows it.
struct PhoneModel: ResponseEncodable {
    let number: String
    /// Its address under the phone number, as clients use it.
    let jid: String
    /// Its hidden address.
    let lid: String
    let name: String
    let isPoweredOn: Bool
    let inboxCount: Int
    let devices: [DeviceModel]

    init(_ phone: SimulatorSnapshot.Phone) {
        number = phone.number
        jid = phone.number + "@s.whatsapp.net"
        lid = phone.lid + "@lid"
        name = phone.name
        isPoweredOn = phone.isPoweredOn
        inboxCount = phone.inboxCount
        devices = phone.devices.map { DeviceModel($0) }
    }
}

/// One device of an account: 0 is the phone, the others are companions.
struct DeviceModel: ResponseEncodable {
    let device: UInt16
    let jid: String
    let name: String
    let keyIndex: UInt32
    /// It lives in the simulator; else it connects from outside.
    let isSimulated: Bool
    let isConnected: Bool
    /// It is logged in and has asked for what waits for it.
    let isActive: Bool
    /// It has said that somebody is there.
    let isAvailable: Bool
    /// Stanzas it has not acknowledged.
    let waitingCount: Int
    /// One-time prekeys left on the server; null for simulated devices, which never run out unless told to.
    let preKeyCount: Int?

    init(_ device: SimulatorSnapshot.Companion) {
        self.device = device.address.device
        jid =
            device.address.device == 0
            ? "\(device.address.number)@s.whatsapp.net"
            : "\(device.address.number):\(device.address.device)@s.whatsapp.net"
        name = device.name
        keyIndex = device.keyIndex
        isSimulated = device.isSimulated
        isConnected = device.isConnected
        isActive = device.isActive
        isAvailable = device.isAvailable
        waitingCount = device.waitingCount
        preKeyCount = device.preKeyCount
    }
}

struct PhoneList: ResponseEncodable {
    let phones: [PhoneModel]
}

struct NewPhones: Decodable {
    let number: String?
    let numbers: [String]?
    /// So many phones, numbered upwards from `number`.
    let count: Int?
    let name: String?
    /// What the phone answers to every text; `{text}` stands for what it was told.
    let automaticAnswer: String?
}

struct ScanRequest: Decodable {
    let qr: String
    /// The number of the phone that scans; not needed where the path names it.
    let phone: String?
}

/// What the phone's owner types under “Link with phone number”.
struct TypedCode: Decodable {
    let code: String
}

struct NewCompanion: Decodable {
    let name: String?
}

struct AutomaticAnswer: Decodable {
    let text: String?
    /// Whether it is given in groups too; not when left out.
    let inGroups: Bool?
}
