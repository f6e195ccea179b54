import Logging
import Synchronization

/// Follows the event log for everybody who listens: one reading of the log for all of them.
///
/// ```
/// EventLog ─► run: pages, as they are committed ─► window of recent events ─► next(after:) of each listener
///                                                                       └──── older cursors read the log themselves
/// ```
/// Each listener has a cursor of its own and gets every event after it that it wants, in order, however slowly it reads;
/// nothing is queued for it. While nobody waits, nothing is read.
package final class EventFeed: Sendable {
    /// Whether a listener wants an event. Asked under a lock: must be quick.
    package typealias Wish = @Sendable (EventRecord) -> Bool

    private struct Waiter {
        let cursor: Int64
        let wants: Wish
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// The newest events, oldest first: all of them with a place above `start`, up to `end`.
        var window: [EventRecord] = []
        var windowByteCount = 0
        var start: Int64 = 0
        var end: Int64 = 0
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var isOver = false
    }

    /// Bounds of what is kept in memory for those who are a little late.
    private static let maximumWindowCount = 1_000
    private static let maximumWindowByteCount = 4 << 20
    /// Older events are read so many at a time, whatever is wanted of them.
    private static let readingLength = 200
    private static let maximumReadings = 10
    private static let everything = EventFilter(names: Set(EventName.allCases))

    private let log: EventLog
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let state = Mutex(State())
    private let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(log: EventLog, logger: Logger, clock: any Clock<Duration>) {
        self.log = log
        self.logger = logger
        self.clock = clock
    }

    // MARK: - Listening

    /// The next events after a cursor that are wanted; waits for the first of them.
    ///
    /// - Returns: an empty page when the task is cancelled or the gateway ends; its cursor is still good.
    package func next(after cursor: Int64, limit: Int, where wants: @escaping Wish) async throws -> EventPage {
        var cursor = cursor
        while true {
            let page = try await page(after: cursor, limit: limit, where: wants)
            cursor = page.cursor
            if !page.records.isEmpty { return page }
            if !page.hasMore { await wait(past: cursor, wants) }
            if Task.isCancelled || state.withLock(\.isOver) {
                return EventPage(records: [], cursor: cursor, hasMore: false)
            }
        }
    }

    /// The next events after a cursor that are wanted, if there are any now.
    package func page(after cursor: Int64, limit: Int, where wants: Wish) async throws -> EventPage {
        let latest = log.latestCursor
        // While nobody waits, the window falls behind.
        if let page = state.withLock({ Self.recent(after: cursor, limit: limit, wants, in: $0) }),
            !page.records.isEmpty || page.cursor >= latest
        {
            return page
        }
        return try await logged(after: cursor, limit: limit, wants)
    }

    /// Looks at some thousand events at most: then the page may be empty although more is there.
    private func logged(after cursor: Int64, limit: Int, _ wants: Wish) async throws -> EventPage {
        var cursor = cursor
        var records: [EventRecord] = []
        for _ in 0..<Self.maximumReadings {
            let page = try await log.page(after: cursor, limit: Self.readingLength, filter: Self.everything)
            for record in page.records where wants(record) {
                records.append(record)
                if records.count == limit { return EventPage(records: records, cursor: record.seq, hasMore: true) }
            }
            cursor = page.cursor
            if !page.hasMore { return EventPage(records: records, cursor: cursor, hasMore: false) }
        }
        return EventPage(records: records, cursor: cursor, hasMore: true)
    }

    /// - Returns: nil for a cursor that the window does not reach.
    private static func recent(after cursor: Int64, limit: Int, _ wants: Wish, in state: State) -> EventPage? {
        guard cursor >= state.start, cursor <= state.end, !state.window.isEmpty else { return nil }
        var records: [EventRecord] = []
        for record in state.window[firstIndex(after: cursor, in: state.window)...] where wants(record) {
            records.append(record)
            if records.count == limit { return EventPage(records: records, cursor: record.seq, hasMore: true) }
        }
        return EventPage(records: records, cursor: state.end, hasMore: false)
    }

    /// The window is sorted by place.
    private static func firstIndex(after cursor: Int64, in window: [EventRecord]) -> Int {
        var (low, high) = (0, window.count)
        while low < high {
            let middle = (low + high) / 2
            if window[middle].seq <= cursor { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func wait(past cursor: Int64, _ wants: @escaping Wish) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state in
                    if state.isOver || Task.isCancelled { return true }
                    // Nobody needs what lies between: the window begins anew here.
                    if state.waiters.isEmpty, cursor > state.end { Self.restart(&state, at: cursor) }
                    // What the window has lost is read from the log; what it has is waited for no longer.
                    if cursor < state.start { return true }
                    if let page = Self.recent(after: cursor, limit: 1, wants, in: state), !page.records.isEmpty { return true }
                    state.waiters[number] = Waiter(cursor: cursor, wants: wants, continuation: continuation)
                    return false
                }
                if passes { continuation.resume() } else { arrival.yield() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }

    private static func restart(_ state: inout State, at cursor: Int64) {
        state.window = []
        state.windowByteCount = 0
        state.start = cursor
        state.end = cursor
    }

    // MARK: - Following

    /// Reads for those who wait, until it is cancelled; from then on nobody waits any more.
    func run() async {
        await withTaskCancellationHandler {
            for await _ in arrivals { await follow() }
        } onCancel: {
            arrival.finish()
        }
        let waiters = state.withLock { state in
            state.isOver = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    private func follow() async {
        while !Task.isCancelled, let end = state.withLock({ $0.waiters.isEmpty ? nil : $0.end }) {
            await log.wait(past: end)
            guard !Task.isCancelled else { return }
            do {
                let page = try await log.page(after: end, limit: Self.maximumWindowCount, filter: Self.everything)
                append(page, after: end)
            } catch {
                logger.warning("Events could not be read for live channels", metadata: ["error": "\(error)"])
                try? await clock.sleep(for: .seconds(1))
            }
        }
    }

    private func append(_ page: EventPage, after end: Int64) {
        let woken = state.withLock { state -> [Waiter] in
            // Meanwhile the last listener left, and another one began further on.
            guard state.end == end else { return [] }
            state.window += page.records
            state.windowByteCount += page.records.reduce(0) { $0 + $1.data.utf8.count }
            state.end = page.cursor
            let numbers = state.waiters.filter { _, waiter in
                page.records.contains { $0.seq > waiter.cursor && waiter.wants($0) }
            }.map(\.key)
            Self.trim(&state)
            return numbers.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    private static func trim(_ state: inout State) {
        var count = 0
        while state.window.count - count > maximumWindowCount || state.windowByteCount > maximumWindowByteCount,
            count < state.window.count
        {
            state.windowByteCount -= state.window[count].data.utf8.count
            state.start = state.window[count].seq
            count += 1
        }
        state.window.removeFirst(count)
    }
}
