import Gateway
import Hummingbird

/// Chats of a session.
struct ChatRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.post("sessions/:sessionId/chats/read", .key(atLeast: .operator)) { call in
            let body: MarkReadBody = try call.body()
            let success = try await call.gateway.markRead(
                chatID: body.chatID, messageIDs: body.messageIDs, session: try call.session)
            return .ok(SuccessModel(success: success))
        }
    }
}
