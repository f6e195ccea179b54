import Gateway
import StrictJSON

/// What a client says in `/events`: the one argument of the event `message` (contract 13).
///
/// ```
/// {"type":"subscribe","sessionId":"<id>|*","events":["*"|names],"requestId":"r1"}
/// {"type":"unsubscribe","sessionId":"…"}
/// {"type":"ping","requestId":"r2"}
/// ```
struct ClientFrame: Equatable {
    enum Kind: Equatable {
        case subscribe(session: String, events: Subscription.Events)
        case unsubscribe(session: String)
        case ping
    }

    /// What the session's place holds; nil where it is missing or malformed.
    enum Problem: Error, Equatable {
        case notUnderstood
        case invalidSession
        case invalidEvents
    }

    let kind: Kind

    /// The request's id, as answers carry it: a text or a number; a very long text is none.
    static func requestID(of value: JSONValue?) -> JSONValue? {
        guard case .object(let frame) = value, let id = frame["requestId"] else { return nil }
        switch id {
        case .string(let text): return text.utf8.count <= 256 ? id : nil
        case .number(let number): return number.double.isFinite ? id : nil
        case .null, .boolean, .array, .object: return nil
        }
    }

    init(_ value: JSONValue?) throws(Problem) {
        guard case .object(let frame) = value, let type = frame["type"]?.string else { throw .notUnderstood }
        switch type {
        case "subscribe":
            let session = try Self.session(in: frame)
            kind = .subscribe(session: session, events: try Self.events(in: frame))
        case "unsubscribe": kind = .unsubscribe(session: try Self.session(in: frame))
        case "ping": kind = .ping
        default: throw .notUnderstood
        }
    }

    /// `*`, or up to 128 letters, digits and hyphens.
    private static func session(in frame: JSONObject) throws(Problem) -> String {
        guard let text = frame["sessionId"]?.string else { throw .invalidSession }
        if text == Subscription.allSessions { return text }
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else { throw .invalidSession }
        return text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Names that are no event are skipped, unless nothing is left.
    private static func events(in frame: JSONObject) throws(Problem) -> Subscription.Events {
        guard case .array(let values) = frame["events"] else { throw .invalidEvents }
        var events = Subscription.Events()
        for value in values {
            guard let text = value.string else { continue }
            if text == EventName.wildcard {
                events.insert(.all)
            } else if let name = EventName(rawValue: text), Subscription.isOffered(name) {
                events.insert(.one(name))
            }
        }
        guard !events.isEmpty else { throw .invalidEvents }
        return events
    }
}
