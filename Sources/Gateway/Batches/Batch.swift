/// Many messages to be sent one after another, at the pace the caller chose (contract 4).
package struct BatchRequest: Sendable {
    /// The caller's name for it; nil: we make one.
    package var batchID: String?
    package var items: [BatchItem]
    package var pace: BatchPace
    package var identity: RequestIdentity?

    package init(
        batchID: String? = nil, items: [BatchItem], pace: BatchPace = BatchPace(), identity: RequestIdentity? = nil
    ) {
        self.batchID = batchID
        self.items = items
        self.pace = pace
        self.identity = identity
    }
}

/// One recipient of a batch and what they are sent.
package struct BatchItem: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case message(OutgoingMessage)
        /// Rendered when the batch is accepted.
        case template(TemplateName, [String: String])
    }

    /// As the caller wrote it; results repeat it.
    package var chatID: String
    package var content: Content

    package init(chatID: String, content: Content) {
        self.chatID = chatID
        self.content = content
    }
}

/// How fast a batch goes, and whether it goes on after a failure.
package struct BatchPace: Sendable, Equatable {
    /// Between the beginnings of two items; 1000 to 60000 by the page.
    package var delayMilliseconds: Int
    /// Adds up to two seconds to each delay, so that it does not look like a machine's.
    package var randomizesDelay: Bool
    package var stopsOnError: Bool

    package init(delayMilliseconds: Int = 3_000, randomizesDelay: Bool = true, stopsOnError: Bool = false) {
        self.delayMilliseconds = delayMilliseconds
        self.randomizesDelay = randomizesDelay
        self.stopsOnError = stopsOnError
    }

    static let jitterMilliseconds = 0...2_000

    /// The wait from one item to the next.
    func delay(using random: inout some RandomNumberGenerator) -> Int64 {
        Int64(delayMilliseconds + (randomizesDelay ? Int.random(in: Self.jitterMilliseconds, using: &random) : 0))
    }
}

package enum BatchStatus: String, Sendable {
    /// Accepted; no item has been tried.
    case pending
    case processing
    /// Every item was tried, and at least one was sent (or there were none).
    case completed
    case cancelled
    /// Stopped by its first failure, or nothing could be sent.
    case failed

    var isOver: Bool { self != .pending && self != .processing }
}

/// What `send-bulk` answers.
package struct BatchTicket: Sendable, Equatable {
    package let batchID: String
    package let totalMessages: Int
    /// Jitter and the time of sending are not counted.
    package let estimatedCompletionMilliseconds: Int64
    package var isReplay: Bool
}

/// How far a batch is.
package struct BatchReport: Sendable, Equatable {
    package struct Progress: Sendable, Equatable {
        package var total = 0
        package var sent = 0
        package var failed = 0
        package var pending = 0
        package var cancelled = 0
    }

    package struct Result: Sendable, Equatable {
        package enum Status: String, Sendable {
            case pending, sent, failed, cancelled
        }

        package struct Failure: Sendable, Equatable {
            package let code: String
            package let message: String
        }

        /// As the caller wrote it.
        package let chatID: String
        package let status: Status
        package let messageID: String?
        package let sentAtMilliseconds: Int64?
        package let failure: Failure?
    }

    package let batchID: String
    package let status: BatchStatus
    /// One for each item, in the order given.
    package let results: [Result]
    package let startedAtMilliseconds: Int64?
    package let completedAtMilliseconds: Int64?

    package var progress: Progress {
        var progress = Progress(total: results.count)
        for result in results {
            switch result.status {
            case .pending: progress.pending += 1
            case .sent: progress.sent += 1
            case .failed: progress.failed += 1
            case .cancelled: progress.cancelled += 1
            }
        }
        return progress
    }
}
