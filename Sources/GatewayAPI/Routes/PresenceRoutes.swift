import Gateway
import Hummingbird
import StrictJSON

/// Who is online and who types; calls that ring; what the account shows of itself (contract 4 and 20 of the rest half).
struct PresenceRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.post(
            "sessions/:sessionId/chats/typing", .key(atLeast: .operator),
            Operation(
                .chats, "Show that we type", details: "`typing`, `recording`, or `paused`.", body: TypingBody.self,
                answers: .ok(SuccessModel.self), errors: [.invalidChatID] + Self.errors,
                examples: [Example(body: #"{"chatId":"6281234567890@c.us","state":"typing"}"#)])
        ) { call in
            let body: TypingBody = try call.body()
            try await call.gateway.setTyping(body.state, in: body.chatID, session: try call.session)
            return .ok(SuccessModel(success: true))
        }
        routes.post(
            "sessions/:sessionId/presence/subscribe", .key(atLeast: .operator),
            Operation(
                .chats, "Ask to be told of a presence",
                details: "Until the session is stopped. It shows the session online: WhatsApp tells it to nobody else.",
                body: SubscribePresenceBody.self, answers: .ok(SuccessModel.self), errors: [.invalidChatID] + Self.errors,
                examples: [Example(body: #"{"chatId":"6281234567890@c.us"}"#)])
        ) { call in
            let body: SubscribePresenceBody = try call.body()
            try await call.gateway.subscribePresence(of: body.chatID, session: try call.session)
            return .ok(SuccessModel(success: true))
        }
        routes.get(
            "sessions/:sessionId/presence/:chatId", .key(atLeast: .viewer),
            Operation(
                .chats, "Read a presence", details: "What was last observed in a chat; `null` for nothing.",
                answers: .ok(ChatPresenceModel.self), errors: [.invalidChatID, .sessionNotStarted, .sessionNotConnected])
        ) { call in
            let presence = try await call.gateway.presence(
                in: try call.parameter("chatId"), session: try call.session)
            return .ok(ChatPresenceModel(presence: presence))
        }
        routes.put(
            "sessions/:sessionId/presence", .key(atLeast: .operator),
            Operation(
                .chats, "Show the session online or offline", body: OnlinePresenceBody.self,
                answers: .ok(SuccessModel.self), errors: Self.errors, examples: [Example(body: #"{"available":true}"#)])
        ) { call in
            let body: OnlinePresenceBody = try call.body()
            try await call.gateway.setPresence(isAvailable: body.isAvailable, session: try call.session)
            return .ok(SuccessModel(success: true))
        }
        routes.post(
            "sessions/:sessionId/calls/:callId/reject", .key(atLeast: .operator),
            Operation(
                .chats, "Reject a call", details: "While it rings.", answers: .ok(SuccessModel.self),
                errors: [.callNotFound] + Self.errors, examples: [])
        ) { call in
            try await call.gateway.rejectCall(try call.parameter("callId"), session: try call.session)
            return .ok(SuccessModel(success: true))
        }
        addProfile(to: routes)
    }

    private func addProfile(to routes: APIRoutes) {
        routes.put(
            "sessions/:sessionId/profile/name", .key(atLeast: .operator),
            Operation(
                .sessions, "Set the account's name", body: ProfileNameBody.self, answers: .ok(SuccessModel.self),
                errors: Self.errors, examples: [Example(body: #"{"name":"Depot"}"#)])
        ) { call in
            let body: ProfileNameBody = try call.body()
            try await call.gateway.setProfileName(body.name, session: try call.session)
            return .ok(SuccessModel(success: true, message: "Profile name updated"))
        }
        routes.put(
            "sessions/:sessionId/profile/status", .key(atLeast: .operator),
            Operation(
                .sessions, "Set what the account says about itself", details: "Empty for nothing.",
                body: ProfileStatusBody.self, answers: .ok(SuccessModel.self), errors: Self.errors,
                examples: [Example(body: #"{"status":"Open from 9 to 5"}"#)])
        ) { call in
            let body: ProfileStatusBody = try call.body()
            try await call.gateway.setProfileStatus(body.status, session: try call.session)
            return .ok(SuccessModel(success: true, message: "Profile status updated"))
        }
        routes.delete(
            "sessions/:sessionId/profile/picture", .key(atLeast: .operator),
            Operation(
                .sessions, "Remove the account's picture", answers: .ok(SuccessModel.self), errors: Self.errors,
                examples: [])
        ) { call in
            try await call.gateway.removeProfilePicture(session: try call.session)
            return .ok(SuccessModel(success: true, message: "Profile picture removed"))
        }
    }

    private static let errors: [ErrorCode] = [.sessionNotStarted, .sessionNotConnected, .operationRefused, .noAnswer]
}
