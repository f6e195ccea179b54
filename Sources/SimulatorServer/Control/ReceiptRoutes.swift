import Hummingbird
import WABinary
import WASimulator

/// What phones say of the messages they got, and hear of those they said.
struct ReceiptRoutes {
    let host: SimulatorHost

    func add(to router: Router<BasicRequestContext>) {
        router.post("phones/:number/read") { request, context in
            let address = try request.device(context)
            let ids = try await request.decode(as: ReadRequest.self, context: context).ids
            try await host.drive { server, _ in try server.read(ids, on: address) }
            return Response(status: .noContent)
        }
        router.post("phones/:number/receipts") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: ReceiptsRequest.self, context: context)
            let type = try wanted.type.named(SimulatedServer.ReceiptType.self, "type")
            try await host.drive { server, _ in try server.sendReceipts(type, for: wanted.ids, on: address) }
            return Response(status: .noContent)
        }
        router.put("phones/:number/receipts") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: ReceiptSettings.self, context: context)
            let delivery = try wanted.delivery?.named(DeliveryReceipts.self, "delivery")
            try await host.drive { server, _ in
                try server.setReceipts(of: address, delivery: delivery, hidesReading: wanted.hidesReading)
            }
            return Response(status: .noContent)
        }
        router.get("phones/:number/receipts") { request, context in
            let address = try request.device(context)
            let after = try request.integer("after", in: 0...Int(Int32.max), default: 0)
            let id = request.uri.queryParameters["id"].map { String($0) }
            let type = request.uri.queryParameters["type"].map { String($0) }
            let wait = try request.wait()
            let look = { @Sendable (server: SimulatedServer) throws in
                ReceiptPage(try server.observations(of: address).receipts, after: after, id: id, type: type)
            }
            let now = try await host.drive { server, _ in try look(server) }
            guard now.receipts.isEmpty else { return now }
            let later = await host.firstValue(within: wait) { server -> ReceiptPage? in
                (try? look(server)).flatMap { $0.receipts.isEmpty ? nil : $0 }
            }
            return later ?? now
        }
        router.post("groups/:group/receipts") { request, context in
            let group = GroupAddress.id(of: try context.parameters.require("group"))
            let wanted = try await request.decode(as: AggregatedReceipts.self, context: context)
            let type = try (wanted.type ?? "read").named(SimulatedServer.ReceiptType.self, "type")
            try await host.drive { server, _ in
                try server.aggregateReceipts(
                    type, of: wanted.members.map(PhoneNumber.digits), for: wanted.id, in: group)
            }
            return Response(status: .noContent)
        }
    }
}

struct ReadRequest: Decodable {
    let ids: [String]
}

struct ReceiptsRequest: Decodable {
    let ids: [String]
    /// `delivered`, `inactive`, `read`, `played`, `read-self` or `played-self`.
    let type: String
}

struct ReceiptSettings: Decodable {
    /// `delivered`, `inactive` or `withheld`.
    let delivery: String?
    let hidesReading: Bool?
}

struct AggregatedReceipts: Decodable {
    let id: String
    let members: [String]
    /// `read` when left out.
    let type: String?
}

struct ReceiptPage: ResponseEncodable {
    struct Entry: Encodable {
        let index: Int
        let id: String
        let chat: String
        /// `number:device`.
        let by: String
        let type: String
        let isAggregated: Bool
        let timestampSeconds: Int64
        let atMilliseconds: Int64
    }

    let receipts: [Entry]
    /// Pass it as `after` to see only what comes later.
    let next: Int

    init(_ log: RecentLog<Observations.Receipt>, after: Int, id: String?, type: String?) {
        receipts = log.numbered(after: after).filter { _, entry in
            (id ?? entry.id) == entry.id && (type ?? entry.type) == entry.type
        }.map { index, entry in
            Entry(
                index: index, id: entry.id, chat: entry.chat.description, by: entry.by.description, type: entry.type,
                isAggregated: entry.isAggregated, timestampSeconds: entry.timestampSeconds,
                atMilliseconds: entry.atMilliseconds)
        }
        next = max(after, log.totalCount)
    }
}

extension RecentLog {
    var totalCount: Int { droppedCount + entries.count }

    /// Entries behind the first `after`, each with its place in the whole, from 1.
    func numbered(after: Int) -> [(index: Int, entry: Entry)] {
        entries.enumerated().dropFirst(max(0, after - droppedCount)).map { (droppedCount + $0.offset + 1, $0.element) }
    }
}

extension String {
    /// One of the words of an enum, or a 400 that lists them.
    func named<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type, _ field: String) throws -> Choice {
        guard let value = Choice(rawValue: self) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError.badRequest("\(field) must be one of \(choices).")
        }
        return value
    }
}
