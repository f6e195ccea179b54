import Gateway
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// `/socket.io/`: the HTTP long-polling of Engine.IO, and who may upgrade to a WebSocket.
struct SocketRoutes: Sendable {
    let sockets: LiveSockets
    let bodies: BodyCollector
    let addresses: ClientAddresses

    init(sockets: LiveSockets, budget: BodyBudget, addresses: ClientAddresses) {
        self.sockets = sockets
        bodies = BodyCollector(maximumByteCount: EnginePayload.maximumByteCount, budget: budget)
        self.addresses = addresses
    }

    static let path = "/socket.io"

    func add(to router: Router<APIContext>) {
        router.on("socket.io", method: .get) { request, context in try await answer(request, context) }
        router.on("socket.io", method: .post) { request, context in try await answer(request, context) }
    }

    /// Why a request is refused; the numbers are the ones that servers of Engine.IO answer with.
    private enum Refusal: Int {
        case unknownTransport = 0
        case unknownSession = 1
        case badMethod = 2
        case badRequest = 3
        case full = 4
        case unsupportedVersion = 5

        var text: String {
            switch self {
            case .unknownTransport: "Transport unknown"
            case .unknownSession: "Session ID unknown"
            case .badMethod: "Bad handshake method"
            case .badRequest: "Bad request"
            case .full: "Too many sessions"
            case .unsupportedVersion: "Unsupported protocol version"
            }
        }

        var response: Response {
            Response(
                status: self == .full ? .serviceUnavailable : .badRequest,
                json: Array("{\"code\":\(rawValue),\"message\":\"\(text)\"}".utf8))
        }
    }

    // MARK: - Polling

    private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = QueryParameters(request.uri.query)
        guard query["transport"] == "polling" else {
            // A WebSocket that reached this place was refused by the door, or is none.
            let isKnown = query["transport"] == "websocket"
            let refusal: Refusal = !isKnown ? .unknownTransport : query["sid"] == nil ? .badRequest : .unknownSession
            return refusal.response
        }
        guard query["EIO"] == "4" else { return Refusal.unsupportedVersion.response }
        guard let id = query["sid"] else {
            guard request.method == .get else { return Refusal.badMethod.response }
            let origin = EngineConnection.Origin(
                address: context.trace.facts.clientAddress, apiKey: request.headers[.apiKey])
            guard let connection = sockets.open(origin) else { return Refusal.full.response }
            return await poll(connection)
        }
        guard let connection = sockets[id] else { return Refusal.unknownSession.response }
        switch request.method {
        case .get: return await poll(connection)
        case .post: return await post(request, to: connection)
        default: return Refusal.badRequest.response
        }
    }

    private func poll(_ connection: EngineConnection) async -> Response {
        let packets = await withGracefulShutdownHandler {
            await connection.poll()
        } onGracefulShutdown: {
            connection.close()
        }
        guard let packets else { return Refusal.badRequest.response }
        return Self.text(EnginePayload.encode(packets))
    }

    private func post(_ request: Request, to connection: EngineConnection) async -> Response {
        guard connection.postBegan() else { return Refusal.badRequest.response }
        var reserved = 0
        defer { bodies.budget.release(reserved) }
        do {
            let body = try await bodies.collect(request, hasKey: false, reservation: &reserved)
            connection.posted(try EnginePayload.decode(body.readableBytesView))
            return Self.text(Array("ok".utf8))
        } catch {
            connection.posted(nil)
            return Refusal.badRequest.response
        }
    }

    private static func text(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=UTF-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: - WebSocket

    /// The handler for a request that asks for a WebSocket, or nil when its route shall say why not.
    func admit(_ head: HTTPRequestHead, peer: String?) -> EngineWebSocketHandler? {
        let parts = head.uri.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["/socket.io", "/socket.io/"].contains(where: { parts[0].elementsEqual($0.utf8) }) else {
            return nil
        }
        let query = QueryParameters(String(decoding: parts[1], as: UTF8.self))
        guard query["transport"] == "websocket", query["EIO"] == "4" else { return nil }
        if let id = query["sid"] {
            guard let connection = sockets[id] else { return nil }
            return EngineWebSocketHandler { connection.candidateOpened($0) ? connection : nil }
        }
        let forwarded = head.headers[canonicalForm: "x-forwarded-for"].joined(separator: ",")
        let origin = EngineConnection.Origin(
            address: addresses.client(peer: peer, forwardedFor: forwarded.isEmpty ? nil : forwarded),
            apiKey: head.headers.first(name: "x-api-key"))
        return EngineWebSocketHandler { [sockets] in sockets.open(origin, socket: $0) }
    }
}
