import Gateway
import StrictJSON
import Synchronization

/// One member of the namespace `/events`: what it listens to, and the loop that tells it.
///
/// It follows the event log by a cursor of its own, from the moment it joined, so that nothing is skipped while it is
/// connected. What it does not take soon enough is bounded: then it is sent away.
final class EventsSocket: Sendable {
    /// How long a socket may leave no room for more.
    private static let patience = Duration.seconds(30)
    private static let pageLength = 100
    /// How long after its message a file may come and still be in the frame.
    private static let mediaPatience = Duration.seconds(10)
    /// The largest file that is put into a frame.
    private static let inlineByteCount = 1 << 20

    let id: String
    let connection: EngineConnection
    /// The key as it was when the socket joined.
    let key: APIKeyRecord
    private let gateway: MessagingGateway
    private let limits: SocketLimits
    private let nowMilliseconds: @Sendable () -> Int64
    private let start: Int64
    private let subscription = Mutex(Subscription())
    private let (ending, ended) = AsyncStream.makeStream(of: Never.self)

    init(
        id: String, connection: EngineConnection, key: APIKeyRecord, gateway: MessagingGateway, limits: SocketLimits,
        nowMilliseconds: @escaping @Sendable () -> Int64
    ) {
        self.id = id
        self.connection = connection
        self.key = key
        self.gateway = gateway
        self.limits = limits
        self.nowMilliseconds = nowMilliseconds
        start = gateway.events.latestCursor
    }

    // MARK: - Frames

    /// What an event of the client is answered with.
    struct Answer: Equatable {
        let frame: ServerFrame
        var requestID: JSONValue?
        /// Whether the socket is sent away behind it.
        var disconnects = false
    }

    /// - Parameter value: The argument of the client's `message`.
    func answer(to value: JSONValue?) -> Answer {
        let requestID = ClientFrame.requestID(of: value)
        guard limits.frame(keyID: key.id, nowMilliseconds: nowMilliseconds()) else {
            return Answer(
                frame: .error(.rateLimited, "Too many frames with this API key. Slow down."), requestID: requestID)
        }
        do throws(ClientFrame.Problem) {
            switch try ClientFrame(value).kind {
            case .subscribe(let session, let events): return subscribe(session, events, requestID)
            case .unsubscribe(let session):
                subscription.withLock { $0.leave(roomID(session)) }
                return Answer(frame: .unsubscribed(session: session), requestID: requestID)
            case .ping: return Answer(frame: .pong, requestID: requestID)
            }
        } catch {
            return Answer(frame: ServerFrame(error), requestID: requestID)
        }
    }

    private func subscribe(_ session: String, _ events: Subscription.Events, _ requestID: JSONValue?) -> Answer {
        if let reason = reasonToLeave() {
            return Answer(frame: .error(.unauthorized, reason), requestID: requestID, disconnects: true)
        }
        let room = roomID(session)
        guard key.allowedSessions.isEmpty || key.allowedSessions.contains(room) else {
            return Answer(
                frame: .error(.forbiddenSession, "API key not authorized for this session"), requestID: requestID)
        }
        guard subscription.withLock({ $0.join(room, events) }) else {
            let text = "A socket may hold \(Subscription.maximumCount) subscriptions"
            return Answer(frame: .error(.tooManySubscriptions, text), requestID: requestID)
        }
        return Answer(frame: .subscribed(session: session, events: events.texts), requestID: requestID)
    }

    /// A session's name becomes its id, which events carry.
    private func roomID(_ session: String) -> String {
        session == Subscription.allSessions ? session : gateway.sessionID(session) ?? session
    }

    /// Why the key no longer permits this socket; nil while it does.
    func reasonToLeave() -> String? {
        guard let current = gateway.currentAPIKey(key.id) else { return "API key has been deleted" }
        if !current.isActive { return "API key has been revoked" }
        if current.isExpired(atMilliseconds: nowMilliseconds()) { return "API key has expired" }
        guard current.role == key.role, current.allowedSessions == key.allowedSessions,
            current.allowedIPs == key.allowedIPs
        else { return "API key authorization changed; please reconnect" }
        return nil
    }

    // MARK: - Events

    /// Tells events until the socket has left or is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in self.ending {} }
            group.addTask { await self.follow() }
            await group.next()
            group.cancelAll()
        }
    }

    /// The socket has left.
    func end() {
        ended.finish()
    }

    private func follow() async {
        var cursor = start
        while !Task.isCancelled {
            guard let page = try? await gateway.feed.next(after: cursor, limit: Self.pageLength, where: wants),
                !page.records.isEmpty
            else { break }
            cursor = page.cursor
            for record in page.records {
                let data = await gateway.dataWithMedia(
                    of: record, patience: Self.mediaPatience, maximumByteCount: Self.inlineByteCount)
                let json = ServerFrame.event(record, data: data)
                connection.send([
                    .message(SocketPacket.event(namespace: SocketDialogue.events, name: "message", json: json))
                ])
                await makeRoom()
            }
        }
        // Either it has left already, or nothing will come any more.
        connection.close()
    }

    private func wants(_ record: EventRecord) -> Bool {
        // A QR code links a device: it is for those who may send.
        if record.name == .sessionQR, key.role < .operator { return false }
        guard key.allowedSessions.isEmpty || key.allowedSessions.contains(record.sessionID) else { return false }
        return subscription.withLock { $0.contains(session: record.sessionID, record.name) }
    }

    private func makeRoom() async {
        guard !connection.hasRoom else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await self.gateway.clock.sleep(for: Self.patience) } catch { return }
                self.connection.closeSlow()
            }
            await connection.room()
            group.cancelAll()
        }
    }
}
