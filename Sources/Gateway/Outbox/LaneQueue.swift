/// One session's lane, as a pure machine: what is known to wait, what the client has, and what only the database knows.
///
/// ```
/// accepted ─► waiting ─► in flight (the client has it) ─► settled
///    │              └─► held (for an upload) ─► in flight
///    └► beyond `memoryLimit`: in the database only, read in pages when `waiting` has run dry
/// ```
///
/// Start and restart are the same as overflow: everything begins in the database. `loadedThrough` is the number up to which
/// the database has been read; rows are numbered in commit order, so nothing at or below it can be missed.
struct LaneQueue: Sendable {
    enum Step: Equatable {
        /// Hand these to the client, in this order.
        case send([OutboxEntry])
        /// Read the next `limit` entries after this number, and answer with `loaded`.
        case load(after: Int64, limit: Int)
        /// Nothing to do until something is accepted or settled.
        case wait
    }

    /// How many entries may be in the client's hands; what was held comes on top of them, all at once.
    let window: Int
    /// How many entries may be held for uploads of their chats. They use up no window: where no file can be uploaded, chats
    /// without files go on.
    let heldLimit: Int
    /// How many more are kept in memory; also the size of a page. More than `window`, so that most pages bring something new.
    let memoryLimit: Int

    private var waiting: [OutboxEntry] = []
    private(set) var inFlight: Set<String> = []
    private(set) var held: Set<String> = []
    /// Every row up to this number was read, or is gone.
    private var loadedThrough: Int64 = 0
    /// The highest number that was left to the database.
    private var leftThrough: Int64 = 0
    /// The database holds rows that were never in `waiting`.
    private var hasMore = true
    /// `leftThrough` when the page now being read was asked for: those rows were committed by then.
    private var leftThroughAtLoad: Int64?
    /// Answered a moment ago, so their rows may still be there when a page is read.
    private var settledLately = RecentIDs(capacity: 256)

    init(window: Int, memoryLimit: Int, heldLimit: Int = 1024) {
        precondition(memoryLimit > window, "a page must bring more than what is in flight")
        self.window = window
        self.memoryLimit = memoryLimit
        self.heldLimit = heldLimit
    }

    /// An entry is durable. Callers may come in any order.
    mutating func accepted(_ entry: OutboxEntry) {
        guard entry.sequence > loadedThrough else { return }
        guard !hasMore, waiting.count < memoryLimit else {
            hasMore = true
            leftThrough = max(leftThrough, entry.sequence)
            return
        }
        insert(entry)
    }

    mutating func next() -> Step {
        // Any of them may turn out to be one to hold.
        let room = min(window - inFlight.count, heldLimit - held.count)
        guard room > 0 else { return .wait }
        if !waiting.isEmpty {
            let batch = Array(waiting.prefix(room))
            waiting.removeFirst(batch.count)
            inFlight.formUnion(batch.map(\.messageID))
            return .send(batch)
        }
        guard hasMore else { return .wait }
        leftThroughAtLoad = leftThrough
        return .load(after: loadedThrough, limit: memoryLimit)
    }

    /// What the database answered to `.load`.
    mutating func loaded(_ entries: [OutboxEntry], limit: Int) {
        guard let leftThroughAtLoad else { preconditionFailure("a page comes only after it was asked for") }
        self.leftThroughAtLoad = nil
        for entry in entries where !isUnderWay(entry.messageID) && !settledLately.contains(entry.messageID) {
            insert(entry)
        }
        loadedThrough = max(loadedThrough, entries.last?.sequence ?? 0)
        let isLastPage = entries.count < limit
        if isLastPage { loadedThrough = max(loadedThrough, leftThroughAtLoad) }
        hasMore = !isLastPage || leftThrough > loadedThrough
    }

    /// Of what `next` gave out, these wait for an upload.
    mutating func hold(_ messageIDs: [String]) {
        for id in messageIDs where inFlight.remove(id) != nil { held.insert(id) }
    }

    /// The client has these now.
    ///
    /// - Returns: whether any of them was held.
    mutating func transmitted(_ messageIDs: [String]) -> Bool {
        var anyWasHeld = false
        for id in messageIDs where held.remove(id) != nil {
            inFlight.insert(id)
            anyWasHeld = true
        }
        return anyWasHeld
    }

    /// Nothing leaves any more: what was held is left to the next start.
    mutating func dropHeld() {
        held.removeAll()
    }

    /// The client has an answer for this one, or none is needed.
    ///
    /// - Returns: false when it was not under way (any more).
    @discardableResult
    mutating func settled(_ messageID: String) -> Bool {
        settledLately.insert(messageID)
        let wasHeld = held.remove(messageID) != nil
        return inFlight.remove(messageID) != nil || wasHeld
    }

    private func isUnderWay(_ messageID: String) -> Bool { inFlight.contains(messageID) || held.contains(messageID) }

    /// In order of acceptance; nearly always at the end.
    private mutating func insert(_ entry: OutboxEntry) {
        var index = waiting.endIndex
        while index > waiting.startIndex, waiting[index - 1].sequence > entry.sequence { index -= 1 }
        waiting.insert(entry, at: index)
    }
}

/// The last so many ids.
struct RecentIDs: Sendable {
    private let capacity: Int
    private var ids: Set<String> = []
    private var ring: [String] = []
    private var oldest = 0

    init(capacity: Int) { self.capacity = capacity }

    func contains(_ id: String) -> Bool { ids.contains(id) }

    mutating func insert(_ id: String) {
        guard ids.insert(id).inserted else { return }
        guard ring.count == capacity else { return ring.append(id) }
        ids.remove(ring[oldest])
        ring[oldest] = id
        oldest = (oldest + 1) % capacity
    }
}
