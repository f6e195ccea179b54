import Storage
import Synchronization

/// The order in which rows were written: one number for each message row and outbox row, growing in commit order.
///
/// `next()` is called only inside write closures, which the database runs one after another; so a row with a higher number
/// was committed later, and whoever read up to a number has missed nothing below it. Numbers of undone transactions are
/// never given again.
///
/// Rows that tell of the past have numbers below zero, by their time: see `history(timestampSeconds:)`.
final class RowSequence: Sendable {
    private let last: Mutex<Int64>
    /// Drawn anew by each process, so that two do not give the same number to messages of one second.
    private let lastOfHistory = Mutex(UInt32.random(in: .min ... .max))

    /// Continues after the highest number in the database.
    static func load(on connection: any SQLConnection) throws -> RowSequence {
        let rows = try connection.query(
            """
            SELECT (SELECT MAX(seq) FROM gateway_messages WHERE session_id = id) AS messages,
                   (SELECT MAX(seq) FROM gateway_outbox WHERE session_id = id) AS outbox
            FROM gateway_sessions
            """)
        let highest = try rows.map { row in
            max(try row.optionalInteger("messages") ?? 0, try row.optionalInteger("outbox") ?? 0)
        }
        return RowSequence(after: highest.max() ?? 0)
    }

    init(after last: Int64) { self.last = Mutex(last) }

    func next() -> Int64 {
        last.withLock { last in
            last += 1
            return last
        }
    }

    /// A number below all that `next()` gives, in the order of time: history comes in late, but belongs before.
    ///
    /// ```
    /// -2^60 + (Unix seconds, 32 bits) << 28 | counter, 28 bits
    /// ```
    func history(timestampSeconds: Int64) -> Int64 {
        let seconds = min(max(timestampSeconds, 0), 0xFFFF_FFFF)
        let counter = lastOfHistory.withLock { last in
            last &+= 1
            return Int64(last & 0xFFF_FFFF)
        }
        return -(1 << 60) + (seconds << 28 | counter)
    }
}
