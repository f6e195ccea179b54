import FoundationEssentials
import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@Suite("Content of every kind on the wire")
struct ContentCodingTests {
    private typealias Samples = ContentSamples

    private func fields(_ content: MessageContent, _ path: Int...) throws -> [Int: [WireField]] {
        var fields = try WireField.read(content.encoded)
        for number in path {
            guard case .bytes(let inner)? = fields[number]?.first else { throw WireField.Malformed() }
            fields = try WireField.read(inner)
        }
        return fields
    }

    @Test("What is written is read back, whatever it is wrapped in")
    func roundTrips() throws {
        for content in Samples.all {
            #expect(MessageContent(content.message) == content)
            #expect(MessageContent(encoded: content.encoded) == content)
            var viewOnce = WAMessage()
            viewOnce.viewOnceMessageV2.message = content.message
            var ephemeral = WAMessage()
            ephemeral.ephemeralMessage.message = viewOnce
            #expect(MessageContent(ephemeral) == content)
            #expect(content.isForPeople)
            #expect(viewOnce.isViewOnce && ephemeral.isViewOnce && !content.message.isViewOnce)
        }
    }

    @Test("Where messages disappear, whatever carries a context says after how long; the rest of it stays")
    func expiring() throws {
        let bare = MessageContent.text(TextContent("hello")).message.expiring(afterSeconds: 86_400)
        #expect(!bare.hasConversation && bare.extendedTextMessage.text == "hello")
        #expect(bare.extendedTextMessage.contextInfo.expiration == 86_400)
        for content in Samples.all {
            let message = content.message.expiring(afterSeconds: 86_400)
            #expect(MessageContent(message) == content)
            let carriesContext = !content.isAboutAnotherMessage && content.context != nil
            #expect((message != content.message) == carriesContext)
            #expect(message.unwrapped.expiresAfterSeconds == (carriesContext ? 86_400 : nil))
        }
        let document = MessageContent.media(Samples.media(.document, caption: "read this")).message
        let inner = document.expiring(afterSeconds: .max).documentWithCaptionMessage.message.documentMessage
        #expect(inner.contextInfo.expiration == .max && inner.contextInfo.mentionedJid.count == 1)
    }

    @Test("Of very many mentions the first 1,024 are read")
    func manyMentions() {
        var message = WAMessage()
        message.extendedTextMessage.text = "all"
        message.extendedTextMessage.contextInfo.mentionedJid = (0..<1_100).map { "6281\(10_000 + $0)@s.whatsapp.net" }
        #expect(MessageContent(message).context?.mentions.count == 1_024)
    }

    @Test("A link preview and a context stand in the fields of an extended text")
    func text() throws {
        let fields = try fields(Samples.all[1], 6)
        #expect(fields[1] == [.text("see https://example.org/a")] && fields[2] == [.text("https://example.org/a")])
        #expect(fields[5] == [.text("About")] && fields[6] == [.text("A page")] && fields[10] == [.varint(0)])
        #expect(fields[16] == [.bytes([0xFF, 0xD8])])
        let context = try self.fields(Samples.all[1], 6, 17)
        #expect(context[1] == [.text("3A01")] && context[2] == [.text("628111111111@s.whatsapp.net")])
        #expect(context[3] == [.bytes([0x0A, 6] + Array("before".utf8))] && context[4] == nil)
        #expect(context[15] == [.text("628111111111@s.whatsapp.net")])
        #expect(context[21] == [.varint(2)] && context[22] == [.varint(1)])
    }

