import WABinary
import WAProto

/// What a stanza says openly about the message inside it. Reference 5.2 and 5.18.
struct StanzaFacts: Equatable {
    /// `type` of the message node.
    var type = "text"
    /// `mediatype` of the enc node.
    var mediaType: String?
    /// `edit` of the message node.
    var edit: String?
    /// `polltype` of the meta node.
    var pollType: String?
    /// `event_type` of the meta node.
    var eventType: String?
    /// The child of the biz node.
    var business: Node?

    /// Whether devices that cannot read it say nothing about it (`decrypt-fail="hide"`).
    var isHiddenOnFailure: Bool { edit != nil || type == "reaction" || pollType == "vote" }

    /// What stands beside the ciphertexts.
    var metaNodes: [Node] {
        var meta = Node("meta")
        meta.attributes["polltype"] = pollType.map { .text($0) }
        meta.attributes["event_type"] = eventType.map { .text($0) }
        return (meta.attributes.isEmpty ? [] : [meta]) + (business.map { [Node("biz", [:], [$0])] } ?? [])
    }
}

extension WAMessage {
    var stanzaFacts: StanzaFacts {
        let content = unwrapped.content
        var facts = StanzaFacts()
        facts.mediaType = content.mediaTypeName
        if content.hasReactionMessage || content.hasEncReactionMessage {
            facts.type = "reaction"
            if content.hasReactionMessage, content.reactionMessage.text.isEmpty { facts.edit = "7" }
        } else if content.pollCreation != nil {
            facts.type = "poll"
            facts.pollType = "creation"
        } else if content.hasPollUpdateMessage {
            facts.type = "poll"
            facts.pollType = "vote"
        } else if content.hasEventMessage {
            facts.type = "event"
            facts.eventType = "creation"
        } else if content.hasPinInChatMessage {
            facts.edit = "2"
        } else if content.hasProtocolMessage {
            switch content.protocolMessage.type {
            case .messageEdit: facts.edit = "1"
            case .revoke: facts.edit = content.protocolMessage.key.fromMe ? "7" : "8"
            default: break
            }
        } else if facts.mediaType != nil {
            facts.type = "media"
        }
        facts.business = content.businessNode
        return facts
    }

    private var businessNode: Node? {
        if hasButtonsMessage { return Node("buttons") }
        if hasInteractiveMessage { return Node("interactive", ["type": "native_flow", "v": "1"]) }
        return hasListMessage ? Node("list", ["v": "2", "type": "single_select"]) : nil
    }

    private var mediaTypeName: String? {
        if hasImageMessage { return "image" }
        if hasVideoMessage { return videoMessage.gifPlayback ? "gif" : "video" }
        if hasPtvMessage { return "ptv" }
        if hasAudioMessage { return audioMessage.ptt ? "ptt" : "audio" }
        if hasDocumentMessage { return "document" }
        if hasStickerMessage { return "sticker" }
        if hasContactMessage { return "vcard" }
        if hasContactsArrayMessage { return "contact_array" }
        if hasLocationMessage { return "location" }
        if hasLiveLocationMessage { return "livelocation" }
        if hasExtendedTextMessage, extendedTextMessage.hasTitle { return "url" }
        if hasGroupInviteMessage { return "url" }
        return offerTypeName
    }

    private var offerTypeName: String? {
        if hasListMessage { return "list" }
        if hasListResponseMessage { return "list_response" }
        if hasButtonsResponseMessage { return "buttons_response" }
        if hasInteractiveResponseMessage { return "native_flow_response" }
        if hasOrderMessage { return "order" }
        return hasProductMessage ? "product" : nil
    }
}
