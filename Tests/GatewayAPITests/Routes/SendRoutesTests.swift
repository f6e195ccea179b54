import Hummingbird
import StrictJSON
import Testing

@testable import Gateway
@testable import GatewayAPI

/// What the send routes refuse before anything is sent.
struct SendRoutesTests {
    private static let chat = #""chatId":"6281234567890@c.us""#

    @Test(
        "An empty body is told every field in the contract's order",
        arguments: [
            (
                "reply",
                [
                    "chatId should not be empty", "chatId must be a string", "quotedMessageId should not be empty",
                    "quotedMessageId must be a string", "text must be shorter than or equal to 4096 characters",
                    "text should not be empty", "text must be a string",
                ]
            ),
            (
                "forward",
                [
                    "fromChatId should not be empty", "fromChatId must be a string", "toChatId should not be empty",
                    "toChatId must be a string", "messageId should not be empty", "messageId must be a string",
                ]
            ),
            (
                "send-location",
                [
                    "chatId should not be empty", "chatId must be a string",
                    "latitude must be a latitude string or number", "longitude must be a longitude string or number",
                ]
            ),
            (
                "send-contact",
                [
                    "chatId should not be empty", "chatId must be a string",
                    "contactName must be shorter than or equal to 255 characters", "contactName should not be empty",
                    "contactName must be a string", "contactNumber must be shorter than or equal to 30 characters",
                    "contactNumber should not be empty", "contactNumber must be a string",
                ]
            ),
            (
                "react",
                [
                    "chatId should not be empty", "chatId must be a string", "messageId should not be empty",
                    "messageId must be a string", "emoji must be shorter than or equal to 32 characters",
                    "emoji must be a string",
                ]
            ),
            (
                "delete",
                [
                    "chatId should not be empty", "chatId must be a string", "messageId should not be empty",
                    "messageId must be a string",
                ]
            ),
            (
                "edit",
                [
                    "chatId should not be empty", "chatId must be a string", "messageId should not be empty",
                    "messageId must be a string", "body must be shorter than or equal to 4096 characters",
                    "body should not be empty", "body must be a string",
                ]
            ),
            ("send-template", ["chatId should not be empty", "chatId must be a string"]),
            ("send-bulk", ["messages must contain no more than 100 elements", "messages must be an array"]),
        ])
    func emptyBodies(route: String, texts: [String]) async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.post("/api/sessions/nope/messages/\(route)", "{}")
            #expect(answer.status == 400)
            #expect(answer.message == texts)
        }
    }

    @Test(
        "Bad values are refused naming the field, good ones come as far as the session",
        arguments: [
            ("send-text", #"{"chatId":"hello","text":"x"}"#, "chatId must be a phone number with country code or a WhatsApp id such as 6281234567890@c.us"),
            ("send-text", #"{\#(chat),"text":"x","linkPreview":false,"customLinkPreview":{"url":"https://a.example","title":"t"}}"#, "linkPreview: false cannot be combined with customLinkPreview"),
            ("send-text", #"{\#(chat),"text":"x","customLinkPreview":{"url":"https://a.example"}}"#, "customLinkPreview.title must be shorter than or equal to 256 characters"),
            ("send-text", #"{\#(chat),"text":"x","quotedMessageId":""}"#, "quotedMessageId should not be empty"),
            ("send-location", #"{\#(chat),"latitude":91,"longitude":0}"#, "latitude must be a latitude string or number"),
            ("send-location", #"{\#(chat),"latitude":"1.5","longitude":"-181"}"#, "longitude must be a longitude string or number"),
            ("send-contact", #"{\#(chat),"contactName":"John","contactNumber":"abc"}"#, "contactNumber must be a phone number with country code"),
            ("send-poll", #"{\#(chat),"name":"?","options":["one"]}"#, "options must contain at least 2 elements"),
            ("send-poll", #"{\#(chat),"name":"?","options":["one",""]}"#, "each value in options should not be empty"),
            ("send-template", #"{\#(chat)}"#, "Either templateId or templateName must be provided"),
            ("send-template", #"{\#(chat),"templateName":"a","vars":{"x":1}}"#, "each value in vars must be a string"),
            ("react", #"{\#(chat),"messageId":"x","emoji":"👍","foo":1}"#, "property foo should not exist"),
            ("delete", #"{\#(chat),"messageId":"x","forEveryone":"false"}"#, "forEveryone must be a boolean value"),
            ("send-location", #"{\#(chat),"latitude":-6.2088,"longitude":106.8456,"description":"Jakarta"}"#, inactive),
            ("send-contact", #"{"chatId":"+62 812-3456-7890","contactName":"John Doe","contactNumber":"+62 898 765 4321"}"#, inactive),
            ("send-poll", #"{\#(chat),"name":"?","options":["one","two"],"allowMultipleAnswers":true}"#, inactive),
            ("reply", #"{\#(chat),"quotedMessageId":"x","text":"y"}"#, inactive),
            ("forward", #"{"fromChatId":"6281234567890","toChatId":"628111111111@s.whatsapp.net","messageId":"x"}"#, inactive),
            ("react", #"{\#(chat),"messageId":"x","emoji":""}"#, inactive),
            ("delete", #"{\#(chat),"messageId":"x","forEveryone":false}"#, inactive),
            ("edit", #"{\#(chat),"messageId":"x","body":"y"}"#, inactive),
            ("send-template", #"{\#(chat),"templateName":"welcome"}"#, inactive),
            ("send-bulk", #"{"messages":[]}"#, inactive),
        ])
    func values(route: String, body: String, text: String) async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.post("/api/sessions/nope/messages/\(route)", body)
            #expect(answer.status == 400)
            #expect(answer.message.first == text)
        }
    }

    private static let inactive = "Session 'nope' is not active. Start the session first."

    @Test(
        "Bulk items are judged by their type, with the place of each in the text",
        arguments: [
            (
                #"[{"chatId":"628111111111@c.us","type":"carrier","content":{}}]"#,
                "messages.0.type must be one of the following values: text, image, video, audio, document, sticker, "
                    + "location, contact, poll, template"
            ),
            (#"[{"chatId":"x","type":"text","content":{"text":"y"}}]"#, "messages.0.chatId must be a phone number with country code or a WhatsApp id such as 6281234567890@c.us"),
            (#"[{"chatId":"628111111111@c.us","type":"text","content":{}}]"#, "messages.0.content.text should not be empty"),
            (#"[{"chatId":"628111111111@c.us","type":"text","content":{"text":"x","extra":1}}]"#, "messages.0.content.property extra should not exist"),
            (#"[{"chatId":"628111111111@c.us","type":"location","content":{"location":{"latitude":1}}}]"#, "messages.0.content.location.longitude must be a longitude string or number"),
            (#"[{"chatId":"628111111111@c.us","type":"template","content":{"template":{}}}]"#, "messages.0.content.template must have either templateId or templateName"),
            (#"[{"chatId":"628111111111@c.us","type":"text","content":{"text":"x"},"variables":{"a":1}}]"#, "messages.0.each value in variables must be a string"),
            ("[3]", "messages.each value in nested property messages must be either object or array"),
        ])
    func bulk(messages: String, text: String) async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.post(
                "/api/sessions/nope/messages/send-bulk", #"{"messages":\#(messages)}"#)
            #expect(answer.status == 400)
            #expect(answer.message.first == text)
            let options = #"{"messages":[],"options":{"delayBetweenMessages":999}}"#
            let pace = try await caller.post("/api/sessions/nope/messages/send-bulk", options)
            #expect(pace.message == ["options.delayBetweenMessages must not be less than 1000"])
        }
    }

    @Test(
        "What placeholders of a bulk item become is judged like what is sent to one",
        arguments: [
            ("text", #"{"text":"{{a}}{{a}}{{a}}"}"#, 30_000, "messages.0.content.text must be shorter than or equal to 65536 characters"),
            ("text", #"{"text":"{{a}}"}"#, 0, "messages.0.content.text should not be empty"),
            (
                "poll", #"{"poll":{"name":"?","options":["one","{{a}}"]}}"#, 101,
                "messages.0.content.poll.each value in options must be shorter than or equal to 100 characters"
            ),
            (
                "contact", #"{"contact":{"contactName":"{{a}}","contactNumber":"628111111111"}}"#, 256,
                "messages.0.content.contact.contactName must be shorter than or equal to 255 characters"
            ),
            (
                "contact", #"{"contact":{"contactName":"{{a}}","contactNumber":"628111111111"}}"#, 0,
                "messages.0.content.contact.contactName should not be empty"
            ),
            (
                "location", #"{"location":{"latitude":1,"longitude":1,"address":"{{a}}"}}"#, 1_025,
                "messages.0.content.location.address must be shorter than or equal to 1024 characters"
            ),
            (
                "document", #"{"document":{"url":"https://example.com/a","filename":"{{a}}"}}"#, 256,
                "messages.0.content.document.filename must be shorter than or equal to 255 characters"
            ),
            (
                "image", #"{"image":{"url":"https://example.com/a"},"caption":"{{a}}{{a}}"}"#, 40_000,
                "messages.0.content.caption must be shorter than or equal to 65536 characters"
            ),
            ("image", #"{"image":{"url":"{{a}}"}}"#, 3, "messages.0.content.image.url must be a URL address"),
        ])
    func filledBulk(type: String, content: String, length: Int, text: String) async throws {
        try await withRoutes { caller, _ in
            let item = { (count: Int) in
                let value = String(repeating: "x", count: count)
                return #"{"chatId":"628111111111@c.us","type":"\#(type)","content":\#(content),"variables":{"a":"\#(value)"}}"#
            }
            let path = "/api/sessions/nope/messages/send-bulk"
            #expect(try await caller.post(path, #"{"messages":[\#(item(length))]}"#).message == [text])
            guard length > 3 else { return }
            let good = try await caller.post(path, #"{"messages":[\#(item(length / 2))]}"#)
            #expect(good["code"] == .string("SESSION_NOT_ACTIVE"))
        }
    }

    @Test("The headers that make a request one and the same have their form")
    func headers() async throws {
        try await withRoutes { caller, _ in
            let path = "/api/sessions/nope/messages/send-text"
            let body = #"{\#(Self.chat),"text":"x"}"#
            for bad in ["", "with space", String(repeating: "k", count: 256)] {
                let answer = try await caller.post(path, body, [.idempotencyKey: bad])
                #expect(answer["code"] == .string("IDEMPOTENCY_KEY_INVALID"))
                #expect(answer.message == ["Idempotency-Key must be one value of 1-255 visible ASCII characters."])
            }
            var twice = HTTPFields()
            twice[values: .idempotencyKey] = ["a", "b"]
            #expect(try await caller.post(path, body, twice)["code"] == .string("IDEMPOTENCY_KEY_INVALID"))
            for bad in ["3EB0", "3eb0ffffff", String(repeating: "A", count: 65)] {
                let answer = try await caller.post(path, body, [.openWAMessageID: bad])
                #expect(answer["code"] == .string("MESSAGE_ID_INVALID"))
            }
            let good = try await caller.post(path, body, [.idempotencyKey: "k-1", .openWAMessageID: "3EB0FFFF"])
            #expect(good["code"] == .string("SESSION_NOT_ACTIVE"))
        }
    }

    @Test("Two ways to write the same body are one request, two bodies are two")
    func canonical() throws {
        func bytes(_ text: String) throws -> [UInt8] {
            guard case .object(let object) = try JSONReader.read(Array(text.utf8)) else { return [] }
            return CanonicalJSON.bytes(of: FieldValues(object))
        }
        let one = try bytes(#"{"b":[1,{"y":null,"x":2}],"a":"é"}"#)
        #expect(one == (try bytes(#"{ "a":"\u00e9", "c":null, "b":[1.0, {"x":2e0}] }"#)))
        #expect(one != (try bytes(#"{"b":[{"x":2},1],"a":"é"}"#)))
    }

    @Test("Unknown batches are not found, by status and by cancel")
    func unknownBatch() async throws {
        try await withRoutes { caller, fixture in
            _ = try await fixture.gateway.createSession(name: "my-session")
            let path = "/api/sessions/my-session/messages/batch/batch_00000000"
            for answer in [try await caller.get(path), try await caller.post(path + "/cancel")] {
                #expect(answer.status == 404)
                #expect(answer.message == ["Batch 'batch_00000000' not found"])
            }
            #expect(try await caller.get("/api/sessions/x/messages/6281234567890@c.us/3A01/reactions").text == "[]")
        }
    }
}

struct TemplateRoutesTests {
    @Test("A template is made, read, changed, listed and deleted")
    func life() async throws {
        try await withRoutes { caller, fixture in
            let session = try await fixture.gateway.createSession(name: "my-session")
            let base = "/api/sessions/my-session/templates"
            let made = try await caller.post(base, #"{"name":"welcome","body":"Hi {{name}}","footer":"Bye"}"#)
            #expect(made.status == 201)
            #expect(
                made.names == ["id", "sessionId", "name", "body", "header", "footer", "createdAt", "updatedAt"])
            #expect(made["sessionId"] == .string(session.id))
            #expect(made["header"] == .null)
            let id = try #require(made["id"]?.string)
            #expect(try await caller.post(base, #"{"name":"welcome","body":"x"}"#).status == 409)

            let changed = try await caller.call(.put, "\(base)/\(id)", body: #"{"header":"Hello","footer":null}"#)
            #expect(changed.status == 200)
            #expect(changed["header"] == .string("Hello"))
            #expect(changed["footer"] == .null)
            #expect(changed["body"] == .string("Hi {{name}}"))
            let nameless = try await caller.call(.put, "\(base)/\(id)", body: #"{"name":null}"#)
            #expect(nameless.status == 400)
            #expect(nameless.message.contains("name must be a string"))

            #expect(try await caller.get(base).elements.count == 1)
            #expect(try await caller.get("\(base)/\(id)")["id"] == .string(id))
            #expect(try await caller.call(.delete, "\(base)/\(id)").status == 204)
            let gone = try await caller.get("\(base)/\(id)")
            #expect(gone.status == 404)
            #expect(gone.message == ["Template with id '\(id)' not found"])
            #expect(try await caller.call(.delete, "\(base)/\(id)").status == 404)
        }
    }

    @Test("Templates need their session, an operator, and fields within their limits")
    func refusals() async throws {
        try await withRoutes { caller, fixture in
            #expect(try await caller.get("/api/sessions/nope/templates").text == "[]")
            let body = #"{"name":"a","body":"b"}"#
            #expect(try await caller.post("/api/sessions/nope/templates", body).status == 404)
            let viewer = try await fixture.addKey(.viewer)
            #expect(try await caller.with(key: viewer).get("/api/sessions/nope/templates").status == 403)
            let answer = try await caller.post("/api/sessions/nope/templates", #"{"header":5}"#)
            #expect(
                answer.message == [
                    "name must be shorter than or equal to 100 characters", "name should not be empty",
                    "name must be a string", "body must be shorter than or equal to 4096 characters",
                    "body should not be empty", "body must be a string",
                    "header must be shorter than or equal to 1024 characters", "header must be a string",
                ])
        }
    }
}
