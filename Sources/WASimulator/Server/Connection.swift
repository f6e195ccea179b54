import WABinary
import WACrypto
import WAProto

/// One live connection and how far it has come.
final class Connection {
    /// A server request the client has to answer.
    struct OpenRequest {
        /// A notification during pairing waits for its ack.
        enum Kind { case pairDevice, pairSuccess, primaryHello, ping }

        let kind: Kind
        let sentMilliseconds: Int64
    }

    enum Stage {
        case registering(Registration)
        case device(Device)
        /// The stream was ended by the server; what still arrives is ignored.
        case ended
    }

    /// A stanza that waits to be written because of the fault plan.
    struct Held {
        let node: Node
        let kind: StanzaKind
        /// Stanzas of one chat keep their order.
        let chat: String?
        let releaseMilliseconds: Int64
    }

    let id: ConnectionID
    let clientStatic: PublicKey
    let openedMilliseconds: Int64
    var stage: Stage
    var openRequests: [String: OpenRequest] = [:]
    var held: [Held] = []
    /// The connection will be cut because something on it was lost.
    var isCutScheduled = false
    /// Nothing is written any more.
    var isMuted = false
    private var requestIDs: Set<String> = []

    init(_ id: ConnectionID, clientStatic: PublicKey, stage: Stage, openedMilliseconds: Int64) {
        self.id = id
        self.clientStatic = clientStatic
        self.stage = stage
        self.openedMilliseconds = openedMilliseconds
    }

    var device: Device? {
        if case .device(let device) = stage { device } else { nil }
    }

    /// Returns false when the client used this request id before on this connection.
    func isFresh(requestID: String) -> Bool {
        if requestIDs.count > 10_000 { requestIDs.removeAll() }
        return requestIDs.insert(requestID).inserted
    }
}

/// What becomes of a stanza when the connection it is written to fails.
enum StanzaKind: Equatable {
    /// Part of the stream itself: success, failure, stream errors, ib.
    case stream
    /// The answer to a request, or a request of the server: gone with the connection.
    case request
    /// The server's ack of a message or receipt: gone with the connection.
    case acknowledgement
    /// Presence and the like: gone with the connection.
    case transient
    /// Stays in the device's queue until the client acknowledges it.
    case queued(Int)
}

/// A device that asks to be paired: what it said of itself, and the refs it was given.
struct Registration {
    let keys: UploadedKeys
    let deviceName: String
    let refs: [String]
    var pairing: PendingPairing?
    /// The pairing code that the client has made and somebody may type; the newest alone.
    var code: CodePairing?
}

/// A scanned registration, until the device proves that it holds its identity key.
struct PendingPairing {
    let number: String
    let device: UInt16
    let keyIndex: UInt32
    let identity: WAADVSignedDeviceIdentity
    let requestID: String
}
