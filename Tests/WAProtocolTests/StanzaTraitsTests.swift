import Testing
import WABinary
import WAProto
import WAProtocol

@Suite("What a content asks of its stanza")
struct StanzaTraitsTests {
    private let own = MessageKey(chat: JID("1", .group), id: "A", isFromMe: true)
    private let theirs = MessageKey(chat: JID("1", .group), id: "A", isFromMe: false, participant: JID("2", .user))

    @Test("Edits, revocations and taken-back reactions say so and are hidden when they cannot be read")
    func edits() {
        func traits(_ content: MessageContent) -> StanzaTraits { content.traits }
        let text = MessageContent.text(TextContent("a"))
        #expect(traits(text) == StanzaTraits())
        #expect(
            traits(.edit(EditContent(key: own, replacement: text, editedAtMilliseconds: 1)))
                == StanzaTraits(edit: "1", isHiddenOnFailure: true))
        #expect(traits(.revoke(RevokeContent(key: own))) == StanzaTraits(edit: "7", isHiddenOnFailure: true))
        #expect(traits(.revoke(RevokeContent(key: theirs))) == StanzaTraits(edit: "8", isHiddenOnFailure: true))
        #expect(
            traits(.reaction(ReactionContent(key: theirs, emoji: "👍", sentAtMilliseconds: 1)))
                == StanzaTraits(kind: .reaction, isHiddenOnFailure: true))
        #expect(
            traits(.reaction(ReactionContent(key: theirs, emoji: "", sentAtMilliseconds: 1)))
                == StanzaTraits(kind: .reaction, edit: "7", isHiddenOnFailure: true))
        var pin = WAMessage()
        pin.pinInChatMessage.type = .pinForAll
        #expect(traits(.raw(pin)) == StanzaTraits(edit: "2", isHiddenOnFailure: true))
    }

    @Test("Polls and their votes are told apart by meta")
    func polls() {
        #expect(
            MessageContent.poll(PollContent(name: "Q", options: ["a", "b"], selectableCount: 1)).traits
                == StanzaTraits(kind: .poll, extras: [Node("meta", ["polltype": "creation"])]))
        var vote = WAMessage()
        vote.pollUpdateMessage.senderTimestampMs = 1
        #expect(
            StanzaTraits(vote)
                == StanzaTraits(kind: .poll, isHiddenOnFailure: true, extras: [Node("meta", ["polltype": "vote"])]))
        var event = WAMessage()
        event.eventMessage.name = "x"
        #expect(StanzaTraits(event).extras == [Node("meta", ["event_type": "creation"])])
    }

    @Test("Each kind of content has the media type the server knows it by")
    func mediaTypes() {
        let types: [String?] = [
            nil, "url", "document", "image", "video", "gif", "audio", "ptt", "document", "sticker", nil, "livelocation",
            "vcard", "contact_array", nil, nil, nil, nil, nil, nil, "list", "buttons_response", "list_response", nil,
            "native_flow_response", "url", "order", "product", nil, nil, nil, nil, nil, nil, nil, nil,
        ]
        #expect(ContentSamples.all.map(\.traits.mediaType) == types)
        #expect(ContentSamples.all.map(\.traits.kind).filter { $0 == .media }.count == 19)
    }
}
