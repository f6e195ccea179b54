import Gateway
import Hummingbird

/// Files of a session: images, videos, sounds, documents and stickers (contract 3.4).
struct MediaRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        send("send-image", "Send an image", as: .image, "image/png", "caption", routes)
        send("send-video", "Send a video", as: .video, "video/mp4", "caption", routes)
        send("send-document", "Send a document", as: .document, "application/pdf", "filename", routes)
        send("send-sticker", "Send a sticker", as: .sticker, "image/webp", nil, routes)
        routes.post(
            "sessions/:sessionId/messages/send-audio", .key(atLeast: .operator), .media,
            .sendFile(
                "Send a sound", body: SendAudioBody.self,
                examples: [Example(body: Self.example("audio/ogg", more: #","ptt":true"#))])
        ) { call in
            let body: SendAudioBody = try call.body()
            return try await call.send(body.media, as: body.isVoice ? .voice : .audio)
        }
    }

    private func send(
        _ name: String, _ summary: String, as kind: OutgoingMedia.Kind, _ mimetype: String, _ text: String?,
        _ routes: APIRoutes
    ) {
        let more = text.map { #","\#($0)":"\#($0 == "filename" ? "report.pdf" : "Check this out!")""# } ?? ""
        routes.post(
            "sessions/:sessionId/messages/\(name)", .key(atLeast: .operator), .media,
            .sendFile(
                summary, body: SendFileBody.self, examples: [Example(body: Self.example(mimetype, more: more))])
        ) { call in
            let body: SendFileBody = try call.body()
            return try await call.send(body.media, as: kind)
        }
    }
}

extension MediaRoutes {
    /// The picture of one pixel stands for every kind of file.
    private static func example(_ mimetype: String, more: String) -> String {
        let pixel =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        return #"{"chatId":"6281234567890@c.us","base64":"\#(pixel)","mimetype":"\#(mimetype)"\#(more)}"#
    }
}

extension Operation {
    fileprivate static func sendFile(
        _ summary: String, body: any RequestModel.Type, examples: [Example]
    ) -> Operation {
        .send(
            summary,
            details: """
                The file is one of: `url`, which the server fetches; `base64`, with `mimetype`; or, in a form, the part `file`.
                """,
            body: body, acceptsFiles: true,
            errors: [
                .mediaSourceMissing, .mediaTypeMissing, .mediaEmpty, .mediaTooLarge, .mediaFetchFailed,
                .destinationNotAllowed,
                .mediaUnavailable, .messageNotFound,
            ], examples: examples)
    }
}

extension APICall {
    fileprivate func send(_ body: SendMediaBody, as kind: OutgoingMedia.Kind) async throws -> APIReply {
        try gateway.checkSends(session: session)
        return try await send(.media(try body.content(as: kind)), to: body.chatID, quoting: body.quotedMessageID)
    }
}
