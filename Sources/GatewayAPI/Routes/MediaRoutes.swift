import Gateway
import Hummingbird

/// Files of a session: images, videos, sounds, documents and stickers (contract 3.4).
struct MediaRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        send("send-image", as: .image, routes)
        send("send-video", as: .video, routes)
        send("send-document", as: .document, routes)
        send("send-sticker", as: .sticker, routes)
        routes.post("sessions/:sessionId/messages/send-audio", .key(atLeast: .operator), .media) { call in
            let body: SendAudioBody = try call.body()
            return try await call.send(body.media, as: body.isVoice ? .voice : .audio)
        }
    }

    private func send(_ name: String, as kind: OutgoingMedia.Kind, _ routes: APIRoutes) {
        routes.post("sessions/:sessionId/messages/\(name)", .key(atLeast: .operator), .media) { call in
            let body: SendFileBody = try call.body()
            return try await call.send(body.media, as: kind)
        }
    }
}

extension APICall {
    fileprivate func send(_ body: SendMediaBody, as kind: OutgoingMedia.Kind) async throws -> APIReply {
        try gateway.checkSends(session: session)
        return try await send(.media(try body.content(as: kind)), to: body.chatID, quoting: body.quotedMessageID)
    }
}
