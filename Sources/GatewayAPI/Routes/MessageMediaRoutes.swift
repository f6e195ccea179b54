import Gateway
import Hummingbird

/// The files of messages (contract 3.7).
struct MessageMediaRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/messages/:chatId/:messageId/media", .key(atLeast: .viewer),
            Operation(
                .messages, "Get the file of a message",
                details: """
                    As its sender sent it, always as a download. `Range`, `If-Range` and `If-None-Match` are understood; \
                    `ETag` is the SHA-256 of the bytes. A file that was not fetched so far is fetched now.
                    """,
                answers: .file("application/octet-stream"), errors: [.mediaNotStored, .mediaPending, .invalidChatID])
        ) { call in
            let (media, file) = try await call.gateway.media(
                of: try call.parameter("messageId"), in: try call.parameter("chatId"), session: try call.session)
            return MediaReply(media, file).reply(to: call.headers)
        }
    }
}
