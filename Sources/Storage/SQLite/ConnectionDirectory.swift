import GRDB
import Synchronization

/// Finds our connection, with its compiled statements, for one of GRDB's.
final class ConnectionDirectory: Sendable {
    private struct Entry {
        /// The identity of GRDB's connection, which lives as long as the pool.
        let database: ObjectIdentifier
        let connection: SQLiteConnection
    }

    /// At most one writer and the readers, so a search from the front is quick.
    private let entries = Mutex<[Entry]>([])

    /// The connection for one of GRDB's; called on its queue.
    func connection(for database: Database) -> SQLiteConnection {
        guard let handle = database.sqliteConnection else {
            preconditionFailure("GRDB lends only open connections")
        }
        let identity = ObjectIdentifier(database)
        return entries.withLock { [handle = UnsafeTransfer(value: handle)] entries in
            if let entry = entries.first(where: { $0.database == identity }) { return entry.connection }
            let connection = SQLiteConnection(handle.value)
            entries.append(Entry(database: identity, connection: connection))
            return connection
        }
    }

    /// Frees all compiled statements, without which the connections cannot be closed. Called when no call is under way.
    func forgetStatements() {
        entries.withLock { entries in
            for entry in entries { entry.connection.forgetStatements() }
            entries.removeAll()
        }
    }
}

/// Carries a C handle into a closure that runs at once on the same thread, which is why it is safe.
private struct UnsafeTransfer<Value>: @unchecked Sendable {
    let value: Value
}
