import Storage
import TestSupport
import Testing
import WABinary
import WAProtocol

@testable import Gateway
@testable import WAClient

@Suite("Chats, people and what is noted of them")
struct ChatStoreTests {
    private static let chat = "6281234567890@c.us"
    private static let jid = JID("6281234567890", .user)
    private static let lid = JID("4321", .lid)

    private func chats(_ stores: Stores) async throws -> [ChatRecord] {
        try await stores.database.read {
            try ChatStore.list(of: Stores.sessionID, limit: 100, offset: 0, nowMilliseconds: 1_782_372_060_000, on: $0)
        }
    }

    @Test("Received messages are counted as unread until our phone or the account says they were read")
    func counts() async throws {
        try await withStores { stores in
            for id in ["3A01", "3A02", "3A03"] { try await stores.record(Stores.text("hi", id: id)) }
            try await stores.record(Stores.text("hi", id: "3A01"))
            #expect(try await chats(stores).map(\.unreadCount) == [3])
            try await stores.record(
                .receipt(
                    DeliveryUpdate(
                        chat: Self.jid, from: JID("6285500000001", .user), messageIDs: ["3A01", "3A02"], status: .read,
                        timestampSeconds: 9, isOwnReading: true)))
            #expect(try await chats(stores).map(\.unreadCount) == [1])
            let read = ChatChange(chat: Self.jid, change: .markedRead(true), atMilliseconds: 10)
            try await stores.record(.chatChanged(read))
            #expect(try await chats(stores).map(\.unreadCount) == [0])
            #expect(try await stores.page().messages.allSatisfy { $0.status == .read })
            let unread = ChatChange(chat: Self.jid, change: .markedRead(false), atMilliseconds: 11)
            try await stores.record(.chatChanged(unread))
            #expect(try await chats(stores).map(\.unreadCount) == [1])
        }
    }

