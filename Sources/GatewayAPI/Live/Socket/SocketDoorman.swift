import Gateway
import StrictJSON

/// Decides who may join `/events`, and counts who is there.
struct SocketDoorman: Sendable {
    enum Admission {
        case admitted(EventsSocket)
        case refused(ServerFrame)
    }

    let keys: KeyGuard
    let limits: SocketLimits
    /// Told of a socket that is to be run.
    let run: @Sendable (EventsSocket) -> Bool

    func nowMilliseconds() -> Int64 { keys.nowMilliseconds() }

    /// The key is in the handshake's `auth.apiKey`, or in the header `x-api-key` of the session's first request.
    func admit(_ connection: EngineConnection, _ auth: JSONValue?) -> Admission {
        let address = connection.origin.address
        guard limits.handshake(from: address, nowMilliseconds: nowMilliseconds()) else {
            return .refused(.error(.rateLimited, "Too many failed connections from this address. Wait a minute."))
        }
        var rawKey = connection.origin.apiKey
        if case .object(let auth) = auth, let key = auth["apiKey"]?.string, !key.isEmpty { rawKey = key }
        let caller: Caller
        do throws(APIError) {
            caller = try keys.caller(key: rawKey, address: address)
        } catch {
            return .refused(.error(Self.code(of: error), ErrorReply(answering: error).text))
        }
        guard limits.socketOpened(keyID: caller.key.id) else {
            return .refused(.error(.rateLimited, "Too many sockets with this API key. Close one of them."))
        }
        limits.refundHandshake(from: address)
        keys.gateway.countUse(of: caller.key)
        return .admitted(
            EventsSocket(
                id: SocketID.make(), connection: connection, key: caller.key, gateway: keys.gateway, limits: limits,
                nowMilliseconds: keys.nowMilliseconds))
    }

    func begin(_ socket: EventsSocket) {
        if !run(socket) { socket.connection.close() }
    }

    func left(_ socket: EventsSocket) {
        limits.socketClosed(keyID: socket.key.id)
    }

    private static func code(of error: APIError) -> ServerFrame.Code {
        if case .tooManyWrongKeys = error { .rateLimited } else { .unauthorized }
    }
}
