import Gateway
import Synchronization
import Testing
import WASimulator

@testable import GatewayAPI

/// What has to be there before an example works: the documentation's session, and whatever the route is about.
final class ExampleScene: Sendable {
    static let session = "my-session"
    static let key = "the-documentation-tests-key"

    private let world: World
    private let numbers = Mutex(0)

    /// Links the documentation's session to a phone of its own.
    init(_ world: World) async throws {
        self.world = world
        let bootstrap = try APIKeyBootstrap(masterKey: Self.key, file: "/nonexistent/.api-key")
        _ = try await world.gateway.bootstrapKeys(bootstrap)
        try await link(Self.session, to: "6285500000001")
        try await world.drive {
            _ = try $0.addGroup(
                "Neighbours", members: ["6285500000001", "6281234567890"], id: "120363021234567890")
        }
    }

    /// Values for the parts of a route's path, where they differ from the glossary's.
    func prepare(_ operationID: String) async throws -> [String: String] {
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        let name = "example-\(number)"
        switch operationID {
        case "getAuthApiKeysById", "putAuthApiKeysById", "postAuthApiKeysByIdRevoke", "deleteAuthApiKeysById":
            return ["id": try await world.gateway.createAPIKey(APIKeyDraft(name: name)).record.id]
        case "getSessionsBySessionIdContactsByContactId":
            // Whoever it has a chat with is known, and this chat was deleted by an example.
            _ = try await world.gateway.send(
                SendRequest(chatID: "6281234567890@c.us", content: .text(OutgoingText("Hello again"))),
                session: Self.session)
        case "postSessionsBySessionIdForceKill":
            try await show(name)
            return ["sessionId": name]
        case "postSessionsBySessionIdStart", "postSessionsBySessionIdStop", "deleteSessionsBySessionId":
            _ = try await world.gateway.createSession(name: name)
            return ["sessionId": name]
        case "getSessionsBySessionIdQr", "postSessionsBySessionIdPairingCode":
            try await show(name)
            return ["sessionId": name]
        case "postSessionsBySessionIdLogout":
            try await link(name, to: "6285500000002")
            return ["sessionId": name]
        case let id where Self.aboutTheMessage.contains(id):
            try await sendTheMessage()
        case "postSessionsBySessionIdMessagesVotePoll":
            try await askThePoll()
        case "getSessionsBySessionIdMessagesByChatIdByMessageIdVotes":
            try await askThePoll()
            return ["sessionId": Self.session, "messageId": "true_6281234567890@c.us_3EB0ABCD01234568"]
        case "postSessionsBySessionIdMessagesSendTemplate":
            _ = try await world.gateway.createTemplate(
                TemplateDraft(name: "welcome", body: "Hi {{name}}"), in: Self.session)
        case "getSessionsBySessionIdTemplatesByTemplateId", "putSessionsBySessionIdTemplatesByTemplateId",
            "deleteSessionsBySessionIdTemplatesByTemplateId":
            let draft = TemplateDraft(name: name, body: "Hi")
            let template = try await world.gateway.createTemplate(draft, in: Self.session)
            return ["sessionId": Self.session, "templateId": template.id]
        case "getSessionsBySessionIdMessagesBatchByBatchId", "postSessionsBySessionIdMessagesBatchByBatchIdCancel":
            let item = BatchItem(chatID: "628111111111@c.us", content: .message(.text(OutgoingText("Hi"))))
            let batch = BatchRequest(
                batchID: name, items: [item, item], pace: BatchPace(delayMilliseconds: 60_000))
            _ = try await world.gateway.sendBatch(batch, session: Self.session)
            return ["sessionId": Self.session, "batchId": name]
        case "getSessionsBySessionIdWebhooksByWebhookIdDeliveriesByEventId":
            let webhook = try await makeWebhook()
            try await sendTheMessage(name)
            let delivery = try await world.gateway.deliveries(
                to: webhook, of: Self.session, state: nil, before: nil, limit: 1
            ).first
            return ["sessionId": Self.session, "webhookId": webhook, "eventId": delivery?.eventID ?? "none"]
        case "getSessionsBySessionIdMessagesByChatIdByMessageIdMedia":
            let said = try await world.sayFile([1, 2, 3], from: "6281234567890", to: "6285500000001")
            return ["sessionId": Self.session, "messageId": "false_6281234567890@c.us_\(said.id)"]
        case let id where id.contains("ByWebhookId"):
            return ["sessionId": Self.session, "webhookId": try await makeWebhook()]
        default: break
        }
        return ["sessionId": Self.session]
    }

    private func makeWebhook() async throws -> String {
        var draft = WebhookDraft()
        draft.url = "http://example.com/hook"
        draft.events = [EventName.wildcard]
        return try await world.gateway.createWebhook(draft, in: Self.session).id
    }

    private static let aboutTheMessage: Set<String> = [
        "postSessionsBySessionIdMessagesReply", "postSessionsBySessionIdMessagesForward",
        "postSessionsBySessionIdMessagesReact", "postSessionsBySessionIdMessagesEdit",
        "postSessionsBySessionIdMessagesPin", "postSessionsBySessionIdMessagesUnpin",
        "postSessionsBySessionIdMessagesStar", "getSessionsBySessionIdMessagesByChatIdByMessageId",
        "postSessionsBySessionIdMessagesDelete",
    ]

    /// The poll that examples are about, sent once.
    private func askThePoll() async throws {
        let identity = RequestIdentity(
            key: nil, messageID: "3EB0ABCD01234568", route: "send-poll", canonicalBody: [])
        let poll = OutgoingPoll(question: "Tea or coffee?", options: ["Tea", "Coffee"])
        _ = try await world.gateway.send(
            SendRequest(chatID: "6281234567890@c.us", content: .poll(poll), identity: identity), session: Self.session)
    }

    /// The message that examples are about, sent once.
    private func sendTheMessage(_ text: String) async throws {
        let request = SendRequest(chatID: "6281234567890@c.us", content: .text(OutgoingText(text)))
        _ = try await world.gateway.send(request, session: Self.session)
    }

    private func sendTheMessage() async throws {
        guard let reference = MessageReference(parsing: Example.messageID), let chat = reference.chat else { return }
        let identity = RequestIdentity(
            key: nil, messageID: reference.id, route: "send-text", canonicalBody: [])
        _ = try await world.gateway.send(
            SendRequest(chatID: chat, content: .text(OutgoingText("Hello from OpenWA!")), identity: identity),
            session: Self.session)
    }

    private func show(_ name: String) async throws {
        _ = try await world.gateway.createSession(name: name)
        _ = try await world.gateway.startSession(name)
        _ = try #require(await world.gateway.waitForSession(name) { $0 == .qrReady })
    }

    private func link(_ name: String, to number: String) async throws {
        try await world.drive { try $0.addPhone(number) }
        try await show(name)
        let code = try world.gateway.qr(of: name).text
        try await world.drive { try $0.scan(code, by: number) }
        _ = try #require(await world.gateway.waitForSession(name) { $0 == .ready })
    }
}
