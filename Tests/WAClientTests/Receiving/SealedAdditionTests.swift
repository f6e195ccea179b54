import FoundationEssentials
import Storage
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

@Suite("Votes, reactions and edits sealed with a message's secret")
struct SealedAdditionTests {
    private typealias Scene = ReceivingScene

    private let secret = [UInt8](repeating: 7, count: 32)
    private let poll = PollContent(name: "When?", options: ["now", "later", "never"], selectableCount: 0)

    /// As the writer names the message: relative to them.
    private func key(_ id: String, in chat: JID, isFromMe: Bool, participant: JID? = nil) -> WAMessageKey {
        var key = WAMessageKey()
        key.remoteJid = chat.description
        key.id = id
        key.fromMe = isFromMe
        if let participant { key.participant = participant.description }
        return key
    }

    private func seal(
        _ plaintext: [UInt8], to id: String, by author: JID, from sender: JID, _ use: MessageSecret.UseCase,
        with secret: [UInt8]? = nil
    ) throws -> (payload: Data, iv: Data) {
        let iv = SecureRandom.bytes(12)
        let addition = MessageSecret.Addition(to: id, from: author.description, by: sender.description, use)
        return (Data(try MessageSecret(bytes: secret ?? self.secret).seal(plaintext, for: addition, iv: iv)), Data(iv))
    }

    private func vote(_ names: [String], key: WAMessageKey, by author: JID, from sender: JID) throws -> WAMessage {
        var vote = WAPollVoteMessage()
        vote.selectedOptions = names.map { Data(PollVoteContent.hash(of: $0)) }
        let sealed = try seal(vote.encoded(), to: key.id, by: author, from: sender, .pollVote)
        var message = WAMessage()
        message.pollUpdateMessage.pollCreationMessageKey = key
        message.pollUpdateMessage.vote.encPayload = sealed.payload
        message.pollUpdateMessage.vote.encIv = sealed.iv
        message.pollUpdateMessage.senderTimestampMs = 5
        return message
    }

    private func votes(_ events: [ClientEvent]) -> [PollVoteContent] {
        events.messages.compactMap { if case .pollVote(let vote) = $0.content { vote } else { nil } }
    }

