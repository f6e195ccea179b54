import Gateway
import Hummingbird

/// Chats of a session.
struct ChatRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.post(
            "sessions/:sessionId/chats/read", .key(atLeast: .operator),
            Operation(
                .chats, "Mark as read", details: "A whole chat, or some of its messages. The other side sees it.",
                body: MarkReadBody.self, answers: .ok(SuccessModel.self),
                errors: [.invalidChatID, .sessionNotStarted, .sessionNotConnected, .noAnswer],
                examples: [Example(body: #"{"chatId":"6281234567890@c.us"}"#)])
        ) { call in
            let body: MarkReadBody = try call.body()
            let success = try await call.gateway.markRead(
                chatID: body.chatID, messageIDs: body.messageIDs, session: try call.session)
            return .ok(SuccessModel(success: success))
        }
    }
}