    @Test("A chat shows its newest message, its name, and what was set for it")
    func lists() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("older", id: "3A01", seconds: 100))
            try await stores.record(Stores.text("newer", id: "3A02", from: "628111111111", seconds: 200))
            for change: ChatChange.Change in [.archived(true), .pinned(true), .muted(untilMilliseconds: -1)] {
                try await stores.record(
                    .chatChanged(ChatChange(chat: Self.jid, change: change, atMilliseconds: 1_000)))
            }
            try await stores.record(
                .contactChanged(
                    ContactChange(person: Self.jid, change: .saved(fullName: "Budi Santoso", firstName: "Budi"))))
            let list = try await chats(stores)
            #expect(list.map(\.id) == ["628111111111@c.us", Self.chat])
            let chat = try #require(list.last)
            #expect(chat.name == "Budi Santoso")
            #expect(chat.lastMessage == "older" && chat.lastMessageType == "text")
            #expect(chat.isArchived && chat.isPinned && chat.isMuted)
            #expect(chat.muteExpirationMilliseconds == 0)
            #expect(try await stores.page(MessageQuery(session: "my-session", chatID: Self.chat)).messages[0].chatName == "Budi Santoso")
        }
    }

    @Test("Clearing removes messages up to its time and keeps the chat; deleting removes the chat with its last message")
    func clears() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("old", id: "3A01", seconds: 100))
            try await stores.record(Stores.text("starred", id: "3A02", seconds: 101))
            try await stores.record(Stores.text("new", id: "3A03", seconds: 300))
            try await stores.record(
                .messageChanged(
                    MessageChange(
                        chat: Self.jid, messageID: "3A02", isFromMe: false, participant: nil, change: .starred(true),
                        atMilliseconds: 5)))
            let clear = ChatChange(
                chat: Self.jid, change: .cleared(throughSeconds: 200, keepsStarred: true), atMilliseconds: 6)
            try await stores.record(.chatChanged(clear))
            #expect(try await stores.page().messages.map(\.body) == ["new", "starred"])
            let delete = ChatChange(chat: Self.jid, change: .deleted(throughSeconds: 300), atMilliseconds: 7)
            try await stores.record(.chatChanged(delete))
            #expect(try await stores.page().total == 0)
            #expect(try await chats(stores).isEmpty)
        }
    }

    @Test("Once a person's number is known, chat, messages and contact move there, and ids given before are understood")
    func merges() async throws {
        try await withLiveGateway { live in
            func text(_ text: String, _ id: String, in chat: JID) -> ClientEvent {
                .received(
                    ReceivedMessage(
                        chat: chat, sender: chat, isFromMe: false, id: id, timestampSeconds: 100, pushName: "Dewi",
                        content: .text(TextContent(text)), isFromOfflineQueue: false))
            }
            try await live.record(text("before", "3A01", in: Self.lid))
            try await live.record(text("twice", "3A02", in: Self.lid))
            let given = try #require(try await live.messages().first)
            #expect(given.waMessageID == "false_4321@lid_3A01")
            try await live.record(text("twice", "3A02", in: Self.jid))
            try await live.gateway.environment.database.write { connection in
                try AddressMapStore(account: "").learn(
                    lid: Self.lid, phone: Self.jid, telling: { _, _ in }, on: connection)
            }
            try await live.record(
                .contactChanged(ContactChange(person: Self.jid, change: .addressLearned(lid: Self.lid))))
            let messages = try await live.messages()
            #expect(messages.map(\.waMessageID) == ["false_\(Self.chat)_3A01", "false_\(Self.chat)_3A02"])
            #expect(messages.first?.id == given.id)
            let found = try await live.gateway.message(
                given.waMessageID, in: "4321@lid", session: LiveGateway.session)
            #expect(found.message.waMessageID == "false_\(Self.chat)_3A01")
            let chats = try await live.gateway.chats(limit: 10, offset: 0, session: LiveGateway.session)
            #expect(chats.map(\.id) == [Self.chat])
            #expect(chats.first?.unreadCount == 3)
            #expect(try await live.gateway.contact("4321@lid", session: LiveGateway.session).pushName == "Dewi")
            #expect(try await live.gateway.phoneNumber(of: "4321@lid", session: LiveGateway.session) == "6281234567890")
        }
    }

    @Test("History comes in once, below what came live, with the states and marks the phone had")
    func takesHistory() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("live", id: "3A09", seconds: 500))
            func item(
                _ id: String, _ seconds: Int64, isFromMe: Bool = false, _ status: HistoryMessage.Status? = nil,
                isStarred: Bool = false
            ) -> HistoryMessage {
                HistoryMessage(
                    message: ReceivedMessage(
                        chat: Self.jid, sender: isFromMe ? JID("6285500000001", .user) : Self.jid, isFromMe: isFromMe,
                        id: id, timestampSeconds: seconds, pushName: nil, content: .text(TextContent(id)),
                        isFromOfflineQueue: false),
                    status: status, isStarred: isStarred,
                    reactions: [HistoryMessage.Reaction(sender: Self.jid, emoji: "👍", atMilliseconds: 1)])
            }
            var chat = HistoryChat(chat: Self.jid)
            chat.unreadCount = 2
            chat.isArchived = true
            let batch = HistoryBatch(
                kind: .initialBootstrap, chunkOrder: 1, progressPercent: 100, chats: [chat],
                messages: [
                    item("3A03", 300), item("3A01", 100), item("3A02", 200, isFromMe: true, .read, isStarred: true),
                    item("3A09", 500),
                ],
                isEndOfChunk: true)
            for _ in 0..<2 { try await stores.record(.history(batch)) }
            let page = try await stores.page()
            #expect(page.messages.map(\.body) == ["live", "3A03", "3A02", "3A01"])
            #expect(page.messages.map(\.status) == [.delivered, .delivered, .read, .read])
            let first = try await stores.page(MessageQuery(session: "my-session", limit: 2))
            let rest = try await stores.page(MessageQuery(session: "my-session", after: first.messages.last?.id))
            #expect((first.messages + rest.messages).map(\.body) == page.messages.map(\.body))
            let list = try await chats(stores)
            #expect(list.map(\.isArchived) == [true])
            #expect(list.map(\.timestampSeconds) == [500])
            let details = try await stores.database.read { [messages = stores.messages] in
                try messages.details(
                    MessageReference(isFromMe: true, chat: Self.chat, id: "3A02"), in: [Self.chat],
                    of: Stores.sessionID, on: $0)
            }
            #expect(details?.isStarred == true)
            let reactions = try await stores.database.read {
                try ReactionStore.reactions(to: "3A01", in: [Self.chat], of: Stores.sessionID, on: $0)
            }
            #expect(reactions.map(\.emoji) == ["👍"])
        }
    }

    @Test("A presence is the newest one, and keeps when the person was last seen")
    func notesPresence() async throws {
        try await withStores { stores in
            for (state, at): (PresenceUpdate.State, Int64) in [
                (.unavailable(lastSeenSeconds: 50), 1_000), (.composing, 3_000), (.available, 2_000),
            ] {
                try await stores.record(
                    .presence(PresenceUpdate(chat: Self.jid, person: Self.jid, state: state, atMilliseconds: at)))
            }
            let known = try await stores.database.read {
                try PresenceStore.all(in: [Self.chat], of: Stores.sessionID, on: $0)
            }
            #expect(
                known == [
                    ParticipantPresence(
                        personID: Self.chat, state: .composing, lastSeenSeconds: 50, observedAtMilliseconds: 3_000)
                ])
        }
    }
}
