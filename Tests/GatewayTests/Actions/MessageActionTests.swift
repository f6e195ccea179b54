import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

@Suite("What is done to messages that exist")
struct MessageActionTests {
    private static let chat = "6281234567890@c.us"

    private func target(_ id: String, chat: String = chat) -> MessageTarget {
        MessageTarget(chatID: chat, messageID: id)
    }

    /// A text of ours that WhatsApp has; its serialised id.
    private func send(_ text: String, _ live: LiveGateway) async throws -> String {
        let before = live.client.givenIDs.count
        let request = SendRequest(chatID: Self.chat, content: .text(OutgoingText(text)))
        async let sent = live.gateway.send(request, session: LiveGateway.session)
        try await live.client.waitUntilGiven(before + 1)
        try await live.acknowledge(live.client.givenIDs[before], seconds: 100)
        return try await sent.messageID
    }

    private func receive(_ content: MessageContent, id: String, _ live: LiveGateway) async throws {
        let jid = JID("6281234567890", .user)
        try await live.record(
            .received(
                ReceivedMessage(
                    chat: jid, sender: jid, isFromMe: false, id: id, timestampSeconds: 50, pushName: "Budi",
                    content: content, isFromOfflineQueue: false)))
    }

    /// Does something that sends one stanza, and lets WhatsApp have it.
    private func acknowledged<R: Sendable>(
        _ live: LiveGateway, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        let before = live.client.givenIDs.count
        let task = Task { try await body() }
        try await live.client.waitUntilGiven(before + 1)
        try await live.acknowledge(live.client.givenIDs[before])
        return try await task.value
    }

    @Test("A reaction is added, changed and taken away, and is readable")
    func reacts() async throws {
        try await withLiveGateway { live in
            let id = try await send("hello", live)
            for (emoji, expected) in [("👍", ["👍"]), ("🎉", ["🎉"]), ("", [])] {
                let result = try await acknowledged(live) {
                    try await live.gateway.react(emoji, to: target(id), session: LiveGateway.session)
                }
                #expect(result.acknowledged)
                let reactions = try await live.gateway.reactions(to: id, in: Self.chat, session: LiveGateway.session)
                #expect(reactions.map(\.emoji) == expected)
                #expect(reactions.allSatisfy { $0.senderID == "\(LiveGateway.ownNumber)@c.us" })
                live.clock.advance(by: .seconds(1))
            }
            guard case .reaction(let reaction)? = live.client.given.last?.content else {
                Issue.record("no reaction was sent")
                return
            }
            #expect(reaction.key.isFromMe)
            #expect(reaction.key.id == MessageReference(parsing: id)?.id)
            #expect(try await live.messages().count == 1, "a reaction is no message")
        }
    }

