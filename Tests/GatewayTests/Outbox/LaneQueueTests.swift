import TestSupport
import Testing

@testable import Gateway

@Suite("The lane's queue")
struct LaneQueueTests {
    private func entry(_ sequence: Int64) -> OutboxEntry {
        OutboxEntry(
            sessionID: "s", messageID: "M\(sequence)", chat: ChatID(.phone, "6281234567890"),
            content: .text(OutgoingText("text \(sequence)")), acceptedAtMilliseconds: 0, sequence: sequence)
    }

    /// A queue that has seen that the database is empty.
    private func fresh(window: Int, memoryLimit: Int) -> LaneQueue {
        var queue = LaneQueue(window: window, memoryLimit: memoryLimit)
        #expect(queue.next() == .load(after: 0, limit: memoryLimit))
        queue.loaded([], limit: memoryLimit)
        return queue
    }

    @Test("What is accepted goes to the client in order, as far as the window reaches")
    func sendsInOrder() {
        var queue = fresh(window: 2, memoryLimit: 4)
        for sequence in [2, 1, 3] as [Int64] { queue.accepted(entry(sequence)) }
        #expect(queue.next() == .send([entry(1), entry(2)]))
        #expect(queue.next() == .wait)
        queue.settled("M1")
        #expect(queue.next() == .send([entry(3)]))
        #expect(queue.next() == .wait)
    }

    @Test("At the start everything comes from the database, page by page")
    func startsFromDatabase() {
        var queue = LaneQueue(window: 2, memoryLimit: 3)
        #expect(queue.next() == .load(after: 0, limit: 3))
        // Accepted while the page is read, and committed after it was.
        queue.accepted(entry(9))
        queue.loaded([entry(1), entry(2), entry(3)], limit: 3)
        #expect(queue.next() == .send([entry(1), entry(2)]))
        queue.settled("M1")
        queue.settled("M2")
        #expect(queue.next() == .send([entry(3)]))
        #expect(queue.next() == .load(after: 3, limit: 3))
        queue.loaded([entry(9)], limit: 3)
        #expect(queue.next() == .send([entry(9)]))
        queue.settled("M3")
        queue.settled("M9")
        #expect(queue.next() == .wait)
    }

    @Test("What does not fit into memory is left to the database and fetched later, without what is under way")
    func overflows() {
        var queue = fresh(window: 1, memoryLimit: 2)
        for sequence in 1...4 as ClosedRange<Int64> { queue.accepted(entry(sequence)) }
        #expect(queue.next() == .send([entry(1)]))
        queue.settled("M1")
        #expect(queue.next() == .send([entry(2)]))
        queue.settled("M2")
        #expect(queue.next() == .load(after: 0, limit: 2))
        // The row of the last settled one is still there.
        queue.loaded([entry(2), entry(3)], limit: 2)
        #expect(queue.next() == .send([entry(3)]))
        queue.settled("M3")
        #expect(queue.next() == .load(after: 3, limit: 2))
        queue.loaded([entry(4)], limit: 2)
        #expect(queue.next() == .send([entry(4)]))
        queue.settled("M4")
        #expect(queue.next() == .wait)
    }

    @Test("What waits for uploads uses up no window, has a limit of its own, and joins the window when it leaves")
    func holds() {
        var queue = LaneQueue(window: 2, memoryLimit: 8, heldLimit: 3)
        _ = queue.next()
        queue.loaded([], limit: 8)
        for sequence in 1...7 as ClosedRange<Int64> { queue.accepted(entry(sequence)) }
        #expect(queue.next() == .send([entry(1), entry(2)]))
        queue.hold(["M1", "M2"])
        #expect(queue.inFlight.isEmpty && queue.held == ["M1", "M2"])
        // No more than would fit if it had to be held.
        #expect(queue.next() == .send([entry(3)]))
        #expect(queue.next() == .send([entry(4)]))
        #expect(queue.next() == .wait, "the window is full")
        queue.hold(["M4"])
        #expect(queue.next() == .wait, "as much is held as may be")
        let (anyBefore, any) = (queue.transmitted(["M3"]), queue.transmitted(["M1", "M2"]))
        #expect(!anyBefore && any, "the first was never held")
        #expect(queue.inFlight == ["M1", "M2", "M3"] && queue.held == ["M4"])
        #expect(queue.next() == .wait)
        let settled = ["M1", "M2"].map { queue.settled($0) }
        #expect(settled == [true, true])
        #expect(queue.next() == .send([entry(5)]))
    }

