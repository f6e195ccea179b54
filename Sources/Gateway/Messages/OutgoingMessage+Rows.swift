import FoundationEssentials
import WAProtocol

extension OutgoingMessage {
    /// What the message's row keeps for quoting and forwarding.
    var storedContent: [UInt8]? {
        if case .text(let text) = self, text.isBare { return nil }
        // What a file is on WhatsApp's hosts is known once it is there: `MediaStage` fills it in.
        if media != nil { return nil }
        return messageContent.bytesToKeep
    }

    /// The `metadata` of the message's row; nil for none.
    var metadataJSON: String? {
        get throws {
            guard case .quoting(let quote, _) = self else { return nil }
            let metadata = QuoteMetadata(
                quotedMessage: .init(id: quote.serializedID, body: quote.quotedMessage?.content.storedForm?.body ?? ""))
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(metadata), as: UTF8.self)
        }
    }

    /// The row of what only changes another message; nil for messages.
    func action(id: String, atMilliseconds now: Int64) -> ActionStore.Action? {
        func action(
            _ kind: ActionStore.Action.Kind, _ key: OutgoingMessageKey, _ value: String, _ content: [UInt8]?
        ) -> ActionStore.Action {
            ActionStore.Action(
                messageID: id, kind: kind, chat: key.chat, targetID: key.id, targetIsFromMe: key.isFromMe,
                value: value, content: content, createdAtMilliseconds: now)
        }
        return switch self {
        case .reaction(let content): action(.reaction, content.key, content.emoji, nil)
        case .edit(let content):
            action(.edit, content.key, content.text.text, OutgoingMessage.text(content.text).storedContent)
        case .revoke(let content): action(.revoke, content.key, "", nil)
        case .pin(let content):
            action(
                .pin, content.key,
                content.isPinned ? String(content.sentAtMilliseconds + content.durationSeconds * 1000) : "", nil)
        case .vote(let content):
            action(.vote, content.key, PollVoteStore.text(ofOptions: content.options), nil)
        default: nil
        }
    }
}

/// `{"quotedMessage":{"id":…,"body":…}}` (contract 3.3).
private struct QuoteMetadata: Encodable {
    struct Quoted: Encodable {
        let id: String
        let body: String
    }

    let quotedMessage: Quoted
}

extension OutgoingText {
    /// Whether there is nothing but text.
    fileprivate var isBare: Bool { mentions.isEmpty && preview == nil }
}

extension OutgoingQuote {
    fileprivate var serializedID: String {
        MessageReference(isFromMe: key.isFromMe, chat: key.chat, id: key.id, participant: key.participant).serialized
    }
}
