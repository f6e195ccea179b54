import Hummingbird
import WABinary
import WASimulator

/// Calls: made, answered, given up.
struct CallRoutes {
    let host: SimulatorHost

    enum Awaited: String, CaseIterable { case answered, ended }

    func add(to router: Router<BasicRequestContext>) {
        router.post("phones/:number/calls") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: CallRequest.self, context: context)
            let call = try await host.drive { server, _ in
                let id = try server.call(
                    PhoneNumber.digits(of: wanted.to), from: address, isVideo: wanted.isVideo ?? false,
                    isNotice: wanted.isNotice ?? false)
                return CallModel(try server.shownCall(id, of: address.number))
            }
            return EditedResponse(status: .created, response: call)
        }
        router.get("phones/:number/calls") { _, context in
            let number = try context.number()
            return try await host.drive { server, _ in
                CallList(calls: try server.shownCalls(of: number).map { CallModel($0) })
            }
        }
        router.get("phones/:number/calls/:call") { request, context in
            let number = try context.number()
            let id = try context.parameters.require("call")
            let awaited = try request.choice("until", of: Awaited.self)
            let now = try await host.drive { server, _ in try server.shownCall(id, of: number) }
            guard let awaited, !Self.is(now, awaited) else { return CallModel(now) }
            let later = await host.firstValue(within: try request.wait()) { server in
                (try? server.shownCall(id, of: number)).flatMap { Self.is($0, awaited) ? $0 : nil }
            }
            return CallModel(later ?? now)
        }
        for (word, accepts) in [("accept", true), ("reject", false)] {
            router.post("phones/:number/calls/:call/\(word)") { request, context in
                let address = try request.device(context)
                return try await change(try context.parameters.require("call"), of: address.number) {
                    try $0.answerCall($1, accepting: accepts, on: address)
                }
            }
        }
        router.post("phones/:number/calls/:call/end") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(EndCallRequest.self, upTo: 4_096)
            return try await change(try context.parameters.require("call"), of: address.number) {
                try $0.endCall($1, on: address, reason: wanted.reason)
            }
        }
    }

    private func change(
        _ id: String, of number: String, _ body: @Sendable (SimulatedServer, String) throws -> Void
    ) async throws -> CallModel {
        try await host.drive { server, _ in
            try body(server, id)
            return CallModel(try server.shownCall(id, of: number))
        }
    }

    private static func `is`(_ call: ShownCall, _ awaited: Awaited) -> Bool {
        switch awaited {
        case .answered: call.answeredBy != nil
        case .ended: call.endedMilliseconds != nil
        }
    }
}

struct CallRequest: Decodable {
    /// A number, or the id of a group.
    let to: String
    let isVideo: Bool?
    /// Devices are only told that there is a call.
    let isNotice: Bool?
}

struct EndCallRequest: Decodable {
    let reason: String?
}

struct CallModel: ResponseEncodable {
    let id: String
    let from: String
    let chat: String
    let isVideo: Bool
    let isIncoming: Bool
    let state: String
    let reason: String?
    let answeredBy: String?
    let startedMilliseconds: Int64
    let endedMilliseconds: Int64?

    init(_ call: ShownCall) {
        id = call.id
        from = call.from
        chat = call.chat.description
        isVideo = call.isVideo
        isIncoming = call.isIncoming
        state = call.state.rawValue
        reason = call.reason
        answeredBy = call.answeredBy?.description
        startedMilliseconds = call.startedMilliseconds
        endedMilliseconds = call.endedMilliseconds
    }
}

struct CallList: ResponseEncodable {
    let calls: [CallModel]
}
