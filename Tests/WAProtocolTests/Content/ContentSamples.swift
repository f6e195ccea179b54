import WABinary
import WAProtocol

/// One content of every kind, with everything a kind can say.
enum ContentSamples {
    static let chat = JID("6281234567890", .user)
    static let friend = JID("628111111111", .user)
    static let group = JID("120363000000000001", .group)

    static let reference = MediaReference(
        directPath: "/v/t62.7118-24/abc?ccb=11-4&oh=1&oe=2", url: "https://mmg.whatsapp.net/v/t62.7118-24/abc?ccb=11-4",
        mediaKey: [UInt8](repeating: 1, count: 32), fileSHA256: [UInt8](repeating: 2, count: 32),
        fileEncSHA256: [UInt8](repeating: 3, count: 32), byteCount: 300, keyTimestampSeconds: 1_782_372_000)

    static var context: MessageContext {
        MessageContext(
            mentions: [friend],
            quoted: QuotedMessage(id: "3A01", author: friend, message: MessageContent.text(TextContent("before")).message),
            forwardingScore: 2)
    }

    static func media(_ kind: MediaKind, caption: String? = nil, context: MessageContext = context) -> MediaContent {
        var media = MediaContent(kind: kind, reference: reference, mimetype: "x/y", context: context)
        switch kind {
        case .image:
            (media.caption, media.width, media.height) = (caption, 640, 480)
            media.thumbnail = [0xFF, 0xD8]
        case .video, .gif:
            (media.caption, media.width, media.height, media.seconds) = (caption, 640, 480, 7)
            (media.thumbnail, media.sidecar) = ([0xFF, 0xD8], [9, 9])
        case .audio:
            (media.seconds, media.sidecar) = (7, [9, 9])
        case .voice:
            (media.seconds, media.sidecar, media.waveform) = (7, [9, 9], [UInt8](repeating: 50, count: 64))
        case .document:
            (media.caption, media.filename, media.pageCount) = (caption, "a.pdf", 3)
            media.thumbnail = [0xFF, 0xD8]
        case .sticker:
            (media.width, media.height, media.isAnimated) = (512, 512, true)
            media.thumbnail = [0x89, 0x50]
        }
        return media
    }

    static var all: [MessageContent] {
        let key = MessageKey(chat: group, id: "3A02", isFromMe: false, participant: friend)
        return [
            .text(TextContent("hello")),
            .text(
                TextContent(
                    "see https://example.org/a",
                    preview: LinkPreview(
                        matchedText: "https://example.org/a", title: "A page", description: "About", thumbnail: [0xFF, 0xD8]),
                    context: context)),
            .media(media(.document, caption: "read this")),
        ] + MediaKind.allCases.map { .media(media($0)) } + [
            .location(
                LocationContent(
                    latitude: -6.2, longitude: 106.8, name: "Monas", address: "Jakarta", url: "https://example.org",
                    accuracyMeters: 12, thumbnail: [0xFF, 0xD8], context: context)),
            .location(LocationContent(latitude: 1, longitude: 2, name: "moving", isLive: true, context: context)),
            .contact(ContactContent(name: "Budi", phoneNumber: "+62 812-3456-7890", context: context)),
            .contact(
                ContactContent(cards: [.init(displayName: "A", vCard: "a"), .init(displayName: "B", vCard: "b")], context: context)),
            .poll(PollContent(name: "When?", options: ["now", "later"], selectableCount: 1, context: context)),
            .poll(PollContent(name: "What?", options: ["this", "that"], selectableCount: 0)),
            .reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: 1_782_372_000_123)),
            .edit(
                EditContent(
                    key: MessageKey(chat: chat, id: "3A03", isFromMe: true), replacement: .text(TextContent("better")),
                    editedAtMilliseconds: 1_782_372_000_456)),
            .revoke(RevokeContent(key: key)),
        ]
    }
}
