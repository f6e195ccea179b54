import Testing
import WABinary
import WAProto
import WAProtocol

@Suite("Actions of the app state")
struct SyncActionTests {
    private static let chat = JID("100000000000001", .lid)
    private static let last = LastMessage(key: MessageKey(chat: chat, id: "A1", isFromMe: false), timestampSeconds: 77)

    @Test(
        "Each is written under the index, in the collection and with the version other clients write",
        arguments: [
            (SyncAction.mute(chat, untilMilliseconds: -1, nowMilliseconds: 5), "regular_high", 2, #"["mute","100000000000001@lid"]"#),
            (.pin(chat, true, nowMilliseconds: 5), "regular_low", 5, #"["pin_v1","100000000000001@lid"]"#),
            (.archive(chat, true, last: last, nowMilliseconds: 5), "regular_low", 3, #"["archive","100000000000001@lid"]"#),
            (.markRead(chat, false, last: nil, nowMilliseconds: 5), "regular_low", 3, #"["markChatAsRead","100000000000001@lid"]"#),
            (.star(last.key, true, nowMilliseconds: 5), "regular_high", 2, #"["star","100000000000001@lid","A1","0","0"]"#),
            (.clear(chat, last: last, nowMilliseconds: 5), "regular_high", 6, #"["clearChat","100000000000001@lid","1","0"]"#),
            (.delete(chat, last: last, nowMilliseconds: 5), "regular_high", 6, #"["deleteChat","100000000000001@lid","1"]"#),
            (
                .saveContact(JID("628111111111", .user), lid: chat, fullName: "Ana", firstName: nil, nowMilliseconds: 5),
                "critical_unblock_low", 2, #"["contact","628111111111@s.whatsapp.net"]"#
            ),
            (.pushName("Shop", nowMilliseconds: 5), "critical_block", 1, #"["setting_pushName"]"#),
        ] as [(SyncAction, String, Int32, String)])
    func table(action: SyncAction, collection: String, version: Int32, index: String) {
        #expect(action.collection == collection && action.data.version == version && action.data.hasPadding)
        #expect(String(decoding: action.index, as: UTF8.self) == index)
        #expect(action.data.value.timestamp == 5 && !action.removes)
    }

    @Test("What reaches to a message names it; without one it reaches to now")
    func ranges() {
        let archive = SyncAction.archive(Self.chat, true, last: Self.last, nowMilliseconds: 5_000).data.value.archiveChatAction
        #expect(archive.archived && archive.messageRange.lastMessageTimestamp == 77)
        #expect(archive.messageRange.messages.map(\.key.id) == ["A1"] && archive.messageRange.messages.first?.timestamp == 77)
        let read = SyncAction.markRead(Self.chat, true, last: nil, nowMilliseconds: 5_000).data.value.markChatAsReadAction
        #expect(read.read && read.messageRange.lastMessageTimestamp == 5 && read.messageRange.messages.isEmpty)
        let unmute = SyncAction.mute(Self.chat, untilMilliseconds: nil, nowMilliseconds: 5).data.value.muteAction
        #expect(!unmute.muted && !unmute.hasMuteEndTimestamp)
    }
}
