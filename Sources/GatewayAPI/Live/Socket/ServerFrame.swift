import Gateway
import StrictJSON

/// What the server says in `/events`: the one argument of the event `message`, and of acknowledgements (contract 13).
///
/// ```
/// {"type":"subscribed","sessionId":"…","events":["message.received"],"requestId":"r1","timestamp":"ISO"}
/// {"type":"unsubscribed","sessionId":"…","requestId":"r1","timestamp":"ISO"}
/// {"type":"pong","requestId":"r2","timestamp":"ISO"}
/// {"type":"error","code":"INVALID_EVENTS","message":"…","requestId":"r1","timestamp":"ISO"}
/// {"type":"event","timestamp":"ISO","payload":{"event":"message.received","sessionId":"…","data":{}}}
/// ```
enum ServerFrame: Equatable {
    case subscribed(session: String, events: [String])
    case unsubscribed(session: String)
    case pong
    case error(Code, String)

    enum Code: String {
        case unauthorized = "UNAUTHORIZED"
        case invalidMessage = "INVALID_MESSAGE"
        case invalidSession = "INVALID_SESSION"
        case invalidEvents = "INVALID_EVENTS"
        case forbiddenSession = "FORBIDDEN_SESSION"
        case tooManySubscriptions = "TOO_MANY_SUBSCRIPTIONS"
        case rateLimited = "RATE_LIMITED"
        /// Ours: something inside failed, or the server ends.
        case unavailable = "UNAVAILABLE"
    }

    init(_ problem: ClientFrame.Problem) {
        switch problem {
        case .notUnderstood:
            self = .error(
                .invalidMessage, "Unknown message: send an object whose type is subscribe, unsubscribe or ping")
        case .invalidSession:
            self = .error(.invalidSession, "sessionId must be * or up to 128 letters, digits and hyphens")
        case .invalidEvents:
            self = .error(.invalidEvents, "events must name at least one event that sockets are told of, or *")
        }
    }

    func json(requestID: JSONValue? = nil, atMilliseconds now: Int64) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            switch self {
            case .subscribed(let session, let events):
                json.member("type", "subscribed")
                json.member("sessionId", session)
                json.member("events", array: events)
            case .unsubscribed(let session):
                json.member("type", "unsubscribed")
                json.member("sessionId", session)
            case .pong: json.member("type", "pong")
            case .error(let code, let message):
                json.member("type", "error")
                json.member("code", code.rawValue)
                json.member("message", message)
            }
            if let requestID { json.member(named: "requestId") { requestID.write(to: &$0) } }
            json.member("timestamp", ISO8601Text.of(milliseconds: now))
        }
        return json.bytes
    }

    /// The frame of an event.
    ///
    /// - Parameter data: What a webhook would get; four events differ here (contract 13).
    static func event(_ record: EventRecord, data: String) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: data.utf8.count + 256)
        json.object { json in
            json.member("type", "event")
            json.member("timestamp", ISO8601Text.of(milliseconds: record.occurredAtMilliseconds))
            json.member("payload") { json in
                json.member("event", record.name.rawValue)
                json.member("sessionId", record.sessionID)
                json.member("data", raw: socketForm(of: data, name: record.name))
            }
        }
        return json.bytes
    }

    /// `session.qr` has `qrCode` instead of `qr`, and events of sessions say once whose they are.
    private static func socketForm(of data: String, name: EventName) -> String {
        switch name {
        case .sessionQR, .sessionStatus, .sessionAuthenticated, .sessionDisconnected: break
        default: return data
        }
        guard case .object(let object)? = try? JSONReader.read(Array(data.utf8)) else { return data }
        return JSONObject(
            object.members.compactMap { member in
                if member.name == "sessionId" { return nil }
                let name = member.name == "qr" && name == .sessionQR ? "qrCode" : member.name
                return JSONObject.Member(name: name, value: member.value)
            }
        ).json
    }
}