    @Test("A serialised id is enough for a message nobody stored; a bare one or one of another chat is not found")
    func references() async throws {
        try await withLiveGateway { live in
            try await receive(.text(TextContent("hi")), id: "3A01", live)
            for known in ["3A01", "false_\(Self.chat)_3A01", "false_6281234567890@s.whatsapp.net_3A01", "true_\(Self.chat)_3EB0FF"] {
                _ = try await acknowledged(live) {
                    try await live.gateway.react("👍", to: target(known), session: LiveGateway.session)
                }
            }
            for unknown in ["3EB0FF", "true_628111111111@c.us_3A01", "has space", ""] {
                await #expect(throws: GatewayError.messageNotFound(unknown, chatID: Self.chat)) {
                    _ = try await live.gateway.react("👍", to: target(unknown), session: LiveGateway.session)
                }
            }
        }
    }

    @Test("An edit answers with the original's id and time, changes the text when WhatsApp has it, and its receipts are the message's")
    func edits() async throws {
        try await withLiveGateway { live in
            let id = try await send("helo", live)
            let edit = Task {
                try await live.gateway.edit(target(id), to: OutgoingText("hello"), session: LiveGateway.session)
            }
            try await live.client.waitUntilGiven(2)
            #expect(try await live.messages()[0].body == "helo")
            let stanza = live.client.givenIDs[1]
            try await live.acknowledge(stanza)
            let result = try await edit.value
            #expect(result.messageID == id)
            #expect(result.timestampSeconds == 100)
            #expect(try await live.messages()[0].body == "hello")
            let jid = JID("6281234567890", .user)
            try await live.record(
                .receipt(
                    DeliveryUpdate(
                        chat: jid, from: jid, messageIDs: [stanza], status: .read, timestampSeconds: 120,
                        isOwnReading: false)))
            #expect(try await live.messages()[0].status == .read)
        }
    }

    @Test("An edit that WhatsApp refuses leaves the text as it was")
    func refusedEdit() async throws {
        try await withLiveGateway { live in
            let id = try await send("helo", live)
            let edit = Task {
                try await live.gateway.edit(target(id), to: OutgoingText("hello"), session: LiveGateway.session)
            }
            try await live.client.waitUntilGiven(2)
            try await live.refuse(live.client.givenIDs[1], .server(code: 400))
            await #expect(throws: GatewayError.sendRefused(code: "WHATSAPP_400")) { _ = try await edit.value }
            #expect(try await live.messages()[0].body == "helo")
        }
    }

    @Test("Only our own texts can be edited, only known ones, and only our own taken back in a chat of two")
    func refusals() async throws {
        try await withLiveGateway { live in
            try await receive(.text(TextContent("theirs")), id: "3A01", live)
            let own = try await send("ours", live)
            await #expect(throws: GatewayError.notOwnMessage) {
                _ = try await live.gateway.edit(target("3A01"), to: OutgoingText("x"), session: LiveGateway.session)
            }
            await #expect(throws: GatewayError.notOwnMessage) {
                _ = try await live.gateway.deleteForEveryone(target("3A01"), session: LiveGateway.session)
            }
            let unknown = "true_\(Self.chat)_3EB0FF"
            await #expect(throws: GatewayError.messageNotFound(unknown, chatID: Self.chat)) {
                _ = try await live.gateway.edit(target(unknown), to: OutgoingText("x"), session: LiveGateway.session)
            }
            _ = try await acknowledged(live) {
                try await live.gateway.deleteForEveryone(target(own), session: LiveGateway.session)
            }
            let message = try #require(try await live.messages().first { $0.waMessageID == own })
            #expect(message.type == "revoked")
            #expect(message.body.isEmpty)
            await #expect(throws: GatewayError.messageNotFound(own, chatID: Self.chat)) {
                _ = try await live.gateway.edit(target(own), to: OutgoingText("x"), session: LiveGateway.session)
            }
        }
    }

    @Test("Deleting for me sends nothing and clears our own row")
    func deletesForMe() async throws {
        try await withLiveGateway { live in
            try await receive(.text(TextContent("theirs")), id: "3A01", live)
            _ = try await live.gateway.deleteForMe(target("3A01"), session: LiveGateway.session)
            #expect(try await live.messages()[0].type == "revoked")
            #expect(live.client.givenIDs.isEmpty)
        }
    }

    @Test("A quote repeats what was said, by whom; one that is not known is not sent")
    func quotes() async throws {
        try await withLiveGateway { live in
            let place = MessageContent.location(LocationContent(latitude: 1, longitude: 2, name: "Jakarta"))
            try await receive(place, id: "3A01", live)
            let reply = SendRequest(
                chatID: Self.chat, content: .text(OutgoingText("nice")), quotedMessageID: "false_\(Self.chat)_3A01",
                quotesSameChatOnly: true)
            _ = try await live.gateway.send(reply, session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(1)
            let quoted = try #require(live.client.given[0].content.context?.quoted)
            #expect(quoted.id == "3A01")
            #expect(quoted.author == JID("6281234567890", .user))
            #expect(quoted.content == place)
            let row = try #require(try await live.messages().last)
            #expect(
                row.metadataJSON
                    == #"{"quotedMessage":{"body":"📍 Jakarta","id":"false_6281234567890@c.us_3A01"}}"#)

            var elsewhere = reply
            elsewhere.chatID = "628111111111@c.us"
            elsewhere.quotedMessageID = "3A01"
            await #expect(throws: GatewayError.messageNotFound("3A01", chatID: "628111111111@c.us")) {
                _ = try await live.gateway.send(elsewhere, session: LiveGateway.session, waiting: .none)
            }
            elsewhere.quotesSameChatOnly = false
            _ = try await live.gateway.send(elsewhere, session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(2)
            #expect(live.client.given[1].content.context?.quoted?.chat == JID("6281234567890", .user))
        }
    }

    @Test("Forwarding sends the stored content with its score one higher; unknown content is not found")
    func forwards() async throws {
        try await withLiveGateway { live in
            let id = try await send("pass it on", live)
            _ = try await live.gateway.forward(
                id, from: Self.chat, to: "628111111111@c.us", session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(2)
            let first = MessageContent(live.client.given[1].content.message)
            #expect(first.text == "pass it on")
            #expect(first.context?.forwardingScore == 1)
            let row = try #require(try await live.messages().last)
            #expect(row.type == "forward")
            #expect(row.body == "[Forwarded]")
            _ = try await live.gateway.forward(
                row.waMessageID, from: "628111111111@c.us", to: Self.chat, session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(3)
            #expect(MessageContent(live.client.given[2].content.message).context?.forwardingScore == 2)
            let unknown = "true_\(Self.chat)_3EB0FF"
            await #expect(throws: GatewayError.messageNotFound(unknown, chatID: Self.chat)) {
                _ = try await live.gateway.forward(
                    unknown, from: Self.chat, to: Self.chat, session: LiveGateway.session, waiting: .none)
            }
        }
    }

    @Test("Others' reactions, edits and revocations change what is stored, of their own messages only")
    func receivesChanges() async throws {
        try await withLiveGateway { live in
            let own = try await send("ours", live)
            let ownID = try #require(MessageReference(parsing: own)?.id)
            try await receive(.text(TextContent("helo")), id: "3A01", live)
            let jid = JID("6281234567890", .user)
            let theirKey = MessageKey(chat: jid, id: "3A01", isFromMe: false)
            let ourKey = MessageKey(chat: jid, id: ownID, isFromMe: true)
            try await receive(
                .reaction(ReactionContent(key: ourKey, emoji: "❤️", sentAtMilliseconds: 5)), id: "3A02", live)
            try await receive(
                .edit(EditContent(key: theirKey, replacement: .text(TextContent("hello")), editedAtMilliseconds: 6)),
                id: "3A03", live)
            try await receive(.revoke(RevokeContent(key: ourKey)), id: "3A04", live)
            let reactions = try await live.gateway.reactions(to: own, in: Self.chat, session: LiveGateway.session)
            #expect(reactions == [MessageReaction(senderID: Self.chat, emoji: "❤️", reactedAtMilliseconds: 5)])
            #expect(try await live.messages().map(\.body) == ["ours", "hello"])
            try await receive(.revoke(RevokeContent(key: theirKey)), id: "3A05", live)
            #expect(try await live.messages().map(\.type) == ["text", "revoked"])
        }
    }
}
