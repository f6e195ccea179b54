import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// How far the sending of a history has come: which chunk is next.
struct HistoryCursor: Equatable {
    enum Stage: Int { case bootstrap, statuses, pushNames, mappings, recent, full, end }

    var stage = Stage.bootstrap
    /// The chat that is next in the stage.
    var chat = 0
    /// How many of its messages were sent in this stage.
    var taken = 0
}

/// One chunk, computed: what it says, and where the next one starts.
struct HistoryChunk {
    var content = WAHistorySync()
    var messageCount = 0
    var oldestSeconds: Int64?
    var next: HistoryCursor
}

extension History {
    /// The chunk that starts here; nil at the end, and for a stage without anything, which is passed over by `skipping`.
    func chunk(at cursor: HistoryCursor) -> HistoryChunk {
        switch cursor.stage {
        case .bootstrap: bootstrap()
        case .statuses: statuses()
        case .pushNames: pushNames()
        case .mappings: mappings()
        case .recent, .full, .end: conversations(from: cursor)
        }
    }

    /// The next place where there is something to send.
    func skippingEmpty(_ cursor: HistoryCursor) -> HistoryCursor {
        var cursor = cursor
        while true {
            switch cursor.stage {
            case .bootstrap, .pushNames, .mappings, .end: return cursor
            case .statuses:
                if plan.statusCount > 0 { return cursor }
                cursor = HistoryCursor(stage: .pushNames)
            case .recent, .full:
                while cursor.chat < plan.chatCount {
                    if cursor.taken < range(cursor.stage, of: chat(cursor.chat)).count { return cursor }
                    cursor.chat += 1
                    cursor.taken = 0
                }
                cursor = HistoryCursor(stage: cursor.stage == .recent ? .full : .end)
            }
        }
    }

    /// Messages that are sent without being asked for.
    var sentMessageCount: Int {
        (0..<plan.chatCount).reduce(0) { $0 + max(0, messageCount(ofChat: $1) - plan.keptOnPhoneCount) }
    }

    /// Which messages of a chat a stage has.
    private func range(_ stage: HistoryCursor.Stage, of chat: HistoryChat) -> Range<Int> {
        let end = chat.messageCount
        let bootstrap = max(chat.firstSent, end - plan.bootstrapCount)
        let recent = max(chat.firstSent, end - plan.recentCount)
        return switch stage {
        case .bootstrap: bootstrap..<end
        case .recent: recent..<bootstrap
        case .full: chat.firstSent..<recent
        case .statuses, .pushNames, .mappings, .end: 0..<0
        }
    }

    // MARK: - What comes first

    private func bootstrap() -> HistoryChunk {
        var chunk = HistoryChunk(next: HistoryCursor(stage: .statuses))
        chunk.content.syncType = .initialBootstrap
        for index in 0..<plan.chatCount {
            let chat = chat(index)
            let range = range(.bootstrap, of: chat)
            chunk.add(conversation(chat, range.reversed(), isLast: range.lowerBound == chat.firstSent))
        }
        chunk.content.pushnames = [pushName(ownerName, of: owner)]
        return chunk
    }

    private func statuses() -> HistoryChunk {
        var chunk = HistoryChunk(next: HistoryCursor(stage: .pushNames))
        chunk.content.syncType = .initialStatusV3
        chunk.content.statusV3Messages = (0..<plan.statusCount).map(status)
        return chunk
    }

    private func pushNames() -> HistoryChunk {
        var chunk = HistoryChunk(next: HistoryCursor(stage: .mappings))
        chunk.content.syncType = .pushName
        chunk.content.pushnames = (0..<personCount).map { pushName(pushName(ofPerson: $0), of: number(ofPerson: $0)) }
        return chunk
    }

    private func mappings() -> HistoryChunk {
        var chunk = HistoryChunk(next: HistoryCursor(stage: .recent))
        chunk.content.syncType = .nonBlockingData
        chunk.content.phoneNumberToLidMappings = ([owner] + (0..<personCount).map(number(ofPerson:))).map { number in
            var mapping = WAPhoneNumberToLIDMapping()
            mapping.pnJid = jid(of: number, .phoneNumber).description
            mapping.lidJid = jid(of: number, .lid).description
            return mapping
        }
        return chunk
    }

    private func pushName(_ name: String, of number: String) -> WAPushname {
        var made = WAPushname()
        made.id = jid(of: number, .phoneNumber).description
        made.pushname = name
        return made
    }

    /// A post of one of the people to the status list.
    func status(_ index: Int) -> WAWebMessageInfo {
        let author = personCount > 0 ? number(ofPerson: index % personCount) : owner
        var info = WAWebMessageInfo()
        info.key.remoteJid = JID.statusBroadcast.description
        info.key.fromMe = author == owner
        info.key.id = id(of: index, in: Self.statusChat)
        if author != owner { info.key.participant = jid(of: author, .lid).description }
        info.participant = info.key.participant
        info.message.extendedTextMessage.text = "status \(index) of \(author.suffix(4))"
        info.messageTimestamp = UInt64(plan.newestSeconds - Int64(index) * 600)
        if let person = person(author) { info.pushName = pushName(ofPerson: person) }
        return info
    }

    /// Stands for the status list among the chats.
    static let statusChat = 0xFFFF

    // MARK: - Messages

    private func conversations(from start: HistoryCursor) -> HistoryChunk {
        var cursor = skippingEmpty(start)
        var chunk = HistoryChunk(next: cursor)
        let stage = cursor.stage
        chunk.content.syncType = stage == .recent ? .recent : .full
        while cursor.stage == stage, stage != .end, chunk.messageCount < plan.chunkMessageCount {
            let chat = chat(cursor.chat)
            let range = range(stage, of: chat)
            let count = min(range.count - cursor.taken, plan.chunkMessageCount - chunk.messageCount)
            let end = range.upperBound - cursor.taken
            chunk.add(conversation(chat, ((end - count)..<end).reversed(), isLast: end - count == chat.firstSent))
            cursor.taken += count
            cursor = skippingEmpty(cursor)
        }
        chunk.next = cursor
        return chunk
    }

    /// Messages of a chat that are older than one the companion has, newest first.
    func onDemand(before oldest: Int, count: Int, of chat: HistoryChat) -> HistoryChunk {
        var chunk = HistoryChunk(next: HistoryCursor(stage: .end))
        chunk.content.syncType = .onDemand
        let start = max(0, oldest - count)
        var made = conversation(chat, (start..<oldest).reversed(), isLast: true)
        made.endOfHistoryTransferType =
            start > 0
            ? .completeOnDemandSyncButMoreMsgRemainOnPrimary : .completeAndNoMoreMessageRemainOnPrimary
        chunk.add(made)
        return chunk
    }
}

extension HistoryChunk {
    fileprivate mutating func add(_ conversation: WAConversation) {
        content.conversations.append(conversation)
        messageCount += conversation.messages.count
        if let oldest = conversation.messages.last?.message.messageTimestamp {
            oldestSeconds = min(oldestSeconds ?? .max, Int64(clamping: oldest))
        }
    }
}
