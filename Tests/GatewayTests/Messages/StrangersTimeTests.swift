import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

@Suite("Times that strangers choose")
struct StrangersTimeTests {
    private static let person = JID("6281234567890", .user)
    private static let group = JID("120363021234567890", .group)
    private static let key = MessageKey(chat: person, id: "3EB0F0", isFromMe: false)

    /// What of a message a stranger may put a time into, each as it is read from the wire.
    private static func contents(at time: Int64) throws -> [MessageContent] {
        let written: [MessageContent] = [
            .pin(PinContent(key: key, isPinned: true, durationSeconds: time, sentAtMilliseconds: time)),
            .pin(PinContent(key: key, isPinned: true, sentAtMilliseconds: time)),
            .keep(KeepContent(key: key, isKept: true, sentAtMilliseconds: time)),
            .reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: time)),
            .edit(EditContent(key: key, replacement: .text(TextContent("other")), editedAtMilliseconds: time)),
            .ephemeralSetting(seconds: time),
            .event(EventContent(name: "party", startSeconds: time, endSeconds: time)),
            .groupInvite(GroupInviteContent(group: group, code: "c", expiresAtSeconds: time, groupName: "g")),
            .callLog(CallLogContent(isVideo: false, outcome: .connected, durationSeconds: time)),
        ]
        return try written.map { try #require(MessageContent(encoded: $0.encoded)) }
    }

    @Test("Whatever time somebody writes into a message, it is recorded", arguments: [Int64.max, .min, -1, 0])
    func contents(time: Int64) async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("hello", id: "3EB0F0"))
            for (index, content) in try Self.contents(at: time).enumerated() {
                for seconds in [0, WireTime.lastSecond] {
                    try await stores.record(message(content, id: "3EB0\(index)\(seconds)", seconds: seconds))
                }
            }
            let page = try await stores.page()
            #expect(page.messages.contains { $0.body == "other" })
            #expect(page.messages.allSatisfy { (0...WireTime.lastSecond).contains($0.timestampSeconds) })
        }
    }

    @Test("Whatever time a stanza bears, it is recorded", arguments: [0, WireTime.lastSecond])
    func stanzas(seconds: Int64) async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("3EB001"))
            try await stores.record(.sendSettled(messageID: "3EB001", .acknowledged(serverSeconds: seconds)))
            try await stores.record(
                message(
                    .text(TextContent("gone soon")), id: "3EB0E", seconds: seconds,
                    expiresAfterSeconds: Int64(UInt32.max)))
            try await stores.record(
                message(
                    .text(TextContent("at the sea")), id: "3EB0S", seconds: seconds, chat: JID("status", .broadcast)))
            for status in [DeliveryUpdate.Status.delivered, .read, .played] {
                try await stores.record(
                    .receipt(
                        DeliveryUpdate(
                            chat: Self.person, from: Self.person, messageIDs: ["3EB001"], status: status,
                            timestampSeconds: seconds, isOwnReading: false)))
            }
            try await stores.record(
                .groupChanged(
                    GroupChange(
                        group: Self.group, actor: nil, change: .joined([Self.person]), timestampSeconds: seconds,
                        notificationID: "n")))
            try await stores.record(
                .presence(
                    PresenceUpdate(
                        chat: Self.person, person: Self.person, state: .unavailable(lastSeenSeconds: seconds),
                        atMilliseconds: 1)))
            try await stores.record(
                .call(
                    CallUpdate(
                        callID: "C1", from: Self.person, group: nil, isVideo: false, kind: .offered,
                        timestampSeconds: seconds)))
            let past = ReceivedMessage(
                chat: Self.person, sender: Self.person, isFromMe: false, id: "3EB0H", timestampSeconds: seconds,
                pushName: nil, content: .text(TextContent("long ago")), isFromOfflineQueue: false)
            try await stores.record(
                .history(
                    HistoryBatch(
                        kind: .recent, chunkOrder: 1, progressPercent: nil, chats: [],
                        messages: [HistoryMessage(message: past, status: nil, isStarred: false, reactions: [])],
                        isEndOfChunk: true)))
            let page = try await stores.page()
            #expect(page.total == 4)
            #expect(page.messages.allSatisfy { $0.timestampSeconds == seconds })
        }
    }

    private func message(
        _ content: MessageContent, id: String, seconds: Int64, chat: JID = person, expiresAfterSeconds: Int64? = nil
    ) -> ClientEvent {
        .received(
            ReceivedMessage(
                chat: chat, sender: Self.person, isFromMe: false, id: id, timestampSeconds: seconds, pushName: nil,
                content: content, isFromOfflineQueue: false, expiresAfterSeconds: expiresAfterSeconds))
    }
}
