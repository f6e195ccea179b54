import Gateway
import Hummingbird

/// Chats of a session (contract 4 of the rest half).
struct ChatRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/chats", .key(atLeast: .viewer),
            Operation(
                .chats, "List the chats", details: "The one with the newest message first.",
                query: [.limit(1000), .offset], answers: .list(ChatModel.self),
                errors: [.sessionNotStarted, .sessionNotConnected])
        ) { call in
            let page = PageRange(reading: call.query)
            let chats = try await call.gateway.chats(
                limit: page.limit, offset: page.offset, session: try call.session)
            return .list(chats.map(ChatModel.init))
        }
        routes.chat(
            "read", "Mark as read", details: "A whole chat, or some of its messages. The other side sees it.",
            more: [], { (body: MarkReadBody) in .read(chatID: body.chatID, messageIDs: body.messageIDs) })
        routes.chat(
            "unread", "Mark as unread", details: "On the devices of this account; nobody else sees it.", more: [],
            { (body: ChatBody) in .change(.markUnread, chatID: body.chatID) })
        routes.chat(
            "archive", "Archive a chat, or bring it back", details: "An archived chat is no longer pinned.",
            more: [("archive", "true")], { (body: ArchiveChatBody) in .change(.archive(body.isArchived), chatID: body.chatID) })
        routes.chat(
            "pin", "Pin a chat, or loosen it", details: "At most three are pinned; for a fourth `success` is false.",
            more: [("pin", "true")], { (body: PinChatBody) in .change(.pin(body.isPinned), chatID: body.chatID) })
        routes.chat(
            "mute", "Mute a chat", details: "Until `muteUntil`, Unix milliseconds; `null` lets it ring again.",
            more: [("muteUntil", "4102444800000")],
            { (body: MuteChatBody) in .change(.mute(untilMilliseconds: body.until), chatID: body.chatID) })
        routes.chat(
            "delete", "Delete a chat", details: "On the devices of this account, with its messages; here too.",
            more: [], { (body: ChatBody) in .change(.delete, chatID: body.chatID) })
        routes.delete(
            "sessions/:sessionId/chats/:chatId/messages", .key(atLeast: .operator),
            Operation(
                .chats, "Clear a chat", details: "Its messages go on the devices of this account and here; the chat stays.",
                answers: .ok(SuccessModel.self), errors: Self.errors)
        ) { call in
            let success = try await call.gateway.perform(
                .clear, chatID: try call.parameter("chatId"), session: try call.session)
            return .ok(SuccessModel(success: success))
        }
    }

    fileprivate static let errors: [ErrorCode] = [
        .invalidChatID, .sessionNotStarted, .sessionNotConnected, .operationRefused, .noAnswer,
    ]
}

/// What a chat route does.
private enum ChatCommand {
    case read(chatID: String, messageIDs: [String]?)
    case change(ChatAction, chatID: String)
}

extension APIRoutes {
    /// A route that does something to a chat and answers `{"success":…}`.
    fileprivate func chat<Body: RequestModel>(
        _ name: String, _ summary: String, details: String, more: [(name: String, json: String)],
        _ command: @escaping @Sendable (Body) -> ChatCommand
    ) {
        let example = more.reduce(#"{"chatId":"6281234567890@c.us""#) { $0 + ",\"\($1.name)\":\($1.json)" } + "}"
        post(
            RouterPath("sessions/:sessionId/chats/\(name)"), .key(atLeast: .operator),
            Operation(
                .chats, summary, details: details, body: Body.self, answers: .ok(SuccessModel.self),
                errors: ChatRoutes.errors, examples: [Example(body: example)])
        ) { call in
            let body: Body = try call.body()
            let session = try call.session
            switch command(body) {
            case .read(let chatID, let messageIDs):
                return .ok(
                    SuccessModel(
                        success: try await call.gateway.markRead(
                            chatID: chatID, messageIDs: messageIDs, session: session)))
            case .change(let action, let chatID):
                return .ok(
                    SuccessModel(success: try await call.gateway.perform(action, chatID: chatID, session: session)))
            }
        }
    }
}
