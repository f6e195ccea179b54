import Gateway
import Hummingbird

/// Messages of a session: sent, and read back as they are stored (contract 3).
struct MessageRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.post(
            "sessions/:sessionId/messages/send-text", .key(atLeast: .operator),
            .send(
                "Send a text", body: SendTextBody.self,
                examples: [
                    Example("Hello", body: #"{"chatId":"6281234567890@c.us","text":"Hello from OpenWA!"}"#)
                ])
        ) { call in
            let body: SendTextBody = try call.body()
            return try await call.send(.text(OutgoingText(body.text, mentions: body.mentions)), to: body.chatID)
        }
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
}

extension APICall {
    /// Sends one message and answers 201 once it cannot be lost any more (architecture decision 3).
    ///
    /// `X-OpenWA-Ack` says whether WhatsApp has it already. `Prefer: respond-async` skips waiting for that.
    func send(
        _ content: OutgoingMessage, to chatID: String, quoting quotedMessageID: String? = nil
    ) async throws -> APIReply {
        let isAsync = prefersAsync
        let result = try await gateway.send(
            SendRequest(chatID: chatID, content: content, quotedMessageID: quotedMessageID), session: session,
            waiting: isAsync ? .none : .configured)
        var reply = APIReply.created(SentModel(result: result))
        reply.headers[.openWAAck] = result.acknowledged ? "server" : "pending"
        if isAsync { reply.headers[.preferenceApplied] = "respond-async" }
        return reply
    }

    /// RFC 7240: a list of preferences, each with optional parameters.
    private var prefersAsync: Bool {
        guard let prefer = headers[.prefer] else { return false }
        return prefer.split(separator: ",").contains { preference in
            let name = preference.split(separator: ";", maxSplits: 1).first ?? ""
            return name.filter { $0 != " " && $0 != "\t" }.lowercased() == "respond-async"
        }
    }
}
