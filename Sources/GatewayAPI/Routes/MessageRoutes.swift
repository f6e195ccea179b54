import Gateway
import Hummingbird

/// Messages of a session: sent, and read back as they are stored (contract 3).
struct MessageRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        addTexts(to: routes)
        addStructured(to: routes)
        routes.get(
            "sessions/:sessionId/messages", .key(atLeast: .viewer),
            Operation(
                .messages, "List messages", details: "Those sent and received, as they are stored, newest first.",
                query: MessageQuery.parameters, answers: .ok(MessagePageModel.self),
                errors: [.sessionNotFound, .unknownCursor], examples: [Example(query: "limit=20&direction=outgoing")])
        ) { call in
            let query = try MessageQuery(session: try call.session, reading: call.query)
            return .ok(MessagePageModel(page: try await call.gateway.messages(query)))
        }
    }

    private func addTexts(to routes: APIRoutes) {
        routes.send(
            "send-text", "Send a text", errors: [.messageNotFound],
            examples: [Example("Hello", body: #"{"chatId":"6281234567890@c.us","text":"Hello from OpenWA!"}"#)]
        ) { (call: APICall, body: SendTextBody, terms: SendTerms) in
            guard body.linkPreview != false || body.customLinkPreview == nil else {
                throw APIError.contradictoryBody("linkPreview: false cannot be combined with customLinkPreview")
            }
            let text = OutgoingText(body.text, mentions: body.mentions, preview: body.customLinkPreview)
            let request = SendRequest(
                chatID: body.chatID, content: .text(text), quotedMessageID: body.quotedMessageID,
                fetchesLinkPreview: body.linkPreview == true, identity: terms.identity)
            return try await call.gateway.send(request, session: call.session, waiting: terms.wait)
        }
        routes.send(
            "reply", "Answer a message", details: "The answer quotes it; it must be in the same chat.",
            errors: [.messageNotFound], examples: [.about("quotedMessageId", more: #","text":"Yes, we are open.""#)]
        ) { (call: APICall, body: ReplyBody, terms: SendTerms) in
            let request = SendRequest(
                chatID: body.chatID, content: .text(body.text), quotedMessageID: body.quotedMessageID,
                quotesSameChatOnly: true, identity: terms.identity)
            return try await call.gateway.send(request, session: call.session, waiting: terms.wait)
        }
        routes.send(
            "forward", "Send a message on",
            details: "A message sent or received before, with its file by reference and marked as forwarded.",
            errors: [.messageNotFound, .notForwardable],
            examples: [
                Example(
                    body: #"{"fromChatId":"6281234567890@c.us","toChatId":"628111111111@c.us","messageId":"\#(Example.messageID)"}"#)
            ]
        ) { (call: APICall, body: ForwardBody, terms: SendTerms) in
            try await call.gateway.forward(
                body.messageID, from: body.fromChatID, to: body.toChatID, identity: terms.identity,
                session: call.session, waiting: terms.wait)
        }
        routes.send(
            "send-template", "Send a template", details: "Its placeholders filled from `vars`.",
            errors: [.templateNotFound, .renderedTextTooLong],
            examples: [
                Example(
                    body: #"{"chatId":"6281234567890@c.us","templateName":"welcome","vars":{"name":"Alice"}}"#)
            ]
        ) { (call: APICall, body: SendTemplateBody, terms: SendTerms) in
            guard let template = body.template else {
                throw APIError.contradictoryBody("Either templateId or templateName must be provided")
            }
            return try await call.gateway.sendTemplate(
                template, body.variables, mentions: body.mentions,
                fetchesLinkPreview: body.linkPreview == true, to: body.chatID, identity: terms.identity,
                session: call.session, waiting: terms.wait)
        }
    }

    private func addStructured(to routes: APIRoutes) {
        routes.send(
            "send-location", "Send a place", errors: [.messageNotFound],
            examples: [
                Example(
                    "Jakarta",
                    body: #"""
                        {"chatId":"6281234567890@c.us","latitude":-6.2088,"longitude":106.8456,
                         "description":"Jakarta","address":"Central Jakarta"}
                        """#)
            ]
        ) { (call: APICall, body: SendLocationBody, terms: SendTerms) in
            try await call.send(.location(body.location), to: body.chatID, quoting: body.quotedMessageID, terms)
        }
        routes.send(
            "send-contact", "Send a contact card", errors: [.messageNotFound],
            examples: [
                Example(
                    body: #"{"chatId":"6281234567890@c.us","contactName":"John Doe","contactNumber":"628987654321"}"#)
            ]
        ) { (call: APICall, body: SendContactBody, terms: SendTerms) in
            try await call.send(.contact(body.contact), to: body.chatID, quoting: body.quotedMessageID, terms)
        }
        routes.send(
            "send-poll", "Ask a question with answers to choose from", errors: [.messageNotFound],
            examples: [
                Example(body: #"{"chatId":"6281234567890@c.us","name":"Tea or coffee?","options":["Tea","Coffee"]}"#)
            ]
        ) { (call: APICall, body: SendPollBody, terms: SendTerms) in
            try await call.send(.poll(body.poll), to: body.chatID, quoting: body.quotedMessageID, terms)
        }
    }
}

extension Example {
    /// The message that the documentation's examples are about.
    static let messageID = "true_6281234567890@c.us_3EB0ABCD01234567"

    /// A body that names that message.
    static func about(_ field: String = "messageId", _ title: String = "Example", more: String) -> Example {
        Example(title, body: #"{"chatId":"6281234567890@c.us","\#(field)":"\#(messageID)"\#(more)}"#)
    }
}
