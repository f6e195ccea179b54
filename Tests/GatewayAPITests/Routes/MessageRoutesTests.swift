import StrictJSON
import Testing

@testable import Gateway
@testable import GatewayAPI

/// What can be said of messages without WhatsApp; sends that arrive are tested end to end.
struct MessageRoutesTests {
    private static let body = #"{"chatId":"6281234567890@c.us","text":"Hello from OpenWA!"}"#

    @Test("A send from an unknown or never started session is the seed's 400, by id and by name")
    func inactive() async throws {
        try await withRoutes { caller, fixture in
            let session = try await fixture.gateway.createSession(name: "my-session")
            for given in ["nope", "my-session", session.id] {
                let answer = try await caller.post("/api/sessions/\(given)/messages/send-text", Self.body)
                #expect(answer.status == 400)
                #expect(answer.message == ["Session '\(given)' is not active. Start the session first."])
                #expect(answer["error"] == .string("Bad Request"))
            }
        }
    }

    @Test("Validation comes before the session is looked at")
    func validationFirst() async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.post("/api/sessions/nope/messages/send-text", "{}")
            #expect(
                answer.message == [
                    "chatId should not be empty", "chatId must be a string",
                    "text must be shorter than or equal to 4096 characters", "text should not be empty",
                    "text must be a string",
                ])
        }
    }

    @Test("An unknown session has no messages, and filters are still checked")
    func messages() async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.get("/api/sessions/nope/messages?chatId=6281234567890@c.us&limit=5")
            #expect(answer.status == 200)
            #expect(answer.text == #"{"messages":[],"total":0}"#)
            let refused = try await caller.get("/api/sessions/nope/messages?direction=both")
            #expect(refused.status == 400)
            #expect(refused.message == ["direction must be incoming or outgoing"])
        }
    }

    @Test("A stored message has the contract's members")
    func model() throws {
        let record = MessageRecord(
            id: "row", sessionID: "s", waMessageID: "true_4915112345678@c.us_3EB0A1", chatID: "4915112345678@c.us",
            chatName: nil, author: nil, from: "4915100000001", to: "4915112345678@c.us", body: "left \"depot\"",
            type: "text", direction: .outgoing, timestampSeconds: 1_782_379_260, metadataJSON: #"{"a":1}"#,
            status: .delivered, createdAtMilliseconds: 1_782_379_260_000)
        let page = MessagePageModel(page: MessagePage(messages: [record], total: 7))
        #expect(
            String(decoding: JSONWriter.bytes(of: page), as: UTF8.self)
                == #"{"messages":[{"id":"row","sessionId":"s","waMessageId":"true_4915112345678@c.us_3EB0A1","#
                + #""chatId":"4915112345678@c.us","chatName":null,"author":null,"from":"4915100000001","#
                + #""to":"4915112345678@c.us","body":"left \"depot\"","type":"text","direction":"outgoing","#
                + #""timestamp":1782379260,"metadata":{"a":1},"status":"delivered","#
                + #""createdAt":"2026-06-25T09:21:00.000Z","mediaPath":null,"mediaMimetype":null}],"total":7}"#)
        var withFile = record
        (withFile.mediaMimetype, withFile.isMediaStored) = ("image/jpeg", true)
        #expect(
            String(decoding: JSONWriter.bytes(of: MessageModel(message: withFile)), as: UTF8.self).hasSuffix(
                #","mediaPath":"/api/sessions/s/messages/4915112345678@c.us/true_4915112345678@c.us_3EB0A1/media","#
                    + #""mediaMimetype":"image/jpeg"}"#))
    }
}

struct ChatAndContactRoutesTests {
    @Test("Marking read checks its fields, then the session")
    func markRead() async throws {
        try await withRoutes { caller, _ in
            let path = "/api/sessions/nope/chats/read"
            #expect(
                try await caller.post(path, #"{"chatId":"no at","messageIds":[]}"#).message == [
                    #"chatId must match /^[^\s@]+@[^\s@]+$/ regular expression"#,
                    "messageIds must contain at least 1 elements",
                ])
            let answer = try await caller.post(path, #"{"chatId":"6281234567890@c.us"}"#)
            #expect(answer.status == 400)
            #expect(answer.message == ["Session is not started"])
        }
    }

    @Test("Checking a number needs an operator and a started session")
    func check() async throws {
        try await withRoutes { caller, fixture in
            let path = "/api/sessions/nope/contacts/check/6281234567890"
            let viewer = try await fixture.addKey(.viewer)
            #expect(try await caller.with(key: viewer).get(path).status == 403)
            let answer = try await caller.get(path)
            #expect(answer.status == 400)
            #expect(answer.message == ["Session is not started"])
        }
    }
}
