import WAProtocol

/// Which files of received messages are fetched and how long they are kept.
package struct InboundMediaLimits: Sendable, Equatable {
    /// Whether files are fetched as messages come; otherwise only when somebody asks for one (`MEDIA_DOWNLOAD_ENABLED`).
    package var fetchesOnReceipt = true
    /// A larger file is not fetched (`MEDIA_DOWNLOAD_MAX_BYTES`).
    package var maximumByteCount = 52_428_800
    /// The same for status posts (`STATUS_MEDIA_MAX_BYTES`).
    package var maximumStatusByteCount = 10_485_760
    /// How many files one session fetches at a time (`INBOUND_MEDIA_CONCURRENCY`).
    package var concurrency = 4
    /// How many all sessions together (`INBOUND_MEDIA_GLOBAL_CONCURRENCY`); 0: 32.
    package var globalConcurrency = 0
    /// Files are kept for so many days; 0: for ever (`CHAT_MEDIA_ARCHIVE_TTL_DAYS`).
    package var retentionDays = 0
    /// The oldest files go when all together are larger; 0: no limit (`CHAT_MEDIA_ARCHIVE_TOTAL_BYTES`).
    package var totalByteCount = 0

    package init() {}

    var slotCount: Int { globalConcurrency > 0 ? globalConcurrency : 32 }

    /// What becomes of a file that a message brings.
    func start(byteCount: Int, isStatus: Bool) -> (state: InboundMedia.State, reason: InboundMedia.Reason?) {
        let limit = isStatus ? min(maximumByteCount, maximumStatusByteCount) : maximumByteCount
        if byteCount > limit { return (.omitted, .tooLarge) }
        return (fetchesOnReceipt ? .pending : .remote, nil)
    }
}
