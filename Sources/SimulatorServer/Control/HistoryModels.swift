import Foundation
import Hummingbird
import WABinary
import WACrypto
import WASimulator

/// A past as a caller wants it; what is left out is as in `HistoryPlan`.
struct HistoryRequest: Decodable {
    let chats: Int
    let messages: Int?
    let seed: UInt64?
    let contacts: [String]?
    let groups: Int?
    let groupIds: [String]?
    let statuses: Int?
    let newestSeconds: Int64?
    let spanSeconds: Int64?
    let chunkMessages: Int?
    let chunkMilliseconds: Int64?
    let bootstrapMessages: Int?
    let recentMessages: Int?
    let inlineByteLimit: Int?
    let keptOnPhone: Int?
    let mediaStatus: Int?
    let goneChunks: [Int]?
    let spoiledChunks: [Int]?

    func plan() throws -> HistoryPlan {
        var plan = HistoryPlan()
        plan.chatCount = chats
        plan.messageCount = messages ?? 0
        plan.groupCount = groups ?? max(0, chats) / 10
        func set<Value>(_ value: Value?, _ path: WritableKeyPath<HistoryPlan, Value>) {
            if let value { plan[keyPath: path] = value }
        }
        set(seed, \.seed)
        set(contacts?.map(PhoneNumber.digits), \.contacts)
        set(groupIds?.map(GroupAddress.id), \.groupIDs)
        set(statuses, \.statusCount)
        set(newestSeconds, \.newestSeconds)
        set(spanSeconds, \.spanSeconds)
        set(chunkMessages, \.chunkMessageCount)
        set(chunkMilliseconds, \.chunkMilliseconds)
        set(bootstrapMessages, \.bootstrapCount)
        set(recentMessages, \.recentCount)
        set(inlineByteLimit, \.inlineByteLimit)
        set(keptOnPhone, \.keptOnPhoneCount)
        set(mediaStatus, \.mediaStatus)
        set(goneChunks.map(Set.init), \.goneChunks)
        set(spoiledChunks.map(Set.init), \.spoiledChunks)
        return plan
    }
}

struct SendHistoryRequest: Decodable {
    let device: UInt16
    let types: [String]?

    func kinds() throws -> Set<HistoryTransfer.Kind>? {
        guard let types else { return nil }
        return Set(
            try types.map { type in
                guard let kind = HistoryTransfer.Kind(rawValue: type) else {
                    throw ControlError.badRequest("types: \(type) is no type of history.")
                }
                return kind
            })
    }
}

/// A past in figures, and how far companions have it.
struct HistoryModel: ResponseEncodable {
    struct Plan: Encodable {
        let chats: Int
        let messages: Int
        let seed: UInt64
        let groups: Int
        let statuses: Int
        let newestSeconds: Int64
        let spanSeconds: Int64
        let chunkMessages: Int
        let recentMessages: Int
        let keptOnPhone: Int
        let mediaStatus: Int
    }

    struct Counts: Encodable {
        let chats: Int
        let messages: Int
        /// Of these, what is sent without being asked for.
        let sentMessages: Int
        let statuses: Int
        let starred: Int
        let media: Int
    }

    struct Transfer: Encodable {
        let device: UInt16
        let isSent: Bool
        let isComplete: Bool
        let chunks: [Chunk]
    }

    struct Chunk: Encodable {
        let id: String
        let type: String
        let chunkOrder: Int
        let progress: Int
        let conversations: Int
        let messages: Int
        let isInline: Bool
        let directPath: String?
        let sentMilliseconds: Int64
        let receivedMilliseconds: Int64?
        let reuploads: Int
    }

    let plan: Plan?
    let counts: Counts
    let devices: [Transfer]

