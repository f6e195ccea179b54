/// A connection lent to one `read` or `write` closure; it must not outlive it.
///
/// SQL is the subset that SQLite 3.40 and PostgreSQL 15 share. Parameters are `$1`, `$2`, … and may repeat; the number
/// of arguments must match exactly. One statement a call. Compiled statements are cached by their text, so keep the
/// number of different texts bounded. `BEGIN`, `COMMIT`, savepoints and `ATTACH` belong to the database and are
/// refused.
///
/// Do not catch an error of `query` or `execute` inside a `write` closure and go on: a failed statement spoils the
/// whole transaction on PostgreSQL. Use `ON CONFLICT`.
package protocol SQLConnection: AnyObject {
    /// Runs one statement and returns all its rows. Also the way to use `RETURNING`.
    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow]

    /// Runs one statement and returns the number of rows it inserted, updated or deleted itself, without those of
    /// triggers and foreign keys.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int

    /// Has `action` run once the changes of this closure are durable, before `write` returns; never when they are undone.
    ///
    /// For waking whoever waits for the rows. It runs on the database's own thread and must be short. Only in `write`.
    func afterCommit(_ action: @escaping @Sendable () -> Void)
}

extension SQLConnection {
    /// Runs one statement without parameters and returns all its rows.
    package func query(_ sql: String) throws -> [SQLRow] {
        try query(sql, [])
    }

    /// Runs one statement without parameters and returns the number of rows it changed.
    @discardableResult
    package func execute(_ sql: String) throws -> Int {
        try execute(sql, [])
    }
}
