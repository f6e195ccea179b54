import FoundationEssentials
package import WABinary
package import WACrypto
package import WAProto

/// Something about a message that is encrypted with that message's secret: a vote, a reaction, a comment, an answer to an
/// event, an edit.
///
/// ```
/// 50 pollUpdateMessage       { 1 pollCreationMessageKey, 2 vote { 1 encPayload, 2 encIV }, 4 senderTimestampMS }
/// 56 encReactionMessage      { 1 targetMessageKey, 2 encPayload, 3 encIV }          ReactionMessage without its key
/// 71 encCommentMessage       { 1 targetMessageKey, 2 encPayload, 3 encIV }          Message
/// 76 encEventResponseMessage { 1 eventCreationMessageKey, 2 encPayload, 3 encIV }   EventResponseMessage
/// 82 secretEncryptedMessage  { 1 targetMessageKey, 2 encPayload, 3 encIV, 4 secretEncType }   Message with an edit in it
/// ```
/// Source: protocol reference 5.16.
package struct SealedAddition: Equatable, Sendable {
    /// The message it is about, as its sender names it.
    package let key: MessageKey
    package let use: MessageSecret.UseCase
    package let ciphertext: [UInt8]
    /// 12 bytes.
    package let iv: [UInt8]
    package let sentAtMilliseconds: Int64

    /// Nil when the unwrapped message is none, or lacks what it takes to open it.
    package init?(_ message: WAMessage) {
        let (key, use, payload, iv): (WAMessageKey, MessageSecret.UseCase, Data, Data)
        var sentAt: Int64 = 0
        if message.hasPollUpdateMessage {
            let vote = message.pollUpdateMessage
            (key, use, payload, iv) = (vote.pollCreationMessageKey, .pollVote, vote.vote.encPayload, vote.vote.encIv)
            sentAt = WireTime.milliseconds(vote.senderTimestampMs)
        } else if message.hasEncReactionMessage {
            let part = message.encReactionMessage
            (key, use, payload, iv) = (part.targetMessageKey, .reaction, part.encPayload, part.encIv)
        } else if message.hasEncCommentMessage {
            let part = message.encCommentMessage
            (key, use, payload, iv) = (part.targetMessageKey, .comment, part.encPayload, part.encIv)
        } else if message.hasEncEventResponseMessage {
            let part = message.encEventResponseMessage
            (key, use, payload, iv) = (part.eventCreationMessageKey, .eventResponse, part.encPayload, part.encIv)
        } else if message.hasSecretEncryptedMessage, let edit = Self.edit(message.secretEncryptedMessage.secretEncType) {
            let part = message.secretEncryptedMessage
            (key, use, payload, iv) = (part.targetMessageKey, edit, part.encPayload, part.encIv)
        } else {
            return nil
        }
        guard let target = MessageKey(key), !payload.isEmpty, iv.count == 12 else { return nil }
        self.key = target
        self.use = use
        ciphertext = [UInt8](payload)
        self.iv = [UInt8](iv)
        sentAtMilliseconds = sentAt
    }

    private static func edit(_ type: WASecretEncryptedMessage.SecretEncType) -> MessageSecret.UseCase? {
        switch type {
        case .messageEdit: .messageEdit
        case .eventEdit: .eventEdit
        case .pollEdit: .pollEdit
        case .unknown, .messageSchedule, .pollAddOption: nil
        }
    }

    /// What it says, about `key` (as we see it); nil when the secret or the people are others, or nothing sensible is in it.
    ///
    /// `authors` and `senders` are the possible addresses of who wrote the message and who adds to it, likeliest first:
    /// whoever sealed it used one of each.
    package func opened(
        with secret: MessageSecret, by senders: [JID], to authors: [JID], about key: MessageKey
    ) -> MessageContent? {
        for (author, sender) in Self.pairs(authors, senders) {
            let addition = MessageSecret.Addition(
                to: key.id, from: author.account.description, by: sender.account.description, use)
            guard let opened = try? secret.open(ciphertext, for: addition, iv: iv) else { continue }
            return content(opened, about: key, by: author)
        }
        return nil
    }

    /// First those of one addressing, then mixed ones.
    private static func pairs(_ authors: [JID], _ senders: [JID]) -> [(JID, JID)] {
        let all = authors.flatMap { author in senders.map { (author, $0) } }
        return all.filter { $0.0.server == $0.1.server } + all.filter { $0.0.server != $0.1.server }
    }

    private func content(_ opened: [UInt8], about key: MessageKey, by author: JID) -> MessageContent? {
        switch use {
        case .pollVote:
            return PollVoteContent(key: key, opened: opened, sentAtMilliseconds: sentAtMilliseconds).map { .pollVote($0) }
        case .reaction:
            return (try? WAReactionMessage(decoding: opened)).map { reaction in
                .reaction(
                    ReactionContent(
                        key: key, emoji: reaction.text,
                        sentAtMilliseconds: WireTime.milliseconds(reaction.senderTimestampMs)))
            }
        case .eventResponse:
            return EventResponseContent(key: key, opened: opened).map { .eventResponse($0) }
        case .comment:
            return MessageContent(encoded: opened)?.quoting(QuotedMessage(id: key.id, author: author, message: WAMessage()))
        case .messageEdit, .eventEdit, .pollEdit:
            return edit(opened, about: key)
        case .pollAddOption, .botMessage:
            return nil
        }
    }

    /// The new message stands in an edit of its own, or alone.
    private func edit(_ opened: [UInt8], about key: MessageKey) -> MessageContent? {
        switch MessageContent(encoded: opened) {
        case .edit(var edit)?:
            edit.key = key
            return .edit(edit)
        case let replacement? where replacement.isForPeople && !replacement.isAboutAnotherMessage:
            return .edit(EditContent(key: key, replacement: replacement, editedAtMilliseconds: sentAtMilliseconds))
        default:
            return nil
        }
    }
}

extension PollVoteContent {
    /// The protobuf to encrypt: the vote sealed with the poll's secret. `author` made the poll and `voter` votes, both in the
    /// addressing of the chat; `iv` is 12 random bytes.
    package func sealed(
        with secret: MessageSecret, author: JID, voter: JID, iv: [UInt8]
    ) throws(CryptoError) -> WAMessage {
        var message = message
        let addition = MessageSecret.Addition(
            to: key.id, from: author.account.description, by: voter.account.description, .pollVote)
        message.pollUpdateMessage.vote.encPayload = Data(try secret.seal(plaintext, for: addition, iv: iv))
        message.pollUpdateMessage.vote.encIv = Data(iv)
        return message
    }
}
