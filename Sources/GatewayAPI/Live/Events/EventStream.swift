import Gateway
import Hummingbird
import NIOCore
import ServiceLifecycle
import StrictJSON

/// One stream of Server-Sent Events (WHATWG HTML, 9.2).
///
/// ```
/// retry: 2000
/// id: 41                      where it begins, so that a client that hears nothing resumes there too
/// : connected
///
/// id: 42
/// data: {"cursor":"42","event":"message.received",…}
///
/// id: 57                      no event for a while: how far the log was looked through
/// : heartbeat
/// ```
/// Events have no `event:` line, so that a browser's `onmessage` hears all of them.
struct EventStream: Sendable {
    /// How long a stream may be silent; proxies end connections that are for a minute.
    static let heartbeat = Duration.seconds(15)
    private static let pageLength = 200

    let gateway: MessagingGateway
    let query: EventQuery
    let start: Int64
    let keyID: String
    /// Held as long as the stream is.
    let place: ListenerSlots.Place

    var body: ResponseBody {
        ResponseBody { writer in
            var cursor = start
            try await writer.write(ByteBuffer(string: "retry: 2000\nid: \(cursor)\n: connected\n\n"))
            while mayGoOn, !Task.isShuttingDownGracefully, !Task.isCancelled {
                guard !gateway.events.isExpired(cursor) || cursor == 0 else {
                    // The client was slower than events are kept; when it comes again it is told so.
                    break
                }
                let page = try await gateway.feed.next(
                    after: cursor, limit: Self.pageLength, within: Self.heartbeat, clock: gateway.clock,
                    where: query.wants)
                cursor = page.cursor
                try await writer.write(page.records.isEmpty ? Self.heartbeat(at: cursor) : Self.text(of: page.records))
            }
            try await writer.finish(nil)
            withExtendedLifetime(place) {}
        }
    }

    /// A key that was revoked while it listens hears no more.
    private var mayGoOn: Bool {
        guard let key = gateway.currentAPIKey(keyID) else { return false }
        return key.isActive && !key.isExpired(atMilliseconds: gateway.nowMilliseconds)
            && query.isStillOf(key)
    }

    private static func heartbeat(at cursor: Int64) -> ByteBuffer {
        ByteBuffer(string: "id: \(cursor)\n: heartbeat\n\n")
    }

    private static func text(of records: [EventRecord]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for record in records {
            buffer.writeString("id: \(record.seq)\ndata: ")
            buffer.writeBytes(JSONWriter.bytes(of: EventModel(record: record)))
            buffer.writeString("\n\n")
        }
        return buffer
    }
}
