import Gateway
import StrictJSON
import TestSupport
import Testing
import WACrypto
import WASimulator

/// From a phone to an endpoint, through everything.
@Suite("Webhooks, from phone to endpoint")
struct WebhookTests {
    private static let secret = "a plain secret, long enough"

    @Test("What phones say and do arrives, signed, as it was stored; and what we send, once WhatsApp has it")
    func arrives() async throws {
        try await WebhookCatcher.catching { catcher in
            try await withWorld(seed: 71) { world in
                var draft = WebhookDraft()
                draft.url = catcher.url()
                draft.events = ["*"]
                draft.secret = Self.secret
                draft.ordering = .chat
                _ = try await world.gateway.createWebhook(draft, in: World.session)

                let heard = try await world.hear("Selamat pagi ☀️", from: World.peers[0])
                let received = try await event("message.received", catcher)
                #expect(received["id"]?.string == heard.waMessageID)
                #expect(received["body"]?.string == heard.body)
                #expect(received["chatId"]?.string == heard.chatID)
                #expect(received["timestamp"] == .number(.integer(heard.timestampSeconds)))

                let sent = try await world.send("Pagi!", to: World.peers[0])
                let told = try await event("message.sent", catcher)
                #expect(told["id"]?.string == sent.messageID)
                #expect(told["body"]?.string == "Pagi!")
                let ack = try await event("message.ack", catcher)
                #expect(ack["messageId"]?.string == sent.messageID)

                for request in catcher.requests {
                    let code = HMAC.sha256(key: Array(Self.secret.utf8), request.body)
                    let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                    #expect(request["X-OpenWA-Signature"] == "sha256=\(hex)")
                    #expect(request["webhook-id"]?.hasPrefix("evt_") == true)
                }
            }
        }
    }

    /// The data of the first event of this name.
    private func event(_ name: String, _ catcher: WebhookCatcher) async throws -> JSONObject {
        var count = 1
        while true {
            let requests = try await catcher.wait(for: count)
            for request in requests where request["X-OpenWA-Event"] == name {
                guard case .object(let body) = try JSONReader.read(request.body), case .object(let data)? = body["data"]
                else { continue }
                return data
            }
            count = requests.count + 1
        }
    }
}