    @Test("What is held is not sent again by a page, ends by failing, and is left to the next start at the end")
    func heldEnds() {
        var queue = LaneQueue(window: 1, memoryLimit: 2)
        _ = queue.next()
        queue.loaded([entry(1), entry(2)], limit: 2)
        #expect(queue.next() == .send([entry(1)]))
        queue.hold(["M1"])
        #expect(queue.next() == .send([entry(2)]))
        queue.hold(["M2"])
        #expect(queue.next() == .load(after: 2, limit: 2))
        queue.loaded([entry(1), entry(2)], limit: 2)
        #expect(queue.next() == .load(after: 2, limit: 2))
        queue.loaded([], limit: 2)
        #expect(queue.next() == .wait)
        let (once, twice) = (queue.settled("M1"), queue.settled("M1"))
        #expect(once && !twice)
        queue.dropHeld()
        #expect(queue.held.isEmpty && queue.inFlight.isEmpty)
    }

    @Test("Rows that vanish while they wait in the database do not keep the queue asking")
    func toleratesVanishedRows() {
        var queue = fresh(window: 1, memoryLimit: 2)
        for sequence in 1...5 as ClosedRange<Int64> { queue.accepted(entry(sequence)) }
        for _ in 0..<2 {
            guard case .send(let entries) = queue.next() else {
                Issue.record("nothing to send")
                return
            }
            queue.settled(entries[0].messageID)
        }
        #expect(queue.next() == .load(after: 0, limit: 2))
        queue.loaded([], limit: 2)
        #expect(queue.next() == .wait)
    }

    /// Plays random schedules against a model of the database and demands that each entry is sent exactly once.
    @Test("Under any order of events each entry is handed over exactly once", arguments: 0..<200)
    func handsOverExactlyOnce(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var queue = LaneQueue(
            window: Int.random(in: 1...3, using: &random), memoryLimit: Int.random(in: 4...6, using: &random))
        var rows: [Int64: OutboxEntry] = [:]
        var sequence: Int64 = 0
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            sequence += 1
            rows[sequence] = entry(sequence)
        }
        var unannounced: [OutboxEntry] = []
        var sent: [String] = []
        var underWay: [String] = []
        var undeleted: [String] = []
        var page: ([OutboxEntry], Int)?
        var left = 60
        while left > 0 || !rows.isEmpty {
            left -= 1
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where left > 0:
                sequence += 1
                rows[sequence] = entry(sequence)
                unannounced.append(entry(sequence))
            case 1 where !unannounced.isEmpty:
                queue.accepted(unannounced.remove(at: Int.random(in: unannounced.indices, using: &random)))
            case 2 where !underWay.isEmpty:
                let id = underWay.remove(at: Int.random(in: underWay.indices, using: &random))
                queue.settled(id)
                undeleted.append(id)
            case 3 where !undeleted.isEmpty:
                let id = undeleted.removeFirst()
                rows = rows.filter { $0.value.messageID != id }
            case 4:
                if let (entries, limit) = page {
                    queue.loaded(entries, limit: limit)
                    page = nil
                }
            default:
                guard page == nil else { break }
                switch queue.next() {
                case .send(let entries):
                    sent += entries.map(\.messageID)
                    underWay += entries.map(\.messageID)
                case .load(let after, let limit):
                    let found = rows.values.filter { $0.sequence > after }.sorted { $0.sequence < $1.sequence }
                    page = (Array(found.prefix(limit)), limit)
                case .wait: break
                }
            }
            guard left > -100_000 else {
                Issue.record("seed \(seed): entries are stuck: \(rows.keys.sorted())")
                return
            }
        }
        #expect(sent.count == Int(sequence), "seed \(seed)")
        #expect(Set(sent).count == sent.count, "seed \(seed): something was handed over twice")
    }
}
