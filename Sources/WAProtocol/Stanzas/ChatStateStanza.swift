package import WABinary

/// Somebody types, records, or has stopped.
///
/// ```
/// <chatstate from [participant]><composing [media="audio"]/> | <paused/></chatstate>
/// ```
/// Source: protocol reference 5.19.
package struct ChatStateStanza: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case composing, recording, paused
    }

    package let chat: JID
    package let sender: JID
    package let state: State

    init?(_ node: Node) {
        guard node.tag == "chatstate", let from = node.jid("from") else { return nil }
        if let composing = node.child("composing") {
            state = composing["media"] == "audio" ? .recording : .composing
        } else if node.child("paused") != nil {
            state = .paused
        } else {
            return nil
        }
        sender = (node.jid("participant") ?? from).foldingHosted
        chat = from.isPerson ? from.foldingHosted.account : from
    }
}

/// Shows a chat that we type, record, or have stopped.
///
/// ```
/// <chatstate to><composing [media="audio"]/> | <paused/></chatstate>
/// ```
package struct OutgoingChatStateStanza: Sendable {
    package let node: Node

    package init(_ state: ChatStateStanza.State, in chat: JID) {
        let child =
            switch state {
            case .composing: Node("composing")
            case .recording: Node("composing", ["media": "audio"])
            case .paused: Node("paused")
            }
        node = Node("chatstate", ["to": .jid(chat)], [child])
    }
}
