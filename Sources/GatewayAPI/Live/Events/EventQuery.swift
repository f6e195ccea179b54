import Gateway
import StrictJSON

/// What a reader of the event log asks for: from where, and which events.
struct EventQuery: Sendable {
    enum Start: Equatable {
        /// What happens from now on.
        case latest
        /// The oldest event that is kept.
        case earliest
        case after(Int64)
    }

    let start: Start
    /// How long to wait for the first event, in seconds.
    let waitSeconds: Int
    let limit: Int
    /// Nil for all that the key reaches.
    let sessionID: String?
    private let names: Set<EventName>?
    private let caller: Caller

    static let maximumWaitSeconds = 60
    static let maximumLimit = 1_000

    /// - Parameter cursor: Where to begin, unless the query's `after` says so.
    /// - Throws: `APIError.invalidParameter`, `.sessionNotAllowed`; `GatewayError.sessionNotFound`.
    init(_ call: APICall, cursor: String? = nil) throws {
        guard let caller = call.caller else { throw APIError.keyRequired }
        let query = call.query
        self.caller = caller
        start = try Self.start(cursor ?? query["after"])
        waitSeconds = try Self.integer("wait", in: query, 0...Self.maximumWaitSeconds) ?? 0
        limit = try Self.integer("limit", in: query, 1...Self.maximumLimit) ?? 100
        names = try Self.names(query["events"])
        sessionID = try query["sessionId"].map { text in
            let id = call.gateway.sessionID(text)
            guard caller.reaches(sessionID: id ?? text) else { throw APIError.sessionNotAllowed }
            guard let id else { throw GatewayError.sessionNotFound(text) }
            return id
        }
    }

    /// Whether an event is asked for, and the key may hear of it: QR codes are for those who may send.
    func wants(_ record: EventRecord) -> Bool {
        if record.name == .sessionQR, caller.key.role < .operator { return false }
        guard sessionID.map({ $0 == record.sessionID }) ?? caller.reaches(sessionID: record.sessionID) else {
            return false
        }
        return names?.contains(record.name) ?? record.name.isCoveredByWildcard
    }

    /// Whether the key may still do what it might when this was asked.
    func isStillOf(_ key: APIKeyRecord) -> Bool {
        key.role == caller.key.role && key.allowedSessions == caller.key.allowedSessions
    }

    /// The place in the log where reading begins.
    ///
    /// - Throws: `APIError.eventCursorExpired` for a place whose events are gone, or that the log never had.
    func cursor(in log: EventLog) throws(APIError) -> Int64 {
        switch start {
        case .latest: return log.latestCursor
        case .earliest: return 0
        case .after(let cursor):
            guard !log.isExpired(cursor) else { throw .eventCursorExpired(cursor) }
            return cursor
        }
    }

    private static func start(_ text: String?) throws(APIError) -> Start {
        switch text {
        case nil, "latest": return .latest
        case "0", "earliest": return .earliest
        case let text?:
            guard text.utf8.count <= 18, let cursor = Int64(text), cursor > 0 else {
                throw .invalidParameter("after must be a cursor that this server gave, earliest or latest")
            }
            return .after(cursor)
        }
    }

    private static func integer(
        _ name: String, in query: QueryParameters, _ range: ClosedRange<Int>
    ) throws(APIError) -> Int? {
        guard let text = query[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .invalidParameter("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Names with commas between; `*` stands for all but those that must be named.
    private static func names(_ text: String?) throws(APIError) -> Set<EventName>? {
        guard let text else { return nil }
        var names: Set<EventName> = []
        for part in text.unicodeScalars.split(separator: ",").prefix(100) {
            let part = String(part.filter { !$0.properties.isWhitespace })
            if part.isExactly(EventName.wildcard) {
                names.formUnion(EventName.allCases.filter(\.isCoveredByWildcard))
            } else if part.utf8.count <= 40, let name = EventName(rawValue: part) {
                names.insert(name)
            } else {
                throw .invalidParameter(
                    "events must be names of events with commas between; '\(String(part.unicodeScalars.prefix(40)))' is none")
            }
        }
        return names.isEmpty ? nil : names
    }
}
