import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("What phones show")
struct ContentTests {
    private struct Setting {
        let bench: SimulatorBench
        let client: ScriptedClient
        let peer: JID
        let phone = DeviceAddress("15557654321")
        let ownPhone = DeviceAddress("15551234567")

        func shown(_ id: String) throws -> InboxMessage { try bench.server.inboxMessage(id, of: phone) }
    }

    private func setting(_ configuration: SimulatorConfiguration = SimulatorConfiguration()) throws -> Setting {
        let bench = SimulatorBench(configuration)
        try bench.drive {
            try $0.addPhone("15551234567", name: "Ada")
            try $0.addPhone("15557654321", name: "Bob")
        }
        let client = try ScriptedClient.linked(to: "15551234567", seed: 77, on: bench)
        return Setting(bench: bench, client: client, peer: JID(try bench.server.phone("15557654321").lid, .lid))
    }

    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46]

    private func image(_ change: (inout WAImageMessage) -> Void = { _ in }) -> WAMessage {
        var image = WAImageMessage()
        image.mimetype = "image/jpeg"
        image.mediaKey = Data(repeating: 7, count: 32)
        image.fileSha256 = Data(repeating: 1, count: 32)
        image.fileEncSha256 = Data(repeating: 2, count: 32)
        image.fileLength = 1_234
        image.directPath = "/v/t62.7118-24/abc?ccb=1"
        image.caption = "Look"
        image.width = 320
        image.height = 240
        image.jpegThumbnail = Data(Self.jpeg)
        change(&image)
        var message = WAMessage()
        message.imageMessage = image
        return message
    }

    private func key(_ id: String, in chat: JID, isFromMe: Bool) -> WAMessageKey {
        var key = WAMessageKey()
        key.remoteJid = chat.description
        key.id = id
        key.fromMe = isFromMe
        return key
    }

    private func reaction(_ emoji: String, to id: String, in chat: JID, isFromMe: Bool = true) -> WAMessage {
        var message = WAMessage()
        message.reactionMessage.key = key(id, in: chat, isFromMe: isFromMe)
        message.reactionMessage.text = emoji
        message.reactionMessage.senderTimestampMs = 1
        return message
    }

    // MARK: - Media

    @Test("A file that many devices were sent is fetched once, and shown as downloaded everywhere")
    func media() throws {
        let set = try setting()
        let companion = try set.bench.drive { DeviceAddress("15557654321", try $0.addCompanion(to: "15557654321")) }
        try set.client.send(image(), "media", mediaType: "image", to: set.peer, id: "3EB0A1", on: set.bench)
        #expect(set.bench.mediaRequests.map(\.directPath) == ["/v/t62.7118-24/abc?ccb=1"])
        #expect(set.bench.mediaRequests.map(\.purpose) == [.image])
        #expect(try set.shown("3EB0A1").media == .downloading)
        try set.bench.fetched(.success(Self.jpeg))
        for address in [set.phone, companion, set.ownPhone] {
            #expect(try set.bench.server.inboxMessage("3EB0A1", of: address).media == .downloaded, "\(address)")
        }
        let shown = try set.shown("3EB0A1")
        #expect(shown.text == "Look" && shown.kind == "imageMessage")
        #expect(shown.content.kind == .image)
        #expect(shown.content.media?.width == 320 && shown.content.media?.file.byteCount == 1_234)
        try set.client.send(image(), "media", mediaType: "image", to: set.peer, id: "3EB0A2", on: set.bench)
        #expect(set.bench.mediaRequests.isEmpty, "the same file, key and hashes are known to be good")
        #expect(try set.shown("3EB0A2").media == .downloaded)
        #expect(set.bench.violations.isEmpty)
    }

    @Test("With the setting to wait, a file is fetched when somebody asks for it")
    func mediaWhenAsked() throws {
        let set = try setting(SimulatorConfiguration(mediaDownload: .whenAsked))
        try set.client.send(image(), "media", mediaType: "image", to: set.peer, id: "3EB0A1", on: set.bench)
        #expect(set.bench.mediaRequests.isEmpty)
        #expect(try set.shown("3EB0A1").media == .notAsked)
        try set.bench.drive { try $0.downloadMedia(of: "3EB0A1", on: set.phone) }
        #expect(set.bench.mediaRequests.count == 1)
        try set.bench.fetched(.success(Self.jpeg))
        #expect(try set.shown("3EB0A1").media == .downloaded)
    }

    @Test(
        "A file that is not what its message says is a violation, an expired one is not",
        arguments: [
            (MediaFailure.wrongMAC, [Violation.Kind.media, .media]), (.wrongPlaintextHash, [.media, .media]),
            (.notFound, [.media, .media]), (.expired, []),
        ])
    func brokenMedia(failure: MediaFailure, expected: [Violation.Kind]) throws {
        let set = try setting()
        try set.client.send(image(), "media", mediaType: "image", to: set.peer, id: "3EB0A1", on: set.bench)
        try set.bench.fetched(.failure(failure))
        #expect(try set.shown("3EB0A1").media == .failed(failure))
        #expect(set.bench.violations == expected, "of the peer's phone and the own one")
    }

    @Test("A voice note must be Ogg with Opus, and a sticker WebP, also in their bytes")
    func fileSignatures() throws {
        let set = try setting()
        var message = WAMessage()
        message.stickerMessage.mimetype = "image/webp"
        message.stickerMessage.mediaKey = Data(repeating: 7, count: 32)
        message.stickerMessage.fileSha256 = Data(repeating: 1, count: 32)
        message.stickerMessage.fileEncSha256 = Data(repeating: 2, count: 32)
        message.stickerMessage.fileLength = 3
        message.stickerMessage.directPath = "/v/x"
        try set.client.send(message, "media", mediaType: "sticker", to: set.peer, id: "3EB0A1", on: set.bench)
        try set.bench.fetched(.success(Self.jpeg))
        #expect(set.bench.violations == [.media, .media])
    }

    // MARK: - What a phone would choke on

    private static let flaws: [(String, @Sendable (inout WAImageMessage) -> Void)] = [
        ("mimetype", { $0.clearMimetype() }), ("mediaKey", { $0.mediaKey = Data([1]) }),
        ("fileSHA256", { $0.clearFileSha256() }), ("fileEncSHA256", { $0.clearFileEncSha256() }),
        ("fileLength", { $0.clearFileLength() }), ("directPath", { $0.clearDirectPath() }),
        ("mimetype video/mp4", { $0.mimetype = "video/mp4" }),
        ("thumbnail", { $0.jpegThumbnail = Data("GIF89a".utf8) }),
        ("thumbnail of 65537", { $0.jpegThumbnail = Data(ContentTests.jpeg + [UInt8](repeating: 0, count: 65_527)) }),
    ]

    @Test("Each missing or impossible field of a picture is a violation that names it", arguments: flaws.indices)
    func flawedImages(index: Int) throws {
        let (name, change) = Self.flaws[index]
        let set = try setting()
        try set.client.send(image(change), "media", mediaType: "image", to: set.peer, id: "3EB0A1", on: set.bench)
        let kinds = Set(set.bench.violations)
        #expect(kinds == [.unshowableContent], "\(name)")
        #expect(set.bench.server.violations.allSatisfy { $0.text.contains(name) }, "\(set.bench.server.violations)")
    }

    @Test("Voice notes need their mimetype and 64 loudnesses, polls a secret, places a place on Earth")
    func flawedOthers() throws {
        let set = try setting()
        var voice = WAMessage()
        voice.audioMessage.mimetype = "audio/ogg"
        voice.audioMessage.mediaKey = Data(repeating: 7, count: 32)
        voice.audioMessage.fileSha256 = Data(repeating: 1, count: 32)
        voice.audioMessage.fileEncSha256 = Data(repeating: 2, count: 32)
        voice.audioMessage.fileLength = 3
        voice.audioMessage.directPath = "/v/x"
        voice.audioMessage.ptt = true
        voice.audioMessage.waveform = Data(repeating: 101, count: 64)
        try set.client.send(voice, "media", mediaType: "ptt", to: set.peer, id: "3EB0A1", on: set.bench)
        #expect(set.bench.violations.count == 4, "mimetype and waveform on two phones")
        var poll = WAMessage()
        poll.pollCreationMessageV3.name = "Lunch?"
        for name in ["Yes", "No"] {
            var option = WAPollCreationMessage.Option()
            option.optionName = name
            poll.pollCreationMessageV3.options.append(option)
        }
        try set.client.send(poll, "poll", pollType: "creation", to: set.peer, id: "3EB0A2", on: set.bench)
        #expect(set.bench.server.violations.dropFirst(4).allSatisfy { $0.text.contains("secret") })
        #expect(set.bench.violations.count == 6)
        var place = WAMessage()
        place.locationMessage.degreesLatitude = 91
        try set.client.send(place, "media", mediaType: "location", to: set.peer, id: "3EB0A3", on: set.bench)
        #expect(set.bench.violations.count == 8)
    }

    @Test("type, mediatype, edit and polltype must fit what is inside")
    func stanzaAttributes() throws {
        let set = try setting()
        _ = try set.client.say("hi", to: set.peer, id: "3EB0A0", on: set.bench)
        try set.client.send(image(), "text", mediaType: "image", to: set.peer, id: "3EB0A1", on: set.bench)
        try set.client.send(image(), "media", to: set.peer, id: "3EB0A2", on: set.bench)
        try set.client.send(
            reaction("👍", to: "3EB0A0", in: set.peer), "reaction", edit: "7", to: set.peer, id: "3EB0A3", on: set.bench)
        try set.client.send(
            reaction("", to: "3EB0A0", in: set.peer), "reaction", to: set.peer, id: "3EB0A4", on: set.bench)
        #expect(set.bench.violations == [Violation.Kind](repeating: .stanzaAttributes, count: 8))
    }

    // MARK: - About earlier messages

    @Test("A reaction shows at its message, changes with the next one, and goes with an empty one")
    func reactions() throws {
        let set = try setting()
        _ = try set.client.say("hi", to: set.peer, id: "3EB0A0", on: set.bench)
        for (count, emoji) in ["👍", "❤️"].enumerated() {
            try set.client.send(
                reaction(emoji, to: "3EB0A0", in: set.peer), "reaction", to: set.peer, id: "3EB0B\(count)",
                on: set.bench)
            #expect(try set.shown("3EB0A0").changes.reactions.map(\.emoji) == [emoji])
            #expect(try set.shown("3EB0A0").changes.reactions.map(\.by) == ["15551234567"])
        }
        try set.client.send(
            reaction("", to: "3EB0A0", in: set.peer), "reaction", edit: "7", to: set.peer, id: "3EB0B9", on: set.bench)
        #expect(try set.shown("3EB0A0").changes.reactions.isEmpty)
        #expect(try set.shown("3EB0B9").content.target?.id == "3EB0A0")
        #expect(set.bench.violations.isEmpty)
    }

    @Test("A reaction to what a phone said shows at what it said")
    func reactionToSaid() throws {
        let set = try setting()
        let id = try set.bench.drive { try $0.say("hello", from: set.phone, to: "15551234567") }
        try set.client.send(
            reaction("👍", to: id, in: set.peer, isFromMe: false), "reaction", to: set.peer, id: "3EB0B0", on: set.bench)
        #expect(try set.bench.server.said(id, by: set.phone).changes.reactions.map(\.emoji) == ["👍"])
        #expect(try set.bench.server.inboxMessage(id, of: set.ownPhone).changes.reactions.map(\.emoji) == ["👍"])
        #expect(set.bench.violations.isEmpty)
    }

    @Test("A key that names another chat, another author or nothing is a violation, and changes nothing")
    func wrongKeys() throws {
        let set = try setting()
        _ = try set.client.say("hi", to: set.peer, id: "3EB0A0", on: set.bench)
        let wrong = [
            reaction("👍", to: "3EB0A0", in: JID("15550000000", .user)),
            reaction("👍", to: "3EB0A0", in: set.peer, isFromMe: false), reaction("👍", to: "3EB0AF", in: set.peer),
        ]
        for (count, message) in wrong.enumerated() {
            try set.client.send(message, "reaction", to: set.peer, id: "3EB0B\(count)", on: set.bench)
        }
        #expect(set.bench.violations == [Violation.Kind](repeating: .unknownTarget, count: 6))
        #expect(try set.shown("3EB0A0").changes == MessageChanges())
    }

    @Test("An edit changes the text and keeps the former one; a deletion takes it away", arguments: [true, false])
    func editAndRevoke(isWrapped: Bool) throws {
        let set = try setting()
        _ = try set.client.say("helo", to: set.peer, id: "3EB0A0", on: set.bench)
        var edit = WAMessage()
        edit.protocolMessage.key = key("3EB0A0", in: set.peer, isFromMe: true)
        edit.protocolMessage.type = .messageEdit
        edit.protocolMessage.timestampMs = 1
        edit.protocolMessage.editedMessage.conversation = "hello"
        var wrapped = WAMessage()
        wrapped.editedMessage.message = edit
        try set.client.send(
            isWrapped ? wrapped : edit, "text", edit: "1", to: set.peer, id: "3EB0B0", on: set.bench)
        #expect(try set.shown("3EB0A0").text == "hello")
        #expect(try set.shown("3EB0A0").changes.edits.map(\.formerText) == ["helo"])
        var revoke = WAMessage()
        revoke.protocolMessage.key = key("3EB0A0", in: set.peer, isFromMe: true)
        revoke.protocolMessage.type = .revoke
        try set.client.send(revoke, "text", edit: "7", to: set.peer, id: "3EB0B1", on: set.bench)
        #expect(try set.shown("3EB0A0").changes.revokedBy == "15551234567")
        #expect(try set.shown("3EB0A0").text == nil)
        #expect(set.bench.violations.isEmpty)
    }

    @Test("Only the author can edit or delete")
    func foreignEdit() throws {
        let set = try setting()
        let id = try set.bench.drive { try $0.say("mine", from: set.phone, to: "15551234567") }
        var revoke = WAMessage()
        revoke.protocolMessage.key = key(id, in: set.peer, isFromMe: false)
        revoke.protocolMessage.type = .revoke
        try set.client.send(revoke, "text", edit: "8", to: set.peer, id: "3EB0B1", on: set.bench)
        #expect(Set(set.bench.violations) == [.unknownTarget])
        #expect(try set.bench.server.said(id, by: set.phone).text == "mine")
    }

    @Test("Phones say polls and vote in them, and the vote can be changed and taken back")
    func votes() throws {
        let set = try setting()
        let other = set.ownPhone
        let id = try set.bench.drive {
            try $0.say(
                Utterance(.poll(question: "Lunch?", options: ["Yes", "No", "Later"], selectableCount: 1)),
                from: set.phone,
                to: "15551234567")
        }
        for (options, expected) in [(["Later"], [["Later"]]), (["Yes"], [["Yes"]]), ([], [])]
            as [([String], [[String]])]
        {
            _ = try set.bench.drive {
                try $0.say(Utterance(.vote(options, in: id)), from: other, to: "15557654321")
            }
            #expect(try set.bench.server.said(id, by: set.phone).changes.votes.map(\.options) == expected)
            #expect(try set.bench.server.inboxMessage(id, of: other).changes.votes.map(\.options) == expected)
        }
        #expect(throws: SimulatorError.noSuchOption(id)) {
            try set.bench.drive { try $0.say(Utterance(.vote(["Never"], in: id)), from: other, to: "15557654321") }
        }
        #expect(set.bench.violations.isEmpty)
    }

    // MARK: - What phones say

    @Test(
        "What phones say of each kind reaches the client with the attributes of its kind, and other phones without complaint"
    )
    func everyKind() throws {
        let set = try setting()
        let first = try set.bench.drive { try $0.say("first", from: set.phone, to: "15551234567") }
        var media = ShownMedia(
            file: MediaFile(
                directPath: "/v/x", url: nil, mediaKey: [UInt8](repeating: 7, count: 32),
                fileSHA256: [UInt8](repeating: 1, count: 32), encryptedFileSHA256: [UInt8](repeating: 2, count: 32),
                byteCount: 3, purpose: .document),
            mimetype: "application/pdf")
        media.caption = "Read"
        media.fileName = "r.pdf"
        var reply = Utterance(.text("second"))
        reply.quotedID = first
        reply.mentions = ["15551234567"]
        reply.forwardingScore = 2
        var hidden = Utterance(.text("soon gone"))
        hidden.expirationSeconds = 86_400
        let cases: [(Utterance, type: String, mediaType: String?, edit: String?)] = [
            (Utterance(.media(media, .document)), "media", "document", nil),
            (
                Utterance(.location(latitude: -6.2, longitude: 106.8, name: "Jakarta", address: nil)), "media",
                "location", nil
            ),
            (Utterance(.contact(name: "John; Doe", number: "628987654321")), "media", "vcard", nil),
            (
                Utterance(.link("see https://example.com", link: "https://example.com", title: "T", description: nil)),
                "media", "url", nil
            ),
            (reply, "text", nil, nil), (hidden, "text", nil, nil),
            (Utterance(.reaction("👍", to: first)), "reaction", nil, nil),
            (Utterance(.edit("first!", of: first)), "text", nil, "1"),
            (Utterance(.pin(true, first, seconds: 604_800)), "text", nil, "2"),
            (Utterance(.revoke(first)), "text", nil, "7"),
        ]
        for (utterance, type, mediaType, edit) in cases {
            let id = try set.bench.drive { try $0.say(utterance, from: set.phone, to: "15551234567") }
            let node = try set.client.take("message") { $0["id"] == id }
            #expect(
                node["type"] == type && node.child("enc")?["mediatype"] == mediaType && node["edit"] == edit,
                "\(utterance)")
            #expect(try set.bench.server.inboxMessage(id, of: set.ownPhone).id == id)
        }
        let inbox = try set.bench.server.inbox(of: set.ownPhone)
        #expect(
            inbox.map(\.content.kind) == [
                .text, .document, .location, .contact, .text, .text, .text, .reaction, .edit, .pin, .revoke,
            ])
        let document = inbox[1].content
        #expect(document.wrappers == ["documentWithCaptionMessage"] && document.media?.fileName == "r.pdf")
        #expect(inbox[2].content.location?.name == "Jakarta")
        #expect(inbox[3].content.contacts.first?.card?.name == "John; Doe")
        #expect(inbox[3].content.contacts.first?.card?.accounts == ["628987654321"])
        #expect(inbox[4].content.linkPreview?.title == "T")
        let quoted = inbox[5].content
        #expect(quoted.quoted?.id == first && quoted.quoted?.text == "first" && quoted.forwardingScore == 2)
        #expect(
            quoted.quoted?.author == set.peer.description && quoted.mentions == [set.client.lid.account.description])
        #expect(inbox[6].content.wrappers == ["ephemeralMessage"] && inbox[6].content.expirationSeconds == 86_400)
        #expect(
            inbox[0].changes.isPinned && inbox[0].changes.edits.count == 1
                && inbox[0].changes.revokedBy == "15557654321")
        #expect(set.bench.violations.isEmpty)
    }
}

