/// Something to do later.
enum SimulatorTimer: Equatable {
    /// A registration that nobody scanned ends.
    case registrationExpires(ConnectionID)
    /// Look for stanzas and requests that were not acknowledged in time.
    case sweep
    /// A connection on which something was lost is cut.
    case cut(ConnectionID)
    /// Stanzas held back by the fault plan are written.
    case release(ConnectionID)
    /// A phone gives its automatic answer.
    case answer(DeviceAddress, chat: String, text: String)
    /// A phone sends its companion the next chunk of its past.
    case history(DeviceAddress)
}

/// Timers in order of time; those of one moment in order of their making. A binary heap.
struct TimerQueue {
    private struct Entry {
        let atMilliseconds: Int64
        let number: Int
        let timer: SimulatorTimer

        func isBefore(_ other: Entry) -> Bool {
            (atMilliseconds, number) < (other.atMilliseconds, other.number)
        }
    }

    private var heap: [Entry] = []
    private var madeCount = 0

    var nextMilliseconds: Int64? { heap.first?.atMilliseconds }

    mutating func add(_ timer: SimulatorTimer, atMilliseconds: Int64) {
        heap.append(Entry(atMilliseconds: atMilliseconds, number: madeCount, timer: timer))
        madeCount += 1
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popDue(atMilliseconds now: Int64) -> SimulatorTimer? {
        guard let first = heap.first, first.atMilliseconds <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.timer }
        heap[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let smallest = children.min(by: { heap[$0].isBefore(heap[$1]) }),
                heap[smallest].isBefore(heap[parent])
            else { return first.timer }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
