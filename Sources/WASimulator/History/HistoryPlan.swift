import WABinary

/// The past of a phone in figures: everything else about it is derived from these and the seed of the simulator.
package struct HistoryPlan: Sendable, Equatable {
    package var chatCount = 0
    package var messageCount = 0
    /// The same seed and figures are the same history.
    package var seed: UInt64 = 1
    /// Numbers of the people the first chats are with; after these, made-up ones.
    package var contacts: [String] = []
    /// How many of the chats are groups.
    package var groupCount = 0
    /// Ids of the first groups; after these, made-up ones.
    package var groupIDs: [String] = []
    package var statusCount = 5
    /// The time of the newest message.
    package var newestSeconds: Int64 = 0
    /// How much older the oldest is.
    package var spanSeconds: Int64 = 90 * 86_400

    /// Messages in one chunk.
    package var chunkMessageCount = 500
    package var chunkMilliseconds: Int64 = 20
    /// So many of each chat's newest messages are in `INITIAL_BOOTSTRAP`.
    package var bootstrapCount = 1
    /// And so many in `INITIAL_BOOTSTRAP` and `RECENT` together; the rest is in `FULL`.
    package var recentCount = 50
    /// An `INITIAL_BOOTSTRAP` of at most so many compressed bytes comes in the notification itself.
    package var inlineByteLimit = 16_384
    /// So many of each chat's oldest messages are sent only when asked for.
    package var keptOnPhoneCount = 0
    /// With what downloads of files in it are answered: 200, or 403, 404, 410 until a re-upload is asked for.
    package var mediaStatus = 200
    /// Chunks, by order, whose blob is gone until a re-upload is asked for.
    package var goneChunks: Set<Int> = []
    /// Chunks whose blob is spoiled until then.
    package var spoiledChunks: Set<Int> = []

    package init() {}

    package static let chatLimit = 10_000
    package static let messageLimit = 1_000_000

    /// The name of the first figure that cannot be.
    package var wrongField: String? {
        let checks: [(String, Bool)] = [
            ("chats", (0...Self.chatLimit).contains(chatCount)),
            ("messages", (0...Self.messageLimit).contains(messageCount) && (chatCount > 0 || messageCount == 0)),
            ("groups", (0...chatCount).contains(groupCount)),
            ("statuses", (0...1_000).contains(statusCount)),
            ("spanSeconds", (1...10 * 366 * 86_400).contains(spanSeconds)),
            ("newestSeconds", newestSeconds > spanSeconds && newestSeconds <= WireTime.lastSecond),
            ("chunkMessages", (1...100_000).contains(chunkMessageCount)),
            ("chunkMilliseconds", (0...60_000).contains(chunkMilliseconds)),
            ("bootstrapMessages", (0...1_000).contains(bootstrapCount)),
            ("recentMessages", (bootstrapCount...100_000).contains(recentCount)),
            ("inlineByteLimit", (0...524_288).contains(inlineByteLimit)),
            ("keptOnPhone", keptOnPhoneCount >= 0),
            ("mediaStatus", [200, 403, 404, 410].contains(mediaStatus)),
        ]
        return checks.first { !$0.1 }?.0
    }
}
