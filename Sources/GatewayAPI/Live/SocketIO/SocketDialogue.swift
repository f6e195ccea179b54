import StrictJSON

/// What one Engine.IO session says in Socket.IO: which namespaces it joined, and what its messages mean.
///
/// A pure machine. There are two namespaces: `/events`, and `/`, which every Socket.IO server has and where nothing
/// happens here. Source: socketio/socket.io-protocol, revision 5.
struct SocketDialogue: Equatable {
    enum Action: Equatable {
        /// Send this packet.
        case send(SocketPacket)
        /// Somebody wants to join `/events`: answer by `join`.
        case joinRequested(auth: JSONValue?)
        /// An event in `/events`.
        case event(name: String, arguments: [JSONValue], acknowledgement: Int64?)
        /// An event in `/events` that has binary parts, which no event of ours has.
        case binaryEvent(acknowledgement: Int64?)
        case left
        /// The other side breaks the protocol, or has nothing left to do here: end the session.
        case close
    }

    static let events = "/events"

    private enum Membership: Equatable {
        case outside
        case asked
        case joined
    }

    private var membership = Membership.outside
    private var isInMain = false
    /// Binary messages that belong to a refused packet.
    private var awaitedAttachments = 0

    /// Whether anything was joined; who joins nothing for a while is sent away.
    var hasJoined: Bool { membership != .outside || isInMain }

    mutating func received(_ message: [UInt8], socketID: @autoclosure () -> String) -> [Action] {
        guard awaitedAttachments == 0, let packet = try? SocketPacket(message) else { return [.close] }
        switch packet {
        case .connect(Self.events, let auth):
            guard membership == .outside else { return [.close] }
            membership = .asked
            return [.joinRequested(auth: auth)]
        case .connect("/", _):
            guard !isInMain else { return [.close] }
            isInMain = true
            return [.send(.connect(namespace: "/", auth: Self.socket(socketID())))]
        case .connect(let namespace, _):
            let error = JSONObject([.init(name: "message", value: .string("Invalid namespace"))])
            return [.send(.connectError(namespace: namespace, data: .object(error)))]
        case .disconnect(Self.events):
            guard membership != .outside else { return [] }
            membership = .outside
            return isInMain ? [.left] : [.left, .close]
        case .disconnect("/"):
            isInMain = false
            return membership == .outside ? [.close] : []
        case .event(Self.events, let name, let arguments, let id) where membership == .joined:
            return [.event(name: name, arguments: arguments, acknowledgement: id)]
        case .binary(Self.events, let count, let id) where membership == .joined:
            awaitedAttachments = count
            return [.binaryEvent(acknowledgement: id)]
        case .acknowledgement(Self.events, _, _) where membership == .joined: return []
        case .event("/", _, _, _) where isInMain, .acknowledgement("/", _, _) where isInMain: return []
        case .disconnect: return []
        case .event, .acknowledgement, .binary, .connectError: return [.close]
        }
    }

    /// A binary message: skipped when a refused packet announced it.
    mutating func receivedBinary() -> [Action] {
        guard awaitedAttachments > 0 else { return [.close] }
        awaitedAttachments -= 1
        return []
    }

    /// `/events` lets the other side in.
    mutating func join(socketID: String) -> [Action] {
        guard membership == .asked else { return [] }
        membership = .joined
        return [.send(.connect(namespace: Self.events, auth: Self.socket(socketID)))]
    }

    /// `/events` sends the other side away.
    mutating func disconnect() -> [Action] {
        guard membership != .outside else { return [] }
        membership = .outside
        let farewell = Action.send(.disconnect(namespace: Self.events))
        return isInMain ? [farewell] : [farewell, .close]
    }

    private static func socket(_ id: String) -> JSONValue {
        .object(JSONObject([.init(name: "sid", value: .string(id))]))
    }
}