    @Test("A vote in a received poll is opened and names what was chosen, whichever addresses it was sealed with")
    func receivedPoll() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            _ = try await scene.take(.poll(poll), secret: secret, from: scene.origin("3A01"))
            // Their own poll, from their side: the chat is we.
            let own = key("3A01", in: Scene.ownLID.account, isFromMe: true)
            let addresses = [(Scene.friendLID, Scene.friendLID), (Scene.friend, Scene.friend), (Scene.friend, Scene.friendLID)]
            for (number, (author, sender)) in addresses.enumerated() {
                let message = try vote(["later", "now"], key: own, by: author, from: sender)
                let vote = try #require(votes(try await scene.take(message, from: scene.origin("3A1\(number)"))).first)
                #expect(vote.key == MessageKey(chat: Scene.friend, id: "3A01", isFromMe: false))
                #expect(vote.selectedNames == ["now", "later"] && vote.selectedHashes.count == 2)
                #expect(vote.sentAtMilliseconds == 5)
            }
            let none = try vote([], key: own, by: Scene.friendLID, from: Scene.friendLID)
            #expect(votes(try await scene.take(none, from: scene.origin("3A20"))).first?.selectedHashes == [])
        }
    }

    @Test("A vote by somebody else's name, in an unknown poll or with another secret stays sealed and is told as it is")
    func sealed() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            _ = try await scene.take(.poll(poll), secret: secret, from: scene.origin("3A01"))
            let own = key("3A01", in: Scene.ownLID.account, isFromMe: true)
            var forged = try vote(["now"], key: own, by: Scene.friendLID, from: Scene.friendLID)
            let unknown = try vote(
                ["now"], key: key("3AFF", in: Scene.ownLID.account, isFromMe: true), by: Scene.friendLID, from: Scene.friendLID)
            let stranger = scene.origin("3A03", from: JID("100000000000009", .lid))
            for (message, origin) in [(forged, stranger), (unknown, scene.origin("3A04"))] {
                let events = try await scene.take(message, from: origin)
                #expect(events.messages.map(\.content) == [.raw(message)])
            }
            forged.pollUpdateMessage.vote.encPayload[0] ^= 1
            #expect(votes(try await scene.take(forged, from: scene.origin("3A05"))).isEmpty)
            // The first secret of a message stays.
            _ = try await scene.take(.poll(poll), secret: [UInt8](repeating: 8, count: 32), from: scene.origin("3A01"))
            let good = try vote(["now"], key: own, by: Scene.friendLID, from: Scene.friendLID)
            #expect(votes(try await scene.take(good, from: scene.origin("3A06"))).count == 1)
        }
    }

    @Test("What is sealed with the secret of a message of ours is opened, although that secret is kept nowhere")
    func own() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let envelope = OutgoingEnvelope(
                id: "3EB001", recipient: Scene.group, content: .text(TextContent("who comes?")))
            let sent = try #require(MessageDraft(of: envelope, by: scene.credentials)).message
            let secret = try #require(sent.secret)
            var reaction = WAReactionMessage()
            reaction.text = "🙋"
            func reacted(_ secret: [UInt8], _ id: String) async throws -> [MessageContent] {
                let sealed = try seal(
                    reaction.encoded(), to: envelope.id, by: Scene.ownLID.account, from: Scene.friendLID, .reaction,
                    with: secret)
                var message = WAMessage()
                message.encReactionMessage.targetMessageKey = key(
                    envelope.id, in: Scene.group, isFromMe: false, participant: Scene.ownLID.account)
                (message.encReactionMessage.encPayload, message.encReactionMessage.encIv) = sealed
                return try await scene.take(message, from: scene.origin(id, in: Scene.group)).messages.map(\.content)
            }
            let opened = try await reacted(secret, "3A01")
            #expect(opened.first?.target == MessageKey(chat: Scene.group, id: "3EB001", isFromMe: true))
            #expect(try await reacted(self.secret, "3A02").first?.target != opened.first?.target)
            #expect(secret == scene.credentials.secret(ofMessage: "3EB001") && secret.count == 32)
            #expect(secret != scene.credentials.secret(ofMessage: "3EB002"))
            #expect(try secret != DeviceCredentials.generate().secret(ofMessage: "3EB001"))
        }
    }

    @Test("A draft is made before anything stored is read, unless the content names somebody or is a vote")
    func drafts() throws {
        let credentials = try DeviceCredentials.generate()
        func draft(_ content: MessageContent) -> MessageDraft? {
            MessageDraft(of: OutgoingEnvelope(id: "3EB001", recipient: Scene.friend, content: content), by: credentials)
        }
        #expect(draft(.text(TextContent("hello")))?.content == draft(.text(TextContent("hello")))?.message.encoded())
        #expect(draft(.text(TextContent("hello @628111111111", mentioning: [Scene.friend]))) == nil)
        let key = MessageKey(chat: Scene.friend, id: "3A01", isFromMe: false)
        #expect(draft(.pollVote(PollVoteContent(key: key, options: ["now"], sentAtMilliseconds: 1))) == nil)
        #expect(draft(.reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: 1))) == nil)
    }

    @Test("In groups the author is whom the key names; encrypted reactions, comments and edits come out as plain ones")
    func group() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let other = JID("100000000000002", .lid)
            let text = MessageContent.text(TextContent("hello"))
            _ = try await scene.take(text, secret: secret, from: scene.origin("3A01", in: Scene.group))
            let theirs = key("3A01", in: Scene.group, isFromMe: false, participant: Scene.friendLID)
            let seen = MessageKey(chat: Scene.group, id: "3A01", isFromMe: false, participant: Scene.friend)

            var reaction = WAReactionMessage()
            reaction.text = "👍"
            reaction.senderTimestampMs = 9
            var sealed = try seal(reaction.encoded(), to: "3A01", by: Scene.friendLID, from: other, .reaction)
            var message = WAMessage()
            message.encReactionMessage.targetMessageKey = theirs
            (message.encReactionMessage.encPayload, message.encReactionMessage.encIv) = sealed
            let fromOther = scene.origin("3A02", from: other, in: Scene.group)
            #expect(
                try await scene.take(message, from: fromOther).messages.map(\.content)
                    == [.reaction(ReactionContent(key: seen, emoji: "👍", sentAtMilliseconds: 9))])

            sealed = try seal(
                MessageContent.text(TextContent("a comment")).encoded, to: "3A01", by: Scene.friendLID, from: other, .comment)
            message = WAMessage()
            message.encCommentMessage.targetMessageKey = theirs
            (message.encCommentMessage.encPayload, message.encCommentMessage.encIv) = sealed
            let comment = try #require(try await scene.take(message, from: fromOther).messages.first)
            #expect(comment.content.text == "a comment" && comment.content.context?.quoted?.id == "3A01")
            #expect(comment.content.context?.quoted?.author == Scene.friend)

            let edit = EditContent(
                key: MessageKey(chat: Scene.group, id: "3A01", isFromMe: true), replacement: .text(TextContent("better")),
                editedAtMilliseconds: 11)
            func sealedEdit(by sender: JID) throws -> WAMessage {
                let sealed = try seal(
                    MessageContent.edit(edit).encoded, to: "3A01", by: Scene.friendLID, from: sender, .messageEdit)
                var message = WAMessage()
                message.secretEncryptedMessage.targetMessageKey = sender == other ? theirs : key("3A01", in: Scene.group, isFromMe: true)
                message.secretEncryptedMessage.secretEncType = .messageEdit
                (message.secretEncryptedMessage.encPayload, message.secretEncryptedMessage.encIv) = sealed
                return message
            }
            let edited = try await scene.take(sealedEdit(by: Scene.friendLID), from: scene.origin("3A03", in: Scene.group))
            #expect(edited.messages.first?.content.target == seen && edited.messages.first?.content.text == "better")
            #expect(try await scene.take(sealedEdit(by: other), from: fromOther).isEmpty, "nobody edits what others wrote")
        }
    }

    @Test("Our vote is sealed so that the poll's author opens it, and refused where the poll is not known")
    func ownVote() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            _ = try await scene.take(.poll(poll), secret: secret, from: scene.origin("3A01"))
            let addressing = WireAddressing(
                account: Scene.account, linked: try #require(scene.credentials.linked), usesLID: true)
            func seal(_ id: String) async throws -> WAMessage? {
                let vote = PollVoteContent(
                    key: MessageKey(chat: Scene.friend, id: id, isFromMe: false), options: ["never"], sentAtMilliseconds: 3)
                let credentials = scene.credentials
                return try await database.write { sql in
                    try SealedAdditions(account: Scene.account).seal(vote, own: credentials, addressing: addressing, on: sql)
                }
            }
            let message = try #require(try await seal("3A01"))
            #expect(message.pollUpdateMessage.pollCreationMessageKey.remoteJid == Scene.friendLID.description)
            let addition = try #require(SealedAddition(message))
            let opened = addition.opened(
                with: try MessageSecret(bytes: secret), by: [Scene.ownLID], to: [Scene.friendLID], about: addition.key)
            guard case .pollVote(let vote)? = opened else {
                Issue.record("\(String(describing: opened))")
                return
            }
            #expect(vote.named(byOptions: poll.options).selectedNames == ["never"])
            #expect(try await seal("3AFF") == nil)
        }
    }
}
