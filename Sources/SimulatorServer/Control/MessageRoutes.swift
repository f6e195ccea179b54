import Hummingbird
import WASimulator

/// What phones show and say. `?device=` names a simulated companion instead of the phone.
struct MessageRoutes {
    let host: SimulatorHost
    let media: MediaServer

    /// How far a said message can have come.
    enum Awaited: String, CaseIterable { case acknowledged, delivered, read, played }

    /// `until=downloaded`: no file of the messages is still on its way.
    enum AwaitedMedia: String, CaseIterable { case downloaded }

    /// Most bytes of something to say: a file of about 70 MB in base64.
    static let sayByteLimit = 100_663_296

    /// Most messages in one answer.
    static let pageLimit = 10_000

    func add(to router: Router<BasicRequestContext>) {
        router.get("phones/:number/inbox") { request, context in
            let address = try request.device(context)
            let after = try request.integer("after", in: 0...Int(Int32.max), default: 0)
            let limit = try request.integer("limit", in: 1...Self.pageLimit, default: 1_000)
            let awaitsMedia = try request.choice("until", of: AwaitedMedia.self) != nil
            let wait = try request.wait()
            let page = try await host.drive { server, _ in try InboxPage(of: address, in: server, after, limit) }
            guard page.messages.isEmpty || awaitsMedia && !page.isSettled else { return page }
            let later = await host.firstValue(within: wait) { server -> InboxPage? in
                guard let page = try? InboxPage(of: address, in: server, after, limit), !page.messages.isEmpty,
                    !awaitsMedia || page.isSettled
                else { return nil }
                return page
            }
            return later ?? page
        }
        router.get("phones/:number/inbox/:id") { request, context in
            let address = try request.device(context)
            let id = try context.parameters.require("id")
            let awaitsMedia = try request.choice("until", of: AwaitedMedia.self) != nil
            let now = try await host.drive { server, _ in try server.inboxMessage(id, of: address) }
            guard awaitsMedia, now.media == .downloading else { return InboxModel(now, index: 0) }
            let later = await host.firstValue(within: try request.wait()) { server in
                (try? server.inboxMessage(id, of: address)).flatMap { $0.media == .downloading ? nil : $0 }
            }
            return InboxModel(later ?? now, index: 0)
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
            let wanted = try await request.decode(SayRequest.self, upTo: Self.sayByteLimit)
            let utterance = try wanted.utterance(uploadingTo: media)
            let addressing = try wanted.recipientAddressing
            let said = try await host.drive { server, _ in
                let id = try server.say(
                    utterance, from: address, to: wanted.recipient, addressing: addressing)
                return SaidModel(try server.said(id, by: address))
            }
            return EditedResponse(status: .created, response: said)
        }
    }

    /// Whether the message has come so far on at least one device of the other party.
    private static func has(_ message: SaidMessage, come awaited: Awaited) -> Bool {
        switch awaited {
        case .acknowledged: message.acknowledgedMilliseconds != nil || message.refusal != nil
        case .delivered: message.progress.values.contains { $0.deliveredMilliseconds != nil }
        case .read: message.progress.values.contains { $0.readMilliseconds != nil }
        case .played: message.progress.values.contains { $0.playedMilliseconds != nil }
        }
    }
}