    init(of number: String, device: UInt16? = nil, in server: SimulatedServer) throws {
        plan = try server.historyPlan(of: number).map { plan in
            Plan(
                chats: plan.chatCount, messages: plan.messageCount, seed: plan.seed, groups: plan.groupCount,
                statuses: plan.statusCount, newestSeconds: plan.newestSeconds, spanSeconds: plan.spanSeconds,
                chunkMessages: plan.chunkMessageCount, recentMessages: plan.recentCount,
                keptOnPhone: plan.keptOnPhoneCount, mediaStatus: plan.mediaStatus)
        }
        let counts = try server.historyCounts(of: number)
        self.counts = Counts(
            chats: counts.chats, messages: counts.messages, sentMessages: counts.sentMessages,
            statuses: counts.statuses, starred: counts.starred, media: counts.media)
        devices = try server.historyTransfers(of: number).filter { device == nil || $0.device == device }
            .map { transfer in
                Transfer(
                    device: transfer.device, isSent: transfer.isSent, isComplete: transfer.isComplete,
                    chunks: transfer.chunks.map { Chunk($0) })
            }
    }
}

extension HistoryModel.Chunk {
    init(_ chunk: HistoryTransfer.Chunk) {
        self.init(
            id: chunk.id, type: chunk.kind.rawValue, chunkOrder: chunk.chunkOrder, progress: chunk.progress,
            conversations: chunk.conversationCount, messages: chunk.messageCount, isInline: chunk.directPath == nil,
            directPath: chunk.directPath, sentMilliseconds: chunk.sentMilliseconds,
            receivedMilliseconds: chunk.receivedMilliseconds, reuploads: chunk.reuploadCount)
    }
}

struct HistoryChatModel: Encodable {
    let index: Int
    let jid: String
    let lid: String?
    let number: String?
    let name: String
    let isGroup: Bool
    let messageCount: Int
    let firstSent: Int
    let unreadCount: Int
    let isArchived: Bool
    let pinnedSeconds: Int64?
    let mutedUntilSeconds: Int64?
    let isMarkedUnread: Bool
    let expirationSeconds: Int?
    let participants: [String]
    let newestSeconds: Int64

    init(_ chat: HistoryChat) {
        index = chat.index
        jid = chat.jid.description
        lid = chat.lid.map { "\($0)@lid" }
        number = chat.number
        name = chat.name
        isGroup = chat.isGroup
        messageCount = chat.messageCount
        firstSent = chat.firstSent
        unreadCount = chat.unreadCount
        isArchived = chat.isArchived
        pinnedSeconds = chat.pinnedSeconds
        mutedUntilSeconds = chat.mutedUntilSeconds
        isMarkedUnread = chat.isMarkedUnread
        expirationSeconds = chat.expirationSeconds
        participants = chat.participants
        newestSeconds = chat.newestSeconds
    }
}

struct HistoryChatPage: ResponseEncodable {
    let chats: [HistoryChatModel]
    let next: Int
}

struct HistoryMessageModel: Encodable {
    struct Reaction: Encodable {
        let by: String
        let emoji: String
    }

    struct Media: Encodable {
        /// Of the plaintext, hexadecimal.
        let sha256: String
        let byteCount: Int
        let directPath: String
    }

    let index: Int
    let id: String
    let chat: String
    let isFromMe: Bool
    /// The number of whoever wrote it, in a group.
    let participant: String?
    let timestampSeconds: Int64
    let type: String
    let text: String?
    let isStarred: Bool
    let status: Int
    let reactions: [Reaction]
    let pollOptions: [String]
    let vote: [String]
    let media: Media?
    /// The `WebMessageInfo`, base64.
    let info: String?

    init(_ message: HistoryMessage, in chat: HistoryChat, info: [UInt8]?) {
        index = message.index
        id = message.id
        self.chat = chat.jid.description
        isFromMe = message.isFromMe
        participant = chat.isGroup && !message.isFromMe ? message.author : nil
        timestampSeconds = message.timestampSeconds
        type = message.kind.rawValue
        text = message.text
        isStarred = message.isStarred
        status = message.status
        reactions = message.reactions.map { Reaction(by: $0.by, emoji: $0.emoji) }
        pollOptions = message.pollOptions
        vote = message.vote
        media = message.file.map { file in
            Media(
                sha256: file.summary.fileSHA256.hexadecimal, byteCount: file.summary.fileByteCount,
                directPath: file.directPath)
        }
        self.info = info.map { Data($0).base64EncodedString() }
    }
}

struct HistoryMessagePage: ResponseEncodable {
    let messages: [HistoryMessageModel]
    let next: Int
}

struct HistoryStatusList: ResponseEncodable {
    /// Each a `WebMessageInfo`, base64.
    let statuses: [String]
}
