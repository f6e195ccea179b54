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
            .liveLocation(
                LiveLocationContent(
                    latitude: 1, longitude: 2, accuracyMeters: 3, speedMetersPerSecond: 1.5, headingDegrees: 90,
                    caption: "moving", sequenceNumber: 1_782_372_000_000_001, elapsedSeconds: 60, thumbnail: [0xFF, 0xD8],
                    context: context)),
            .contact(ContactContent(name: "Budi", phoneNumber: "+62 812-3456-7890", context: context)),
            .contacts(
                ContactsContent(
                    displayName: "2 contacts", cards: [.init(displayName: "A", vCard: "a"), .init(displayName: "B", vCard: "b")],
                    context: context)),
            .poll(PollContent(name: "When?", options: ["now", "later"], selectableCount: 1, context: context)),
            .poll(PollContent(name: "What?", options: ["this", "that"], selectableCount: 0)),
            .callLog(
                CallLogContent(
                    isVideo: true, outcome: .missed, durationSeconds: 12,
                    participants: [.init(person: friend, outcome: .acceptedElsewhere)])),
        ] + business + notes(about: key)
    }

    /// What businesses send, and what is answered.
    private static var business: [MessageContent] {
        let parameters = #"{"display_text":"Yes","id":"b1"}"#
        return [
            .buttons(
                ButtonsContent(
                    text: "Well?", footer: "f", buttons: [.init(id: "b1", text: "Yes"), .init(id: "b2", text: "No")],
                    context: context)),
            .buttons(
                ButtonsContent(
                    shape: .template, title: "t", text: "Well?", footer: "f",
                    buttons: [
                        .init(id: "b1", text: "Yes"), .init(id: "", text: "Look", kind: .url("https://example.org")),
                        .init(id: "", text: "Call", kind: .call(phoneNumber: "+628111111111")),
                    ], context: context)),
            .buttons(
                ButtonsContent(
                    shape: .nativeFlow, title: "t", text: "Well?", footer: "f",
                    buttons: [.init(id: "b1", text: "Yes", kind: .flow(name: "quick_reply", parameters: parameters))],
                    context: context)),
            .list(
                ListContent(
                    title: "t", text: "Choose", buttonText: "Menu", footer: "f",
                    sections: [.init(title: "s", rows: [.init(id: "r1", title: "One", description: "1"), .init(id: "r2", title: "Two")])],
                    context: context)),
            .choice(ChoiceContent(id: "b1", text: "Yes", context: context)),
            .choice(ChoiceContent(id: "r1", text: "One", source: .list(description: "1"), context: context)),
            .choice(ChoiceContent(id: "b1", text: "Yes", source: .template(index: 2), context: context)),
            .choice(
                ChoiceContent(
                    id: "b1", text: "Yes", source: .nativeFlow(name: "menu_options", parameters: #"{"id":"b1"}"#),
                    context: context)),
            .groupInvite(
                GroupInviteContent(
                    group: group, code: "abc", expiresAtSeconds: 1_782_372_000, groupName: "G", caption: "come",
                    thumbnail: [0xFF, 0xD8], context: context)),
            .order(
                OrderContent(
                    orderID: "77", token: "tok", title: "Cart", note: "please", itemCount: 2, seller: friend,
                    totalThousandths: 12_500, currency: "IDR", context: context)),
            .product(
                ProductContent(
                    productID: "5", title: "Tea", description: "green", currency: "IDR", priceThousandths: 12_500,
                    retailerID: "SKU1", url: "https://example.org", businessOwner: friend, body: "b", footer: "f",
                    image: media(.image, context: .none), context: context)),
            .event(
                EventContent(
                    name: "Party", description: "d", startSeconds: 1_782_372_000, endSeconds: 1_782_375_600,
                    location: LocationContent(latitude: 1, longitude: 2, name: "here"), joinLink: "https://example.org",
                    allowsExtraGuests: true, context: context)),
        ]
    }

    /// What is about another message, or about the chat.
    private static func notes(about key: MessageKey) -> [MessageContent] {
        [
            .reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: 1_782_372_000_123)),
            .edit(
                EditContent(
                    key: MessageKey(chat: chat, id: "3A03", isFromMe: true), replacement: .text(TextContent("better")),
                    editedAtMilliseconds: 1_782_372_000_456)),
            .revoke(RevokeContent(key: key)),
            .pin(PinContent(key: key, isPinned: true, durationSeconds: 604_800, sentAtMilliseconds: 1_782_372_000_789)),
            .pin(PinContent(key: key, isPinned: false, sentAtMilliseconds: 1_782_372_000_789)),
            .keep(KeepContent(key: key, isKept: true, sentAtMilliseconds: 1_782_372_000_789)),
            .ephemeralSetting(seconds: 604_800),
        ]
    }
}
