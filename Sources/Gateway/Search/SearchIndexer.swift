import Logging
import Storage

/// Brings the words of new and changed messages into the index, many messages at a time.
///
/// Whoever searches lets it catch up first, so a search finds whatever was stored before it was asked. Besides, it looks for
/// work every few seconds, so that a search finds little to do; only while a history comes in there is more than a search waits
/// for, and then the newest is taken in first.
struct SearchIndexer: Sendable {
    let database: any SQLDatabase
    var logger = Logger(label: "openwa.search")

    /// Messages in one transaction: enough to share its cost, few enough that others do not wait for the writer.
    static let batch = 250
    /// Transactions that one search waits for.
    static let patience = 40
    private static let pause: Duration = .seconds(2)

    func run(clock: any Clock<Duration>) async {
        while !Task.isCancelled {
            do {
                try await catchUp()
            } catch {
                logger.warning("New messages cannot be searched yet", metadata: ["error": "\(error)"])
            }
            try? await clock.sleep(for: Self.pause)
        }
    }

    /// Before a search: takes in what was stored before the call, the newest first, as far as one search may wait. A database
    /// that cannot be written is searched as far as it is indexed.
    func catchUpForSearch() async {
        do {
            try await catchUp(atMost: Self.patience)
        } catch {
            logger.warning("The newest messages cannot be searched yet", metadata: ["error": "\(error)"])
        }
    }

    /// Takes in what was stored before the call.
    func catchUp(atMost limit: Int = .max) async throws {
        let pending = try await database.read { connection in
            Int(try connection.query("SELECT COUNT(*) AS n FROM gateway_search_pending").first?.integer("n") ?? 0)
        }
        var left = min(limit, (pending + Self.batch - 1) / Self.batch)
        while left > 0, try await database.write({ try Self.takeBatch(on: $0) }) == Self.batch { left -= 1 }
    }

    /// - Returns: how many messages were taken in.
    private static func takeBatch(on connection: any SQLConnection) throws -> Int {
        let rows = try connection.query(
            "SELECT seq FROM gateway_search_pending ORDER BY seq DESC LIMIT $1", [SQLValue(batch)])
        guard let first = try rows.last?.integer("seq") else { return 0 }
        try connection.execute(
            """
            INSERT INTO gateway_search (rowid, body)
            SELECT m.seq, m.body FROM gateway_search_pending p CROSS JOIN gateway_messages m ON m.seq = p.seq
            WHERE p.seq >= $1 ORDER BY p.seq
            """, [.integer(first)])
        try connection.execute("DELETE FROM gateway_search_pending WHERE seq >= $1", [.integer(first)])
        return rows.count
    }
}
