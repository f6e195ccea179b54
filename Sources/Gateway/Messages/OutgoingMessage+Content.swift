import WABinary
import WAProtocol

extension OutgoingMessage {
    /// The message as the protocol knows it.
    var messageContent: MessageContent {
        switch self {
        case .text(let content): .text(content.textContent)
        case .location(let content):
            .location(
                LocationContent(
                    latitude: content.latitude, longitude: content.longitude, name: content.name, address: content.address))
        case .contact(let content): .contact(ContactContent(name: content.name, phoneNumber: content.number))
        case .poll(let content):
            .poll(
                PollContent(
                    name: content.question, options: content.options,
                    selectableCount: content.allowsMultipleAnswers ? 0 : 1))
        // A file has no content before it is uploaded: `MediaStage` makes it.
        case .media: .nothing
        case .forward(let content): .forwarded(encoded: [UInt8](content.content)) ?? .nothing
        case .quoting(let quote, let content):
            quote.applied(to: content.messageContent)
        case .reaction(let content):
            content.key.messageKey.map {
                .reaction(
                    ReactionContent(key: $0, emoji: content.emoji, sentAtMilliseconds: content.sentAtMilliseconds))
            } ?? .nothing
        case .edit(let content):
            content.key.messageKey.map {
                .edit(
                    EditContent(
                        key: $0, replacement: .text(content.text.textContent),
                        editedAtMilliseconds: content.editedAtMilliseconds))
            } ?? .nothing
        case .revoke(let content): content.key.messageKey.map { .revoke(RevokeContent(key: $0)) } ?? .nothing
        case .pin(let content):
            content.key.messageKey.map {
                .pin(
                    PinContent(
                        key: $0, isPinned: content.isPinned, durationSeconds: content.durationSeconds,
                        sentAtMilliseconds: content.sentAtMilliseconds))
            } ?? .nothing
        case .vote(let content):
            content.key.messageKey.map {
                .pollVote(
                    PollVoteContent(
                        key: $0, options: content.options, sentAtMilliseconds: content.sentAtMilliseconds))
            } ?? .nothing
        case .choice(let content):
            .choice(ChoiceContent(id: content.id, text: content.text, source: content.source.choiceSource))
        }
    }
}

extension OutgoingChoice.Source {
    fileprivate var choiceSource: ChoiceContent.Source {
        switch self {
        case .buttons: .buttons
        case .list(let description): .list(description: description)
        case .template(let index): .template(index: index)
        case .nativeFlow(let name, let parameters): .nativeFlow(name: name, parameters: parameters)
        }
    }
}

extension OutgoingForward {
    /// Whether stored content can be read and is of a kind that can be passed on.
    static func isPossible(_ content: [UInt8]) -> Bool { MessageContent.forwarded(encoded: content) != nil }
}

extension OutgoingText {
    /// Mentions that are no addresses are left out: the text says them all the same.
    fileprivate var textContent: TextContent {
        var content = TextContent(text, mentioning: mentions.compactMap { JID(neutral: $0) })
        content.preview = preview.map {
            LinkPreview(
                matchedText: $0.url, title: $0.title, description: $0.description,
                thumbnail: $0.thumbnail.map { [UInt8]($0) })
        }
        return content
    }
}

extension OutgoingMessageKey {
    /// Nil when the chat is no address, which the send was checked for before it was accepted.
    var messageKey: MessageKey? {
        JID(neutral: chat).map {
            MessageKey(chat: $0, id: id, isFromMe: isFromMe, participant: participant.flatMap { JID(neutral: $0) })
        }
    }
}

extension OutgoingQuote {
    func applied(to content: MessageContent) -> MessageContent {
        quotedMessage.map(content.quoting) ?? content
    }

    /// Nil when its content cannot be read.
    var quotedMessage: QuotedMessage? {
        JID(neutral: author).flatMap { author in
            QuotedMessage(
                id: key.id, author: author, encoded: [UInt8](content), chat: isElsewhere ? JID(neutral: key.chat) : nil)
        }
    }
}

extension JID {
    /// The address behind a neutral chat id; nil when it is none.
    fileprivate init?(neutral text: String) {
        guard let jid = (try? ChatID(parsing: text))?.jid else { return nil }
        self = jid
    }
}
