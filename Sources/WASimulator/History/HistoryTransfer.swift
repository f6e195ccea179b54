/// How far one companion has been sent a past.
package struct HistoryTransfer: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case initialBootstrap = "INITIAL_BOOTSTRAP"
        case initialStatusV3 = "INITIAL_STATUS_V3"
        case full = "FULL"
        case recent = "RECENT"
        case pushName = "PUSH_NAME"
        case nonBlockingData = "NON_BLOCKING_DATA"
        case onDemand = "ON_DEMAND"
    }

    package struct Chunk: Sendable, Equatable {
        /// Of the message that told of it.
        package let id: String
        package let kind: Kind
        package let chunkOrder: Int
        package let progress: Int
        package let conversationCount: Int
        package let messageCount: Int
        /// The present path of its blob; nil when it was in the message itself.
        package internal(set) var directPath: String?
        package let sentMilliseconds: Int64
        /// When its `hist_sync` receipt came.
        package internal(set) var receivedMilliseconds: Int64?
        package internal(set) var reuploadCount = 0
        let mediaKey: [UInt8]
        /// Enough to compute it again.
        let source: Source
    }

    enum Source: Equatable {
        case cursor(HistoryCursor)
        case onDemand(chat: Int, before: Int, count: Int)
        /// Messages that were really written, which are looked up by chat.
        case live
    }

    package let device: UInt16
    package internal(set) var chunks: [Chunk] = []
    var next = HistoryCursor()
    /// Only chunks of these kinds are sent; nil for all.
    var kinds: Set<Kind>?
    var sentMessageCount = 0
    /// Everything that is sent unasked has left the phone.
    package internal(set) var isSent = false
    /// A timer for the next chunk is set.
    var isScheduled = false

    package var isComplete: Bool {
        isSent && chunks.allSatisfy { $0.kind == .onDemand || $0.receivedMilliseconds != nil }
    }

    init(device: UInt16) {
        self.device = device
    }
}

/// A past in figures, for whoever checks that a client has all of it.
package struct HistoryCounts: Sendable, Equatable {
    package var chats = 0
    package var messages = 0
    /// Of these, what is sent without being asked for.
    package var sentMessages = 0
    package var statuses = 0
    package var starred = 0
    package var media = 0
}