    @Test("Files are described by the fields of their kind")
    func media() throws {
        let key = WireField.bytes([UInt8](repeating: 1, count: 32))
        let hash = WireField.bytes([UInt8](repeating: 2, count: 32))
        let encHash = WireField.bytes([UInt8](repeating: 3, count: 32))
        let path = WireField.text(Samples.reference.directPath)
        let time = WireField.varint(1_782_372_000)
        let jpeg = WireField.bytes([0xFF, 0xD8])
        func plain(_ kind: MediaKind, caption: String? = nil) -> MessageContent {
            .media(Samples.media(kind, caption: caption, context: .none))
        }
        let url = WireField.text("https://mmg.whatsapp.net/v/t62.7118-24/abc?ccb=11-4")
        #expect(
            try fields(plain(.image, caption: "c"), 3) == [
                1: [url], 2: [.text("x/y")], 3: [.text("c")], 4: [hash], 5: [.varint(300)], 6: [.varint(480)],
                7: [.varint(640)], 8: [key], 9: [encHash], 11: [path], 12: [time], 16: [jpeg],
            ])
        #expect(
            try fields(plain(.gif, caption: "c"), 9) == [
                1: [url], 2: [.text("x/y")], 3: [hash], 4: [.varint(300)], 5: [.varint(7)], 6: [key], 7: [.text("c")],
                8: [.varint(1)], 9: [.varint(480)], 10: [.varint(640)], 11: [encHash], 13: [path], 14: [time], 16: [jpeg],
                18: [.bytes([9, 9])],
            ])
        #expect(try fields(plain(.video), 9)[8] == nil)
        #expect(
            try fields(plain(.voice), 8) == [
                1: [url], 2: [.text("x/y")], 3: [hash], 4: [.varint(300)], 5: [.varint(7)], 6: [.varint(1)], 7: [key],
                8: [encHash], 9: [path], 10: [time], 18: [.bytes([9, 9])], 19: [.bytes([UInt8](repeating: 50, count: 64))],
            ])
        #expect(try fields(plain(.audio), 8)[6] == nil && fields(plain(.audio), 8)[19] == nil)
        let document: [Int: [WireField]] = [
            1: [url], 2: [.text("x/y")], 3: [.text("a.pdf")], 4: [hash], 5: [.varint(300)], 6: [.varint(3)], 7: [key],
            8: [.text("a.pdf")], 9: [encHash], 10: [path], 11: [time], 16: [jpeg],
        ]
        #expect(try fields(plain(.document), 7) == document)
        // With a caption it is wrapped: Message.53.1.7.
        #expect(
            try fields(plain(.document, caption: "c"), 53, 1, 7)
                == document.merging([20: [.text("c")]]) { $1 })
        #expect(
            try fields(plain(.sticker), 26) == [
                1: [url], 2: [hash], 3: [encHash], 4: [key], 5: [.text("x/y")], 6: [.varint(512)], 7: [.varint(512)],
                8: [path], 9: [.varint(300)], 10: [time], 13: [.varint(1)], 16: [.bytes([0x89, 0x50])],
            ])
    }

    @Test("Places, cards and polls stand in their fields")
    func structured() throws {
        let place = try fields(.location(LocationContent(latitude: -6.2, longitude: 106.8, name: "Monas", address: "J")), 5)
        #expect(
            place == [
                1: [.fixed64((-6.2).bitPattern)], 2: [.fixed64(106.8.bitPattern)], 3: [.text("Monas")], 4: [.text("J")],
            ])
        let moving = try fields(.liveLocation(LiveLocationContent(latitude: 1, longitude: 2, caption: "n")), 18)
        #expect(moving == [1: [.fixed64(1.0.bitPattern)], 2: [.fixed64(2.0.bitPattern)], 6: [.text("n")]])
        let card = try fields(.contact(ContactContent(card: .init(displayName: "A", vCard: "v"))), 4)
        #expect(card == [1: [.text("A")], 16: [.text("v")]])
        let cards = ContactsContent(
            displayName: "2 contacts", cards: [.init(displayName: "A", vCard: "v"), .init(displayName: "B", vCard: "w")])
        #expect(try fields(.contacts(cards), 13)[2]?.count == 2)
        let options: [WireField] = [.bytes([0x0A, 1, 0x61]), .bytes([0x0A, 1, 0x62])]
        let single = PollContent(name: "Q", options: ["a", "b"], selectableCount: 1)
        #expect(try fields(.poll(single), 64) == [2: [.text("Q")], 3: options, 4: [.varint(1)]])
        let many = PollContent(name: "Q", options: ["a", "b"], selectableCount: 0)
        #expect(try fields(.poll(many), 49) == [2: [.text("Q")], 3: options, 4: [.varint(0)]])
        #expect(MessageContent.poll(many).message(secret: [1]).messageContextInfo.messageSecret == Data([1]))
    }

    @Test("Reactions, edits and revocations name their message as its writer sees it")
    func actions() throws {
        let theirs = MessageKey(chat: Samples.group, id: "3A", isFromMe: false, participant: Samples.friend.with(device: 3))
        let reaction = MessageContent.reaction(ReactionContent(key: theirs, emoji: "👍", sentAtMilliseconds: 5))
        #expect(try fields(reaction, 46)[2] == [.text("👍")] && fields(reaction, 46)[4] == [.varint(5)])
        #expect(
            try fields(reaction, 46, 1) == [
                1: [.text("120363000000000001@g.us")], 2: [.varint(0)], 3: [.text("3A")],
                4: [.text("628111111111@s.whatsapp.net")],
            ])
        let mine = MessageKey(chat: Samples.chat, id: "3B", isFromMe: true, participant: Samples.friend)
        let edit = MessageContent.edit(
            EditContent(key: mine, replacement: .text(TextContent("new")), editedAtMilliseconds: 6))
        let note = try fields(edit, 58, 1, 12)
        #expect(note[2] == [.varint(14)] && note[14] == [.bytes([0x0A, 3] + Array("new".utf8))] && note[15] == [.varint(6)])
        #expect(
            try fields(edit, 58, 1, 12, 1)
                == [1: [.text("6281234567890@s.whatsapp.net")], 2: [.varint(1)], 3: [.text("3B")]])
        let revoke = MessageContent.revoke(RevokeContent(key: mine))
        #expect(try fields(revoke, 12)[2] == [.varint(0)] && fields(revoke, 12, 1)[3] == [.text("3B")])
    }

    @Test("An edit without the wrapper is read too, and an edit of an edit is none")
    func bareEdits() {
        var bare = WAMessage()
        bare.protocolMessage.type = .messageEdit
        bare.protocolMessage.key.id = "3A"
        bare.protocolMessage.key.remoteJid = "6281234567890@s.whatsapp.net"
        bare.protocolMessage.editedMessage.conversation = "new"
        #expect(MessageContent(bare).target?.id == "3A" && MessageContent(bare).text == "new")
        var nested = bare
        for _ in 0..<20 {
            var outer = bare
            outer.protocolMessage.editedMessage = nested
            nested = outer
        }
        #expect(MessageContent(nested) == .raw(nested))
        bare.protocolMessage.clearEditedMessage()
        #expect(MessageContent(bare) == .raw(bare))
    }

    @Test("What lacks what it is about stays raw, with everything that is in it")
    func incomplete() throws {
        var image = MessageContent.media(Samples.media(.image, caption: "c")).message
        image.imageMessage.mediaKey = Data([1, 2, 3])
        #expect(MessageContent(image) == .raw(image) && MessageContent(image).text == "c")
        #expect(MessageContent(image).mediaType == "image")
        var noPath = MessageContent.media(Samples.media(.image)).message
        noPath.imageMessage.clearDirectPath()
        // The path is then the URL's, but only of a host of WhatsApp.
        #expect(MessageContent(noPath) != .raw(noPath))
        for url in ["https://example.org/v/a", "http://mmg.whatsapp.net/v/a", "https://whatsapp.net.example.org/a", "x", ""] {
            noPath.imageMessage.url = url
            #expect(MessageContent(noPath) == .raw(noPath))
        }
        var reaction = WAMessage()
        reaction.reactionMessage.text = "👍"
        #expect(MessageContent(reaction) == .raw(reaction) && MessageContent(reaction).isAboutAnotherMessage)
        var place = WAMessage()
        place.locationMessage.degreesLatitude = .nan
        #expect(try MessageContent(place).encoded == .init(WAMessage(decoding: place.encoded()).encoded()))
        guard case .raw = MessageContent(place) else {
            Issue.record("not a number is no place")
            return
        }
    }

    @Test("A quote is stripped of its own context and keeps fields nobody here knows")
    func quotes() throws {
        var original = MessageContent.media(Samples.media(.image, caption: "c")).message(secret: [1])
        original.imageMessage = try WAImageMessage(decoding: original.imageMessage.encoded() + [0xFA, 0x3F, 1, 0x61])
        let quoted = try #require(QuotedMessage(id: "3A", author: Samples.friend, encoded: original.encoded()))
        #expect(!quoted.message.imageMessage.hasContextInfo && !quoted.message.hasMessageContextInfo)
        #expect(quoted.message.imageMessage.encoded().suffix(4) == [0xFA, 0x3F, 1, 0x61])
        let answer = MessageContent.text(TextContent("yes", context: MessageContext(quoted: quoted)))
        #expect(MessageContent(encoded: answer.encoded) == answer)
        let context = try fields(answer, 6, 17)
        #expect(context[3] == [.bytes(quoted.message.encoded())])
    }

    @Test("A forwarded message keeps everything but its context, and counts")
    func forwarding() throws {
        let image = MessageContent.media(Samples.media(.image, caption: "c"))
        var original = image.message(secret: [1])
        original.imageMessage = try WAImageMessage(decoding: original.imageMessage.encoded() + [0xFA, 0x3F, 1, 0x61])
        let copy = try #require(MessageContent.forwarded(encoded: original.encoded()))
        #expect(!copy.message.hasMessageContextInfo && copy.mediaType == "image")
        #expect(copy.message.imageMessage.encoded().suffix(4) == [0xFA, 0x3F, 1, 0x61])
        let read = MessageContent(copy.message)
        #expect(read.context == MessageContext(forwardingScore: 3) && read.text == "c")
        let text = try #require(MessageContent.forwarded(MessageContent.text(TextContent("hi")).message))
        #expect(MessageContent(text.message) == .text(TextContent("hi", context: MessageContext(forwardingScore: 1))))
        let document = MessageContent.media(Samples.media(.document, caption: "c")).message
        #expect(MessageContent.forwarded(document)?.message.hasDocumentWithCaptionMessage == true)
        for content in Samples.all where content.isAboutAnotherMessage {
            #expect(MessageContent.forwarded(content.message) == nil)
        }
        #expect(MessageContent.forwarded(encoded: [0xFF]) == nil)
    }

    @Test("Addresses are replaced wherever a content names somebody")
    func addresses() {
        for content in Samples.all {
            let mapped = content.mappingAddresses { JID($0.user, $0.isGroup ? .group : .lid) }
            #expect(mapped.mappingAddresses { JID($0.user, $0.isGroup ? .group : .user) } == content)
            let text = String(decoding: mapped.encoded, as: UTF8.self)
            #expect(!text.contains("@s.whatsapp.net"))
            #expect(mapped.target?.chat.server != .user)
        }
    }

    @Test("Marks in a text follow the mentions they belong to, and no other digits")
    func mentionMarks() {
        let text = TextContent(
            "@628111111111 and @6281, not @6281111111112, mail a@628111111111",
            context: MessageContext(mentions: [Samples.friend, JID("6281", .user)]))
        let mapped = MessageContent.text(text).mappingAddresses {
            $0 == Samples.friend ? JID("100000012345678", .lid) : JID("7", .lid)
        }
        #expect(mapped.text == "@100000012345678 and @7, not @6281111111112, mail a@100000012345678")
        #expect(mapped.context?.mentions == [JID("100000012345678", .lid), JID("7", .lid)])
        var image = Samples.media(.image, caption: "@628111111111", context: text.context)
        image.kind = .image
        #expect(MessageContent.media(image).mappingAddresses { _ in JID("7", .lid) }.text == "@7")
    }

    @Test("A contact card names the account and cannot be broken out of")
    func vCard() {
        #expect(
            VCard.text(name: "Budi; Santoso", phoneNumber: "+62 812-3456-7890") == """
                BEGIN:VCARD
                VERSION:3.0
                N:;Budi\\; Santoso;;;
                FN:Budi\\; Santoso
                TEL;type=CELL;waid=6281234567890:+6281234567890
                END:VCARD
                """)
        let hostile = VCard.text(name: "a\r\nEND:VCARD\r\nBEGIN:VCARD", phoneNumber: "x\nTEL:1")
        #expect(hostile.split(separator: "\n").count == 6 && hostile.contains("FN:a\\nEND:VCARD\\nBEGIN:VCARD"))
    }

    @Test("Damaged messages of every kind are read or refused, never more")
    func hostile() {
        withMutations(of: Samples.all.map(\.encoded)) { damaged, _ in
            guard let content = MessageContent(encoded: damaged) else { return }
            _ = (content.traits, content.text, content.context?.quoted?.content, content.isForPeople)
            _ = MessageContent.forwarded(content.message)?.encoded
            _ = content.mappingAddresses { $0.account }.encoded
        }
    }
}
