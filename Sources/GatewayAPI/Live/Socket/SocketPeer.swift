import Gateway
import StrictJSON
import Synchronization

/// The other side of one Engine.IO session, as Socket.IO sees it: performs what `SocketDialogue` decides.
final class SocketPeer: Sendable {
    private struct State {
        var dialogue = SocketDialogue()
        var socket: EventsSocket?
    }

    let connection: EngineConnection
    let since: Duration
    private let doorman: SocketDoorman
    private let state = Mutex(State())

    init(_ connection: EngineConnection, since: Duration, doorman: SocketDoorman) {
        self.connection = connection
        self.since = since
        self.doorman = doorman
    }

    var hasJoined: Bool { state.withLock { $0.dialogue.hasJoined } }
    var socket: EventsSocket? { state.withLock { $0.socket } }

    func received(_ news: EngineConnection.News) {
        switch news {
        case .message(let text): perform(state.withLock { $0.dialogue.received(text, socketID: SocketID.make()) })
        case .binary: perform(state.withLock { $0.dialogue.receivedBinary() })
        case .ended: left()
        }
    }

    /// Tells the socket why, and sends it away.
    func dismiss(_ frame: ServerFrame) {
        emit(frame, requestID: nil)
        perform(state.withLock { $0.dialogue.disconnect() })
        left()
    }

    // MARK: - Performing

    private func perform(_ actions: [SocketDialogue.Action]) {
        for action in actions {
            switch action {
            case .send(let packet): connection.send([.message(packet.bytes)])
            case .joinRequested(let auth): join(auth)
            case .event(let name, let arguments, let id): event(name, arguments, acknowledgement: id)
            case .binaryEvent(let id):
                reply(ServerFrame(.notUnderstood), requestID: nil, acknowledgement: id)
            case .left: left()
            case .close: connection.close()
            }
        }
    }

    private func join(_ auth: JSONValue?) {
        let admission = doorman.admit(connection, auth)
        let id = if case .admitted(let socket) = admission { socket.id } else { SocketID.make() }
        let actions = state.withLock { state in
            if case .admitted(let socket) = admission { state.socket = socket }
            return state.dialogue.join(socketID: id)
        }
        perform(actions)
        switch admission {
        case .admitted(let socket): doorman.begin(socket)
        case .refused(let frame): dismiss(frame)
        }
    }

    private func event(_ name: String, _ arguments: [JSONValue], acknowledgement: Int64?) {
        guard name == "message", let socket else { return }
        let answer = socket.answer(to: arguments.first)
        reply(answer.frame, requestID: answer.requestID, acknowledgement: acknowledgement)
        if answer.disconnects {
            perform(state.withLock { $0.dialogue.disconnect() })
            left()
        }
    }

    /// Answers come as events, and as the acknowledgement where one was asked for.
    private func reply(_ frame: ServerFrame, requestID: JSONValue?, acknowledgement: Int64?) {
        emit(frame, requestID: requestID)
        guard let acknowledgement else { return }
        let json = frame.json(requestID: requestID, atMilliseconds: doorman.nowMilliseconds())
        connection.send([
            .message(SocketPacket.acknowledgement(namespace: SocketDialogue.events, id: acknowledgement, json: json))
        ])
    }

    private func emit(_ frame: ServerFrame, requestID: JSONValue?) {
        let json = frame.json(requestID: requestID, atMilliseconds: doorman.nowMilliseconds())
        connection.send([.message(SocketPacket.event(namespace: SocketDialogue.events, name: "message", json: json))])
    }

    private func left() {
        let socket = state.withLock { state in
            defer { state.socket = nil }
            return state.socket
        }
        guard let socket else { return }
        socket.end()
        doorman.left(socket)
    }
}

/// Ids that nobody can guess: 20 characters of base64url, 120 bits.
enum SocketID {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func make() -> String {
        var random = SystemRandomNumberGenerator()
        return String(decoding: (0..<20).map { _ in alphabet[Int(random.next() & 63)] }, as: UTF8.self)
    }
}
