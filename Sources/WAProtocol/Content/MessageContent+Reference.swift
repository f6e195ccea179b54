import WAProto

extension MessageContent {
    /// Whether it only says something about another message (edit, revocation, reaction, vote, timer) and is none itself.
    package var isAboutAnotherMessage: Bool {
        switch self {
        case .text: false
        case .raw(let message):
            message.hasProtocolMessage || message.hasReactionMessage || message.hasEncReactionMessage
                || message.hasPollUpdateMessage
        }
    }
}
