import SignalProtocol
import WACrypto

/// One device as the server knows it: its keys, its connection, and what waits for it.
final class Device {
    let address: DeviceAddress
    /// Its place in the account's signed list; 0 for the phone.
    let keyIndex: UInt32
    /// The name shown in the phone's list of linked devices.
    var name: String
    /// The proof that the device belongs to the account, as the device itself sends it; none for the phone.
    let signedIdentity: [UInt8]
    /// The Noise static key the device was paired with; none for devices inside the simulator.
    let noiseKey: PublicKey?
    /// What the device uploaded; nil for devices inside the simulator, whose keys are derived.
    var uploadedKeys: UploadedKeys?
    /// The Signal endpoint of a device that lives in the simulator.
    var endpoint: VirtualDevice?

    var connection: ConnectionID?
    /// Whether the device has asked for its queue on this connection.
    var isActive = false
    var queue = StanzaQueue()
    /// What waited is being written; whatever comes meanwhile queues up behind it.
    var offline: OfflineDelivery?
    /// Requests that are refused, by name, as `counters.unknownRequests` writes them; 0 leaves them unanswered.
    var refusedRequests: [String: Int] = [:]
    /// What the phone sends once to a new companion has been sent.
    var wasGreeted = false
    /// The low-water notification was sent and not yet followed by an upload.
    var wasToldOfFewPreKeys = false
    /// Kinds of data the device has to fetch again, with the time since.
    var dirty: [String: Int64] = [:]
    /// `available` or `unavailable` as last announced.
    var isAvailable = false
    /// Numbers of the accounts whose presence it asked for on this connection.
    var presenceSubscriptions: Set<String> = []

    var sentMessages = MessageLedger()
    var ratchets = RatchetLedger()
    var toldDevices = DeviceListLedger()
    var groups = GroupLedger()
    /// Messages some device of somebody asked this device to send again, as "id device".
    var requestedRetries: Set<RetryRequest> = []

    init(
        address: DeviceAddress, keyIndex: UInt32, name: String, signedIdentity: [UInt8] = [],
        noiseKey: PublicKey? = nil, uploadedKeys: UploadedKeys? = nil, endpoint: VirtualDevice? = nil
    ) {
        self.address = address
        self.keyIndex = keyIndex
        self.name = name
        self.signedIdentity = signedIdentity
        self.noiseKey = noiseKey
        self.uploadedKeys = uploadedKeys
        self.endpoint = endpoint
    }

    struct RetryRequest: Hashable {
        let messageID: String
        let device: DeviceAddress
    }
}

/// How far what waited has been written to the present connection. Reference 5.10.
struct OfflineDelivery {
    /// So many stanzas may be unacknowledged: what `offline_batch` said, or all for clients that do not send it.
    var window: Int
    /// The place in the queue.
    var nextSequence = 0
    var writtenCount = 0
}

/// The key material a connected device gave to the server.
struct UploadedKeys {
    var registrationID: UInt32
    var identity: PublicKey
    var signedPreKeyID: UInt32
    var signedPreKey: PublicKey
    var signedPreKeySignature: [UInt8]
    var preKeys = PreKeyPool()
}
