import Gateway
import Hummingbird

/// One message, its way and what became of it. Ours, in addition to the contract's.
struct MessageReadingRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/messages/:chatId/history", .key(atLeast: .viewer),
            Operation(
                .messages, "Read a chat's history",
                details: "Its newest messages as they are stored, oldest first; with `deep=true` up to 2000, without files.",
                query: [
                    .limit(100), QueryParameter("includeMedia", .boolean), QueryParameter("deep", .boolean),
                ],
                answers: .list(HistoryMessageModel.self), errors: [.sessionNotStarted, .invalidChatID],
                examples: [Example(query: "limit=20")])
        ) { call in
            let isDeep = call.query.flag("deep")
            let limit = min(max(call.query.integer("limit") ?? 50, 1), isDeep ? 2000 : 100)
            let messages = try await call.gateway.history(
                of: try call.parameter("chatId"), limit: limit,
                includesMedia: !isDeep && call.query.flag("includeMedia"), session: try call.session)
            return .list(messages.map(HistoryMessageModel.init))
        }
        routes.get(
            "sessions/:sessionId/messages/:chatId/:messageId", .key(atLeast: .viewer),
            Operation(
                .messages, "Read a message",
                details: """
                    With its timeline: when it was accepted, encrypted and taken by WhatsApp, and what each device of each \
                    recipient said of it. In a group its status is that of whoever is furthest.
                    """,
                answers: .ok(MessageDetailsModel.self), errors: [.sessionNotFound, .messageNotFound, .invalidChatID])
        ) { call in
            let details = try await call.gateway.message(
                try call.parameter("messageId"), in: try call.parameter("chatId"), session: try call.session)
            return .ok(MessageDetailsModel(details: details))
        }
        routes.get(
            "sessions/:sessionId/messages/:chatId/:messageId/votes", .key(atLeast: .viewer),
            Operation(
                .messages, "Read a poll's votes", details: "Each option with those who chose it.",
                answers: .ok(PollTallyModel.self), errors: [.sessionNotFound, .messageNotFound, .invalidChatID])
        ) { call in
            let tally = try await call.gateway.votes(
                for: try call.parameter("messageId"), in: try call.parameter("chatId"), session: try call.session)
            return .ok(PollTallyModel(tally: tally))
        }
    }
}
