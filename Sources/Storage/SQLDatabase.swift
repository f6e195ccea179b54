/// The one door to durable state: reading and writing a relational database through closures.
///
/// Two implementations are meant to stand behind it, SQLite and PostgreSQL, and every store's SQL is written once for
/// both. A fault-injecting wrapper over these two methods can fail any store at will.
///
/// What each implementation promises, and the contract suite checks:
/// - A closure runs exactly once, to its end, on a thread of the database. It must not block on anything else.
/// - `write` is atomic for each closure: a thrown error undoes all of this closure and nothing of any other.
/// - When `write` returns, its changes are durable (power may be lost) and every later `read` sees them.
///   Nobody sees them before.
/// - When `write` throws, its changes are undone. The one exception is an error of the disk during the commit itself,
///   after which the outcome is known only when the database is opened again.
/// - `read` sees one committed state from its first statement to its last, and cannot write.
/// - Cancelling the calling task cancels nothing: the call still runs to its end and returns its result.
package protocol SQLDatabase: Sendable {
    /// Runs `body` on one committed state of the database and returns its result.
    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> R) async throws -> R

    /// Runs `body` in a transaction and returns its result once the transaction is durable.
    @discardableResult
    func write<R: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> R) async throws -> R
}
