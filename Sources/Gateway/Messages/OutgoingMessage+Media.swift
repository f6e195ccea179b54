import WAProtocol

extension OutgoingMessage {
    /// The file it carries, also when it quotes another message.
    package var media: OutgoingMedia? {
        switch self {
        case .media(let media): media
        case .quoting(_, let content): content.media
        default: nil
        }
    }

    /// The same message about another file.
    func replacingMedia(with media: OutgoingMedia) -> OutgoingMessage {
        switch self {
        case .media: .media(media)
        case .quoting(let quote, let content): .quoting(quote, content.replacingMedia(with: media))
        default: self
        }
    }

    /// The message as the protocol knows it, with its file uploaded.
    func messageContent(with media: MessageContent) -> MessageContent {
        guard case .quoting(let quote, _) = self else { return media }
        return quote.applied(to: media)
    }
}