@Suite("Media connections")
struct MediaConnectionTests {
    @Test("media_conn names hosts, their order and a token, which can be renewed")
    func mediaConnection() throws {
        let bench = SimulatorBench(SimulatorConfiguration(mediaHosts: ["127.0.0.1:4443", "127.0.0.1:4444"]))
        try bench.drive { try $0.addPhone("15551234567") }
        let client = try ScriptedClient.linked(to: "15551234567", seed: 78, on: bench)
        let answer = try client.request("w:m", "set", [Node("media_conn")], on: bench)
        let connection = try #require(answer.child("media_conn"))
        #expect(connection["auth"] == bench.server.mediaAuthorization)
        #expect(connection["ttl"] == "300" && connection["auth_ttl"] == "21600" && connection["max_buckets"] == "12")
        #expect(connection.children("host").map { $0["hostname"] } == ["127.0.0.1:4443", "127.0.0.1:4444"])
        #expect(connection.children("host").map { $0["type"] } == ["primary", "fallback"])
        try bench.drive { $0.renewMediaAuthorization() }
        let later = try client.request("w:m", "set", [Node("media_conn")], on: bench)
        #expect(later.child("media_conn")?["auth"] != connection["auth"])
    }
}

@Suite("Contact cards")
struct ContactCardTests {
    @Test("Name, numbers and accounts are read from folded, grouped and escaped lines")
    func reading() throws {
        let card = try #require(
            ContactCard(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Doe\\, Jo\r\n hn\r\nitem1.TEL;waid=628987654321:+62 898\r\nEND:VCARD\r\n"
            ))
        #expect(card.name == "Doe, John")
        #expect(card.numbers == ["+62 898"] && card.accounts == ["628987654321"])
    }

    @Test(
        "What is no card, or has no name, is nil",
        arguments: ["", "BEGIN:VCARD\nEND:VCARD", "FN:x", "BEGIN:VCARD\nFN:x"])
    func refusing(text: String) {
        #expect(ContactCard(text) == nil)
    }
}
