import Hummingbird
import WABinary
import WASimulator

/// Who is there, and who writes: shown by phones, and seen by them.
struct PresenceRoutes {
    let host: SimulatorHost

    enum Awaited: String, CaseIterable { case available, unavailable }

    func add(to router: Router<BasicRequestContext>) {
        router.post("phones/:number/presence") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: PresenceRequest.self, context: context)
            try await host.drive { server, _ in
                try server.setPresence(wanted.isAvailable, of: address, lastSeen: wanted.lastSeen?.value)
            }
            return Response(status: .noContent)
        }
        router.post("phones/:number/subscribe") { request, context in
            let address = try request.device(context)
            let to = PhoneNumber.digits(of: try await request.decode(as: SubscribeRequest.self, context: context).to)
            try await host.drive { server, _ in try server.subscribePresence(of: to, on: address) }
            return Response(status: .noContent)
        }
        router.get("phones/:number/presence") { request, context in
            let address = try request.device(context)
            let of = request.uri.queryParameters["of"].map { PhoneNumber.digits(of: String($0)) }
            let awaited = try request.choice("until", of: Awaited.self)
            let wait = try request.wait()
            let look = { @Sendable (server: SimulatedServer) throws in
                PeopleModel(try server.observations(of: address).people.values, of: of)
            }
            let now = try await host.drive { server, _ in try look(server) }
            guard let awaited, !now.has(awaited) else { return now }
            let later = await host.firstValue(within: wait) { server -> PeopleModel? in
                (try? look(server)).flatMap { $0.has(awaited) ? $0 : nil }
            }
            return later ?? now
        }
        router.post("phones/:number/typing") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: TypingRequest.self, context: context)
            let state = try wanted.chosenState()
            try await host.drive { server, _ in
                try server.show(state, from: address, to: PhoneNumber.digits(of: wanted.to))
            }
            return Response(status: .noContent)
        }
        router.get("phones/:number/chat-states") { request, context in
            let address = try request.device(context)
            let after = try request.integer("after", in: 0...Int(Int32.max), default: 0)
            let wait = try request.wait()
            let look = { @Sendable (server: SimulatedServer) throws in
                ChatStatePage(try server.observations(of: address).chatStates, after: after)
            }
            let now = try await host.drive { server, _ in try look(server) }
            guard now.states.isEmpty else { return now }
            let later = await host.firstValue(within: wait) { server -> ChatStatePage? in
                (try? look(server)).flatMap { $0.states.isEmpty ? nil : $0 }
            }
            return later ?? now
        }
    }
}

struct PresenceRequest: Decodable {
    /// Seconds, or one of the words `deny` and `none`.
    struct LastSeenField: Decodable {
        let value: LastSeen

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let seconds = try? container.decode(Int64.self) {
                value = .seconds(seconds)
                return
            }
            switch try container.decode(String.self) {
            case "deny": value = .denied
            case "none": value = .unknown
            default: throw ControlError.badRequest("lastSeen must be a time in seconds, deny or none.")
            }
        }
    }

    let isAvailable: Bool
    let lastSeen: LastSeenField?
}

struct SubscribeRequest: Decodable {
    let to: String
}

struct TypingRequest: Decodable {
    let to: String
    let isTyping: Bool?
    /// `composing`, `recording` or `paused`.
    let state: String?

    func chosenState() throws -> ChatState {
        if let state { return try state.named(ChatState.self, "state") }
        guard let isTyping else { throw ControlError.badRequest("state is missing: composing, recording or paused.") }
        return isTyping ? .composing : .paused
    }
}

struct PeopleModel: ResponseEncodable {
    struct Person: Encodable {
        let number: String
        let isAvailable: Bool
        let lastSeen: String?
        let atMilliseconds: Int64
    }

    let people: [Person]

    init(_ seen: some Sequence<Observations.Presence>, of number: String?) {
        people = seen.filter { (number ?? $0.number) == $0.number }.sorted { $0.number < $1.number }.map {
            Person(
                number: $0.number, isAvailable: $0.isAvailable, lastSeen: $0.lastSeen,
                atMilliseconds: $0.atMilliseconds)
        }
    }

    func has(_ awaited: PresenceRoutes.Awaited) -> Bool {
        people.contains { $0.isAvailable == (awaited == .available) }
    }
}

struct ChatStatePage: ResponseEncodable {
    struct Entry: Encodable {
        let index: Int
        let chat: String
        /// The account that writes.
        let by: String
        let state: String
        let atMilliseconds: Int64
    }

    let states: [Entry]
    let next: Int

    init(_ log: RecentLog<Observations.ChatState>, after: Int) {
        states = log.numbered(after: after).map { index, entry in
            Entry(
                index: index, chat: entry.chat.description, by: entry.by, state: entry.state,
                atMilliseconds: entry.atMilliseconds)
        }
        next = max(after, log.totalCount)
    }
}
