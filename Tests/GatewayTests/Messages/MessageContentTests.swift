import FoundationEssentials
import Testing
import WABinary
import WAProtocol

@testable import Gateway

@Suite("Messages as rows and as content")
struct MessageContentTests {
    private let reference = MediaReference(
        directPath: "/v/a", mediaKey: [UInt8](repeating: 1, count: 32), fileSHA256: [UInt8](repeating: 2, count: 32),
        fileEncSHA256: [UInt8](repeating: 3, count: 32), byteCount: 3, keyTimestampSeconds: 1)

    private func media(_ kind: MediaKind, caption: String? = nil, filename: String? = nil) -> MessageContent {
        .media(MediaContent(kind: kind, reference: reference, mimetype: "x/y", caption: caption, filename: filename))
    }

    @Test("A received message is stored under the contract's type and body")
    func storedForms() {
        let key = MessageKey(chat: JID("1", .user), id: "A", isFromMe: true)
        let text = MessageContent.text(TextContent("hi"))
        let cases: [(MessageContent, String, String)] = [
            (text, "text", "hi"), (media(.image, caption: "c"), "image", "c"), (media(.image), "image", ""),
            (media(.video, caption: "c"), "video", "c"), (media(.gif, caption: "c"), "video", "c"),
            (media(.audio), "audio", ""), (media(.voice), "voice", ""), (media(.sticker), "sticker", ""),
            (media(.document, caption: "c", filename: "a.pdf"), "document", "c"),
            (media(.document, caption: "", filename: "a.pdf"), "document", "a.pdf"), (media(.document), "document", ""),
            (.location(LocationContent(latitude: 1, longitude: 2, name: "Monas", address: "J")), "location", "📍 Monas"),
            (.location(LocationContent(latitude: 1, longitude: 2)), "location", "📍 Location"),
            (.contact(ContactContent(name: "Budi", phoneNumber: "628111111111")), "contact", "📇 Budi"),
            (.poll(PollContent(name: "When?", options: ["a", "b"], selectableCount: 0)), "poll", "📊 When?"),
            (.liveLocation(LiveLocationContent(latitude: 1, longitude: 2, caption: "Bus")), "location", "📍 Bus"),
            (
                .contacts(
                    ContactsContent(displayName: "2", cards: [.init(displayName: "A", vCard: ""), .init(displayName: "B", vCard: "")])),
                "contact", "📇 A, B"
            ),
            (.buttons(ButtonsContent(text: "Well?", buttons: [.init(id: "1", text: "Yes")])), "text", "Well?"),
            (.choice(ChoiceContent(id: "1", text: "Yes")), "text", "Yes"),
            (.groupInvite(GroupInviteContent(group: JID("1", .group), code: "c", groupName: "G")), "text", "G"),
            (.order(OrderContent(orderID: "7", note: "please")), "order", "please"),
            (.product(ProductContent(productID: "5", title: "Tea")), "product", "Tea"),
            (.event(EventContent(name: "Party")), "unknown", "Party"),
            (.callLog(CallLogContent(isVideo: false, outcome: .missed)), "call", ""),
        ]
        for (content, type, body) in cases {
            let stored = content.storedForm
            #expect(stored?.type == type && stored?.body == body, "\(type) \(body)")
            let again = MessageContent(content.message).storedForm
            #expect(again?.type == type && again?.body == body, "\(type) \(body) after the wire")
        }
        let changes: [MessageContent] = [
            .reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: 1)), .revoke(RevokeContent(key: key)),
            .edit(EditContent(key: key, replacement: text, editedAtMilliseconds: 1)), .nothing,
        ]
        for change in changes { #expect(change.storedForm == nil) }
    }

    @Test("Every outgoing message becomes the content it names")
    func contents() {
        let chat = JID("6281234567890", .user)
        let key = OutgoingMessageKey(chat: "6281234567890@c.us", id: "3A", isFromMe: true)
        let wireKey = MessageKey(chat: chat, id: "3A", isFromMe: true)
        let text = OutgoingText(
            "@628111111111 see https://example.org", mentions: ["628111111111@c.us", "nobody"],
            preview: OutgoingLinkPreview(url: "https://example.org", title: "T"))
        let textContent = TextContent(
            text.text, preview: LinkPreview(matchedText: "https://example.org", title: "T"),
            context: MessageContext(mentions: [JID("628111111111", .user)]))
        let place = OutgoingLocation(latitude: 1, longitude: 2, name: "n", address: "a")
        let placeContent = LocationContent(latitude: 1, longitude: 2, name: "n", address: "a")
        let before = MessageContent.text(TextContent("before"))
        let quote = OutgoingQuote(key: key, author: "6285500000001@c.us", content: Data(before.encoded))
        var answer = placeContent
        answer.context.quoted = QuotedMessage(id: "3A", author: JID("6285500000001", .user), message: before.message)
        let cases: [(OutgoingMessage, MessageContent)] = [
            (.text(text), .text(textContent)), (.location(place), .location(placeContent)),
            (
                .contact(OutgoingContact(name: "Budi", number: "628111111111")),
                .contact(ContactContent(name: "Budi", phoneNumber: "628111111111"))
            ),
            (
                .poll(OutgoingPoll(question: "Q", options: ["a", "b"])),
                .poll(PollContent(name: "Q", options: ["a", "b"], selectableCount: 1))
            ),
            (
                .poll(OutgoingPoll(question: "Q", options: ["a", "b"], allowsMultipleAnswers: true)),
                .poll(PollContent(name: "Q", options: ["a", "b"], selectableCount: 0))
            ),
            (.quoting(quote, .location(place)), .location(answer)),
            (
                .reaction(OutgoingReaction(key: key, emoji: "👍", sentAtMilliseconds: 5)),
                .reaction(ReactionContent(key: wireKey, emoji: "👍", sentAtMilliseconds: 5))
            ),
            (
                .edit(OutgoingEdit(key: key, text: OutgoingText("new"), editedAtMilliseconds: 5)),
                .edit(EditContent(key: wireKey, replacement: .text(TextContent("new")), editedAtMilliseconds: 5))
            ),
            (.revoke(OutgoingRevoke(key: key)), .revoke(RevokeContent(key: wireKey))),
        ]
        for (outgoing, content) in cases { #expect(outgoing.messageContent == content) }
        let forward = OutgoingMessage.forward(OutgoingForward(content: Data(media(.image, caption: "c").encoded)))
        #expect(forward.messageContent.mediaType == "image")
        #expect(MessageContent(forward.messageContent.message).context?.forwardingScore == 1)
    }
}
