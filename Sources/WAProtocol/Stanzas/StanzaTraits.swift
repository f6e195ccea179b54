package import WABinary
package import WAProto

/// What a content asks of the stanza that carries it, the same for people and for groups.
///
/// ```
/// <message type="text|media|reaction|poll|event" [edit="1|2|7|8"]>
///   <enc [mediatype] [decrypt-fail="hide"]/>
///   [<meta polltype="creation|vote"/> | <meta event_type="creation"/>]
/// </message>
/// ```
/// Source: protocol reference 5.2.
package struct StanzaTraits: Equatable, Sendable {
    package let kind: MessageKind
    package let mediaType: String?
    /// 1 edit, 2 pin, 7 taken back by its sender (a message or a reaction), 8 by an admin.
    package let edit: String?
    /// Whether a receiver who cannot read it shows nothing in its place.
    package let isHiddenOnFailure: Bool
    /// Elements after the ciphertexts.
    package var extras: [Node]

    package init(
        kind: MessageKind = .text, mediaType: String? = nil, edit: String? = nil, isHiddenOnFailure: Bool = false,
        extras: [Node] = []
    ) {
        self.kind = kind
        self.mediaType = mediaType
        self.edit = edit
        self.isHiddenOnFailure = isHiddenOnFailure
        self.extras = extras
    }

    /// What a message asks for; wrappers are looked through.
    package init(_ message: WAMessage) {
        let content = message.unwrapped
        kind = message.stanzaType
        mediaType = message.mediaType
        edit = content.stanzaEdit
        isHiddenOnFailure = edit != nil || kind == .reaction || content.hasPollUpdateMessage
        extras =
            if content.hasPollUpdateMessage {
                [Node("meta", ["polltype": "vote"])]
            } else if kind == .poll {
                [Node("meta", ["polltype": "creation"])]
            } else if kind == .event {
                [Node("meta", ["event_type": "creation"])]
            } else {
                []
            }
    }
}

extension WAMessage {
    /// The `edit` attribute of an unwrapped message.
    fileprivate var stanzaEdit: String? {
        if hasReactionMessage, reactionMessage.text.isEmpty { return "7" }
        if hasKeepInChatMessage, keepInChatMessage.keepType == .undoKeepForAll { return "7" }
        if hasPinInChatMessage { return "2" }
        guard hasProtocolMessage else { return nil }
        switch protocolMessage.type {
        case .messageEdit: return "1"
        case .revoke: return protocolMessage.key.fromMe ? "7" : "8"
        default: return nil
        }
    }
}
