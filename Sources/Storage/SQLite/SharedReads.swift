import Dispatch
import Synchronization

/// One `read` call, with its result type hidden.
struct ReadCall: Sendable {
    /// Runs the closure in the open snapshot and answers the caller.
    let run: @Sendable (SQLiteConnection) -> Void
    /// Answers the caller with an error.
    let fail: @Sendable (any Error) -> Void
}

/// Serves waiting reads on a few connections, several to one snapshot where that changes nothing.
///
/// A `read` call joins the line, and wakes one more connection while some are idle. A connection takes one call after
/// another until the line is empty. Waking a thread costs several times a small read, and so do the locks that open
/// and close a snapshot; under load both are paid once for many calls.
///
/// A call may use a snapshot that is open already only if it joined the line before that snapshot was opened:
/// then everything that was committed before the call is in it.
final class SharedReads: Sendable {
    fileprivate struct Line {
        /// The calls from `next` on wait; those before it are served.
        var calls: [(ticket: UInt64, call: ReadCall)] = []
        var next = 0
        /// The number the next call gets.
        var nextTicket: UInt64 = 0
        /// Connections that are at work, or on their way to it.
        var drains = 0
    }

    private let line = Mutex(Line())
    private let connectionLimit: Int

    init(connectionLimit: Int) {
        self.connectionLimit = connectionLimit
    }

    /// Calls that wait for a connection.
    var count: Int { line.withLock { $0.calls.count - $0.next } }

    /// Puts a call in the line. When the result is true, the caller must start another `drain`.
    func join(_ call: ReadCall) -> Bool {
        line.withLock { line in
            line.calls.append((line.nextTicket, call))
            line.nextTicket += 1
            guard line.drains < connectionLimit else { return false }
            line.drains += 1
            return true
        }
    }

    /// Serves calls until nobody waits. Runs on the queue of the connection.
    func drain(_ connection: SQLiteConnection) {
        // Calls with a lower number may use the open snapshot.
        var snapshotTicket: UInt64 = 0
        while let (ticket, call) = line.withLock({ $0.takeNext() }) {
            do {
                if ticket >= snapshotTicket || !connection.isInTransaction {
                    connection.endSnapshot()
                    snapshotTicket = line.withLock(\.nextTicket)
                    try connection.perform(.beginReading)
                }
                call.run(connection)
            } catch {
                call.fail(error)
            }
        }
        connection.endSnapshot()
    }

    /// Takes note that a drain could not start. When no other is at work, those who wait hear why.
    func drainFailed(_ error: any Error) {
        let abandoned = line.withLock { line in
            line.drains -= 1
            return line.drains == 0 ? line.takeAll() : []
        }
        for call in abandoned { call.fail(error) }
    }
}

extension SharedReads.Line {
    /// Takes the next call, or notes that this drain ends.
    fileprivate mutating func takeNext() -> (ticket: UInt64, call: ReadCall)? {
        guard next < calls.count else {
            drains -= 1
            calls.removeAll(keepingCapacity: calls.capacity <= 256)
            next = 0
            return nil
        }
        let call = calls[next]
        next += 1
        // Without this a line that is never empty would keep every call it ever had.
        if next >= 64, next * 2 >= calls.count {
            calls.removeFirst(next)
            next = 0
        }
        return call
    }

    fileprivate mutating func takeAll() -> [ReadCall] {
        defer {
            calls = []
            next = 0
        }
        return calls[next...].map(\.call)
    }
}
