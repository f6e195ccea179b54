import Storage
import WAClient

/// A message that got further.
struct AdvancedMessage: Sendable, Equatable {
    let messageID: String
    let isFromMe: Bool
    let chat: String
    /// Who wrote it, in a group, when it is not ours; else ''.
    let author: String
    let status: MessageStatus
}

/// What a receipt changed.
struct ReceiptNews: Sendable, Equatable {
    /// Messages that got further by it.
    var advanced: [AdvancedMessage] = []
    /// Messages of ours of which this person had not said so before.
    var reported: [Reported] = []

    struct Reported: Sendable, Equatable {
        let messageID: String
        let chat: String
    }
}

extension ClientRecording {
    /// Devices report on messages: each word is kept for the timeline, the first that gets a message further advances it.
    ///
    /// In groups too: what one member has is `delivered`; the timeline tells who. A receipt of an edit's stanza is one of
    /// the message that was edited.
    func advance(_ update: DeliveryUpdate, on connection: any SQLConnection) throws -> ReceiptNews {
        let status = update.status.messageStatus
        let chats = try ChatID(update.chat)?.storedForms(on: connection) ?? [ChatID.neutral(update.chat)]
        if update.isOwnReading {
            let read = try update.messageIDs.flatMap { id in
                try messages.advance(
                    id, in: chats, of: session.id, isFromMe: false, to: status, on: connection) ?? []
            }
            for (chat, messages) in Dictionary(grouping: read, by: \.chat) where status == .read {
                try ChatStore.read(messages.count, in: chat, of: session.id, on: connection)
            }
            return ReceiptNews(advanced: read)
        }
        let actions = ActionStore(messages: messages)
        var news = ReceiptNews()
        for stanzaID in update.messageIDs {
            var messageID = stanzaID
            var advanced = try messages.advance(
                messageID, in: chats, of: session.id, isFromMe: true, to: status, on: connection)
            if advanced == nil, let edited = try actions.edited(by: stanzaID, in: session.id, on: connection) {
                messageID = edited
                advanced = try messages.advance(
                    messageID, in: chats, of: session.id, isFromMe: true, to: status, on: connection)
            }
            guard let advanced else { continue }
            news.advanced += advanced
            let isNew = try ReceiptStore.put(
                update.status.receipt, messageID, by: update.from, atMilliseconds: update.timestampSeconds * 1000,
                in: session.id, on: connection)
            if isNew {
                let chat = advanced.first?.chat ?? ChatID.neutral(update.chat)
                news.reported.append(ReceiptNews.Reported(messageID: messageID, chat: chat))
            }
        }
        return news
    }

    /// A step of a message of ours, for its timeline.
    func store(_ progress: SendProgress, on connection: any SQLConnection) throws {
        switch progress.step {
        case .encrypted(let devices):
            try messages.noteEncryption(
                of: progress.messageID, for: devices, atMilliseconds: progress.atMilliseconds, in: session.id,
                on: connection)
        case .retried(let device, let count):
            try ReceiptStore.putRetry(
                count: count, progress.messageID, to: device, atMilliseconds: progress.atMilliseconds, in: session.id,
                on: connection)
        }
    }
}

extension DeliveryUpdate.Status {
    fileprivate var messageStatus: MessageStatus {
        switch self {
        case .delivered: .delivered
        case .read, .played: .read
        }
    }

    fileprivate var receipt: ReceiptStore.Kind {
        switch self {
        case .delivered: .delivered
        case .read: .read
        case .played: .played
        }
    }
}
