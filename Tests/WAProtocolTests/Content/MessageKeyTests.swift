import Testing
import WABinary
import WAProtocol

@Suite("Keys of other messages")
struct MessageKeyTests {
    private let me = JID("6285500000001", .user)
    private let friend = JID("6281234567890", .user)
    private let other = JID("628111111111", .user)
    private let group = JID("120363000000000001", .group)

    private func seen(_ key: MessageKey, in chat: JID, from sender: JID) -> MessageKey {
        key.seen(in: chat, from: sender, isFromMe: sender == me, own: { $0 == me })
    }

    @Test("In a chat of two the key's owner is turned round, whatever chat it names")
    func direct() {
        let ours = MessageKey(chat: me, id: "A", isFromMe: false)
        #expect(seen(ours, in: friend, from: friend) == MessageKey(chat: friend, id: "A", isFromMe: true))
        let theirs = MessageKey(chat: other, id: "A", isFromMe: true, participant: me)
        #expect(seen(theirs, in: friend, from: friend) == MessageKey(chat: friend, id: "A", isFromMe: false))
        let fromOwnPhone = MessageKey(chat: friend, id: "A", isFromMe: true)
        #expect(seen(fromOwnPhone, in: friend, from: me) == fromOwnPhone)
    }

    @Test("In a group the participant tells whose message it is")
    func inGroup() {
        let ours = MessageKey(chat: group, id: "A", isFromMe: false, participant: me)
        #expect(seen(ours, in: group, from: friend) == MessageKey(chat: group, id: "A", isFromMe: true))
        let third = MessageKey(chat: group, id: "A", isFromMe: false, participant: other)
        #expect(seen(third, in: group, from: friend) == third)
        let theirOwn = MessageKey(chat: group, id: "A", isFromMe: true)
        #expect(
            seen(theirOwn, in: group, from: friend.with(device: 3))
                == MessageKey(chat: group, id: "A", isFromMe: false, participant: friend))
        #expect(seen(third, in: group, from: me) == third)
    }
}
