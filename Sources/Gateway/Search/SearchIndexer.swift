import Logging
import Storage

/// Brings the words of new and changed messages into the index, many messages at a time.
///
/// Whoever searches lets it catch up first, so a search finds whatever was stored before it was asked. Besides, it looks for
/// work every few seconds, so that a search never finds much to do.
struct SearchIndexer: Sendable {
    let database: any SQLDatabase

    /// Messages in one transaction: enough to share its cost, few enough that others do not wait for the writer.
    static let batch = 250
    private static let pause: Duration = .seconds(2)

    func run(clock: any Clock<Duration>, logger: Logger) async {
        while !Task.isCancelled {
            do {
                try await catchUp()
            } catch {
                logger.warning("New messages cannot be searched yet", metadata: ["error": "\(error)"])
            }
            try? await clock.sleep(for: Self.pause)
        }
    }

    /// Returns when everything is in the index that was stored before the call.
    func catchUp() async throws {
        let isBehind = try await database.read { connection in
            !(try connection.query("SELECT 1 AS one FROM gateway_search_pending LIMIT 1").isEmpty)
        }
        guard isBehind else { return }
        while try await database.write({ try Self.takeBatch(on: $0) }) == Self.batch {}
    }

    /// - Returns: how many messages were taken in.
    private static func takeBatch(on connection: any SQLConnection) throws -> Int {
        let rows = try connection.query(
            "SELECT seq FROM gateway_search_pending ORDER BY seq LIMIT $1", [SQLValue(batch)])
        guard let last = try rows.last?.integer("seq") else { return 0 }
        try connection.execute(
            """
            INSERT INTO gateway_search (rowid, body)
            SELECT m.seq, m.body FROM gateway_search_pending p CROSS JOIN gateway_messages m ON m.seq = p.seq
            WHERE p.seq <= $1 ORDER BY p.seq
            """, [.integer(last)])
        try connection.execute("DELETE FROM gateway_search_pending WHERE seq <= $1", [.integer(last)])
        return rows.count
    }
}
