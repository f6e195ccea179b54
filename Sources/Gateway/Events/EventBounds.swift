import Storage
import Synchronization

/// Between which places the log has events: kept in a row of its own, so that a place is never given twice although the
/// events around it are gone.
final class EventBounds: Sendable {
    struct Values: Sendable {
        /// Everything up to here was removed because of its age.
        var prunedThrough: Int64 = 0
        /// The last place that was given, as far as it matters: places of undone transactions do not.
        var last: Int64 = 0

        init(on connection: any SQLConnection) throws {
            if let row = try connection.query("SELECT pruned_through, last_given FROM gateway_event_bounds").first {
                prunedThrough = try row.integer("pruned_through")
                last = try row.integer("last_given")
            }
            let newest = try connection.query("SELECT MAX(seq) AS newest FROM gateway_events").first
            last = max(last, prunedThrough, try newest?.optionalInteger("newest") ?? 0)
        }
    }

    private let through: Mutex<Int64>

    init(_ values: Values) { through = Mutex(values.prunedThrough) }

    var prunedThrough: Int64 { through.withLock { $0 } }

    func pruned(through end: Int64) {
        through.withLock { $0 = max($0, end) }
    }

    static func write(prunedThrough: Int64 = 0, last: Int64 = 0, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_event_bounds SET
                pruned_through = CASE WHEN pruned_through < $1 THEN $1 ELSE pruned_through END,
                last_given = CASE WHEN last_given < $2 THEN $2 ELSE last_given END
            """, [.integer(prunedThrough), .integer(last)])
    }
}
