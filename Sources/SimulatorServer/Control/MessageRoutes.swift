import Hummingbird
import WASimulator

/// What phones show, say and read. `?device=` names a simulated companion instead of the phone.
struct MessageRoutes {
    let host: SimulatorHost

    /// How far a said message can have come.
    enum Awaited: String, CaseIterable { case acknowledged, delivered, read }

    /// Most messages in one answer.
    static let pageLimit = 10_000

    func add(to router: Router<BasicRequestContext>) {
        router.get("phones/:number/inbox") { request, context in
            let address = try request.device(context)
            let after = try request.integer("after", in: 0...Int(Int32.max), default: 0)
            let limit = try request.integer("limit", in: 1...Self.pageLimit, default: 1_000)
            let wait = try request.wait()
            let page = try await host.drive { server, _ in try InboxPage(of: address, in: server, after, limit) }
            guard page.messages.isEmpty else { return page }
            let later = await host.firstValue(within: wait) { server -> InboxPage? in
                guard let page = try? InboxPage(of: address, in: server, after, limit), !page.messages.isEmpty else {
                    return nil
                }
                return page
            }
            return later ?? page
        }
        router.get("phones/:number/said") { request, context in
            let address = try request.device(context)
            return try await host.drive { server, _ in
                SaidPage(messages: try server.said(by: address).map { SaidModel($0) })
            }
        }
        router.get("phones/:number/said/:id") { request, context in
            let address = try request.device(context)
            let id = try context.parameters.require("id")
            let awaited = try request.choice("until", of: Awaited.self)
            let now = try await host.drive { server, _ in try server.said(id, by: address) }
            guard let awaited else { return SaidModel(now) }
            let reached = await host.firstValue(within: try request.wait()) { server in
                (try? server.said(id, by: address)).flatMap { Self.has($0, come: awaited) ? $0 : nil }
            }
            return SaidModel(reached ?? now)
        }
        router.post("phones/:number/say") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: SayRequest.self, context: context)
            guard let addressing = Addressing(rawValue: wanted.addressing ?? Addressing.lid.rawValue) else {
                throw ControlError.badRequest("addressing must be lid or phoneNumber.")
            }
            let said = try await host.drive { server, _ in
                let id = try server.say(
                    wanted.text, from: address, to: PhoneNumber.digits(of: wanted.to), addressing: addressing)
                return SaidModel(try server.said(id, by: address))
            }
            return EditedResponse(status: .created, response: said)
        }
        router.post("phones/:number/read") { request, context in
            let address = try request.device(context)
            let ids = try await request.decode(as: ReadRequest.self, context: context).ids
            try await host.drive { server, _ in try server.read(ids, on: address) }
            return Response(status: .noContent)
        }
        router.post("phones/:number/typing") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: TypingRequest.self, context: context)
            try await host.drive { server, _ in
                try server.type(wanted.isTyping, from: address, to: PhoneNumber.digits(of: wanted.to))
            }
            return Response(status: .noContent)
        }
    }

    /// Whether the message has come so far on at least one device of the other party.
    private static func has(_ message: SaidMessage, come awaited: Awaited) -> Bool {
        switch awaited {
        case .acknowledged: message.acknowledgedMilliseconds != nil || message.refusal != nil
        case .delivered: message.progress.values.contains { $0.deliveredMilliseconds != nil }
        case .read: message.progress.values.contains { $0.readMilliseconds != nil }
        }
    }
}
