import Gateway
import Hummingbird

/// Files of a session: images, videos, sounds, documents and stickers (contract 3.4).
struct MediaRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        send("send-image", "Send an image", as: .image, "image/png", "caption", routes)
        send("send-video", "Send a video", as: .video, "video/mp4", "caption", routes)
        send("send-document", "Send a document", as: .document, "application/pdf", "filename", routes)
        send("send-sticker", "Send a sticker", as: .sticker, "image/webp", nil, routes)
        routes.send(
            "send-audio", "Send a sound", details: Self.details, errors: Self.errors,
            examples: [Example(body: Self.example("audio/ogg", more: ""))], reading: .media
        ) { (call: APICall, body: SendAudioBody, terms: SendTerms) in
            try await call.send(body.media, as: body.isVoice ? .voice : .audio, terms)
        }
    }

    private func send(
        _ name: String, _ summary: String, as kind: OutgoingMedia.Kind, _ mimetype: String, _ text: String?,
        _ routes: APIRoutes
    ) {
        let more = text.map { #","\#($0)":"\#($0 == "filename" ? "report.pdf" : "Check this out!")""# } ?? ""
        routes.send(
            name, summary, details: Self.details, errors: Self.errors,
            examples: [Example(body: Self.example(mimetype, more: more))], reading: .media
        ) { (call: APICall, body: SendFileBody, terms: SendTerms) in
            try await call.send(body.media, as: kind, terms)
        }
    }

    /// The picture of one pixel stands for every kind of file.
    private static func example(_ mimetype: String, more: String) -> String {
        let pixel =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        return #"{"chatId":"6281234567890@c.us","base64":"\#(pixel)","mimetype":"\#(mimetype)"\#(more)}"#
    }

    private static let details =
        "The file is one of: `url`, which the server fetches; `base64`, with `mimetype`; or, in a form, the part `file`."

    static let errors: [ErrorCode] = [
        .mediaSourceMissing, .mediaTypeMissing, .mediaEmpty, .mediaTooLarge, .mediaFetchFailed, .destinationNotAllowed,
        .mediaUnavailable, .messageNotFound,
    ]
}

extension APICall {
    fileprivate func send(
        _ body: SendMediaBody, as kind: OutgoingMedia.Kind, _ terms: SendTerms
    ) async throws -> SendResult {
        try gateway.checkSends(session: session)
        return try await send(
            .media(try body.content(as: kind)), to: body.chatID, quoting: body.quotedMessageID, terms)
    }
}
