import Testing

@testable import Gateway

@Suite("Chats held back by uploads")
struct ChatHoldsTests {
    private func text(_ id: String, to user: String) -> OutboxEntry {
        OutboxEntry(
            sessionID: "s", messageID: id, chat: ChatID(.phone, user), content: .text(OutgoingText(id)), acceptedAtMilliseconds: 0)
    }

    private func image(_ id: String, to user: String) -> OutboxEntry {
        OutboxEntry(
            sessionID: "s", messageID: id, chat: ChatID(.phone, user), content: .media(OutgoingMedia(.image)), acceptedAtMilliseconds: 0)
    }

    private func ids(_ entries: [OutboxEntry]) -> [String] { entries.map(\.messageID) }

    @Test("A text behind an upload waits, and other chats pass")
    func holdsOneChat() {
        var holds = ChatHolds()
        let (ready, toPrepare) = holds.admit([image("1", to: "62811"), text("2", to: "62811"), text("3", to: "62822")])
        #expect(ids(ready) == ["3"])
        #expect(ids(toPrepare) == ["1"])
        #expect(ids(holds.prepared(image("1", to: "62811"))) == ["1", "2"])
        #expect(ids(holds.admit([text("4", to: "62811")]).ready) == ["4"])
    }

    @Test("An upload that is done first still waits for its turn")
    func keepsOrder() {
        var holds = ChatHolds()
        _ = holds.admit([image("1", to: "62811"), image("2", to: "62811"), text("3", to: "62811")])
        #expect(holds.prepared(image("2", to: "62811")).isEmpty)
        #expect(ids(holds.prepared(image("1", to: "62811"))) == ["1", "2", "3"])
    }

    @Test("What will never be sent holds back nothing")
    func drops() {
        var holds = ChatHolds()
        _ = holds.admit([image("1", to: "62811"), text("2", to: "62811"), image("3", to: "62811"), text("4", to: "62811")])
        #expect(ids(holds.dropped(image("1", to: "62811"))) == ["2"])
        #expect(ids(holds.prepared(image("3", to: "62811"))) == ["3", "4"])
        #expect(holds.prepared(image("3", to: "62811")).isEmpty, "once")
    }
}
