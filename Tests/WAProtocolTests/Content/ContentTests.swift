import FoundationEssentials
import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@Suite("Message content")
struct ContentTests {
    @Test("A bare text is a conversation; with a context it is an extended text; both read back")
    func text() {
        let bare = MessageContent.text(TextContent("hello"))
        #expect(bare.message.conversation == "hello" && !bare.message.hasExtendedTextMessage)
        #expect(MessageContent(bare.message) == bare)
        let rich = MessageContent.text(TextContent("hello", mentioning: [JID("15557654321", .user, device: 2)]))
        #expect(!rich.message.hasConversation && rich.message.extendedTextMessage.text == "hello")
        #expect(rich.message.extendedTextMessage.contextInfo.mentionedJid == ["15557654321@s.whatsapp.net"])
        #expect(MessageContent(rich.message) == rich)
        #expect(bare.stanzaType == .text && bare.mediaType == nil && bare.isForPeople && bare.text == "hello")
    }

    @Test("The wire bytes of a text are the protobuf's")
    func textBytes() {
        #expect(MessageContent.text(TextContent("hi")).message.encoded() == [0x0A, 2, 0x68, 0x69])
        // messageContextInfo (35) { messageSecret (3) }
        let secret = [UInt8](repeating: 7, count: 32)
        #expect(
            MessageContent.text(TextContent("hi")).message(secret: secret).encoded()
                == [0x0A, 2, 0x68, 0x69, 0x9A, 2, 34, 0x1A, 32] + secret)
    }

    @Test("The copy for our own devices names the chat and carries the same context")
    func deviceSent() throws {
        let message = MessageContent.text(TextContent("hi")).message(secret: [UInt8](repeating: 7, count: 32))
        let copy = try WAMessage(decoding: message.sentByOtherDevice(to: JID("2000", .lid, device: 3)).encoded())
        #expect(copy.deviceSentMessage.destinationJid == "2000@lid" && !copy.deviceSentMessage.hasPhash)
        #expect(copy.messageContextInfo == message.messageContextInfo)
        for said in [message, MessageContent.text(TextContent("hi")).message] {
            let destination = JID("2000", .lid, device: 3)
            #expect(
                said.encodedCopy(of: said.encoded(), to: destination) == said.sentByOtherDevice(to: destination).encoded())
        }
        let sent = try #require(copy.deviceSent)
        #expect(sent.destination == JID("2000", .lid) && sent.message == message)
        #expect(message.deviceSent == nil)
        var broken = copy
        broken.deviceSentMessage.destinationJid = "nobody"
        #expect(broken.deviceSent == nil)
    }

    @Test("Wrappers come off in any order, keep the outer context, and end somewhere")
    func wrappers() {
        var inner = WAMessage()
        inner.conversation = "hi"
        var viewOnce = WAMessage()
        viewOnce.viewOnceMessageV2.message = inner
        var ephemeral = WAMessage()
        ephemeral.ephemeralMessage.message = viewOnce
        ephemeral.messageContextInfo.messageSecret = Data([1])
        #expect(ephemeral.unwrapped.conversation == "hi")
        #expect(ephemeral.unwrapped.messageContextInfo.messageSecret == Data([1]))
        #expect(MessageContent(ephemeral) == .text(TextContent("hi")))
        var edited = WAMessage()
        edited.editedMessage.message = ephemeral
        #expect(MessageContent(edited).text == "hi")

        var deep = inner
        for _ in 0..<40 {
            var outer = WAMessage()
            outer.ephemeralMessage.message = deep
            deep = outer
        }
        #expect(deep.unwrapped.hasEphemeralMessage)
        var empty = WAMessage()
        empty.ephemeralMessage = WAFutureProofMessage()
        #expect(empty.unwrapped == empty)
    }

    @Test("Stanza and media type follow the content, through wrappers")
    func types() {
        func content(_ change: (inout WAMessage) -> Void) -> MessageContent {
            var message = WAMessage()
            change(&message)
            return .raw(message)
        }
        let cases: [(MessageContent, MessageKind, String?)] = [
            (content { $0.imageMessage.caption = "x" }, .media, "image"),
            (content { $0.documentWithCaptionMessage.message.documentMessage.caption = "x" }, .media, "document"),
            (content { $0.audioMessage.ptt = true }, .media, "ptt"),
            (content { $0.audioMessage.ptt = false }, .media, "audio"),
            (content { $0.videoMessage.gifPlayback = true }, .media, "gif"),
            (content { $0.extendedTextMessage.title = "x" }, .media, "url"),
            (content { $0.reactionMessage.text = "👍" }, .reaction, nil),
            (content { $0.pollCreationMessageV3.name = "x" }, .poll, nil),
            (content { $0.pollUpdateMessage.senderTimestampMs = 1 }, .poll, nil),
            (content { $0.eventMessage.name = "x" }, .event, nil),
            (content { $0.protocolMessage.type = .revoke }, .text, nil),
        ]
        for (content, kind, mediaType) in cases {
            #expect(content.stanzaType == kind && content.mediaType == mediaType)
        }
    }

    @Test("Keys and notes between devices are not for people; revocations and unknown content are")
    func forPeople() throws {
        var keys = WAMessage()
        keys.senderKeyDistributionMessage.groupID = "1@g.us"
        keys.messageContextInfo.messageSecret = Data([1])
        #expect(!MessageContent(keys).isForPeople && !MessageContent(WAMessage()).isForPeople)
        keys.conversation = "hi"
        #expect(MessageContent(keys).isForPeople)
        var share = WAMessage()
        share.protocolMessage.type = .appStateSyncKeyShare
        #expect(!MessageContent(share).isForPeople && ReservedClaim(share)?.isForPhoneOnly == true)
        var revoke = WAMessage()
        revoke.protocolMessage.type = .revoke
        #expect(MessageContent(revoke).isForPeople && ReservedClaim(revoke) == nil)
        let unknown = try WAMessage(decoding: [0xFA, 0x3F, 1, 0x61])
        #expect(MessageContent(unknown).isForPeople && MessageContent(unknown).message == unknown)
    }

    @Test("Message ids are 3EB0 and 18 upper-case digits, and differ")
    func messageIDs() {
        var rng = SeededRandom(seed: 4)
        let ids = (0..<100).map { _ in
            MessageID.make(own: JID("15551234567", .user), nowSeconds: 1_752_021_890, using: &rng)
        }
        #expect(Set(ids).count == 100)
        for id in ids {
            #expect(id.count == 22 && id.hasPrefix("3EB0"))
            #expect(id.allSatisfy { $0.isHexDigit && !$0.isLowercase })
        }
        var again = SeededRandom(seed: 4)
        let repeated = MessageID.make(own: JID("15551234567", .user), nowSeconds: 1_752_021_890, using: &again)
        #expect(repeated == ids[0])
    }
}
