import Gateway

/// What a socket listens to: pairs of a session, or all, and an event, or all. OpenWA calls them rooms.
struct Subscription: Equatable {
    static let allSessions = "*"
    /// Pairs one socket may hold.
    static let maximumCount = 4_096

    enum Event: Hashable {
        case all
        case one(EventName)

        var text: String {
            switch self {
            case .all: EventName.wildcard
            case .one(let name): name.rawValue
            }
        }
    }

    /// Events in the order in which they were named, each once.
    struct Events: Equatable {
        private(set) var list: [Event] = []

        var isEmpty: Bool { list.isEmpty }
        var texts: [String] { list.map(\.text) }

        mutating func insert(_ event: Event) {
            if !list.contains(event) { list.append(event) }
        }
    }

    private var rooms: [String: Set<Event>] = [:]
    private(set) var count = 0

    /// Whether sockets are told of this event at all (contract 13).
    static func isOffered(_ name: EventName) -> Bool {
        switch name {
        case .messageFailed, .sessionReconnectLoop, .eventResponse, .webhookDisabled: false
        default: true
        }
    }

    /// False, and nothing changed, when that would be too many.
    mutating func join(_ session: String, _ events: Events) -> Bool {
        let joined = rooms[session, default: []].union(events.list)
        let grown = count - (rooms[session]?.count ?? 0) + joined.count
        guard grown <= Self.maximumCount else { return false }
        rooms[session] = joined
        count = grown
        return true
    }

    /// Drops all events of a session; `*` drops what was asked for all sessions.
    mutating func leave(_ session: String) {
        count -= rooms.removeValue(forKey: session)?.count ?? 0
    }

    /// However many pairs an event matches, it is told once.
    func contains(session: String, _ name: EventName) -> Bool {
        guard Self.isOffered(name) else { return false }
        return [session, Self.allSessions].contains { key in
            guard let events = rooms[key] else { return false }
            return events.contains(.one(name)) || name.isCoveredByWildcard && events.contains(.all)
        }
    }
}
