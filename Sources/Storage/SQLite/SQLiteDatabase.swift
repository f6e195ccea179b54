import Dispatch
import GRDB
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The database in one SQLite file: one writer, a few readers, and a write-ahead log synced at every commit.
///
/// GRDB's `DatabasePool` opens the connections and owns their queues. Writes are committed in groups, see
/// `GroupCommit`.
package final class SQLiteDatabase: SQLDatabase {
    private let pool: DatabasePool
    private let groupCommit: GroupCommit
    private let sharedReads: SharedReads
    private let connections: ConnectionDirectory
    private let isClosed = Mutex(false)
    /// The calls accepted and not yet answered; closing waits for them. Left on the database's threads, so that waiting
    /// never depends on the threads that Swift tasks share.
    private let callsUnderWay = DispatchGroup()

    /// Opens the database, making the file (readable by its owner only) when there is none.
    ///
    /// - Parameter path: A file path, or an SQLite URI (`file:…`).
    /// - Throws: `StorageError`, also when the database does not confirm that every commit is synced.
    package init(path: String, configuration: Configuration = Configuration()) throws {
        do {
            try Self.createFileIfMissing(path)
            let connections = ConnectionDirectory()
            self.connections = connections
            self.groupCommit = GroupCommit(
                limits: .init(count: configuration.groupCountLimit, age: configuration.groupAgeLimit))
            self.sharedReads = SharedReads(connectionLimit: configuration.readers)
            self.pool = try DatabasePool(path: path, configuration: configuration.forGRDB)
            try pool.writeWithoutTransaction { try configuration.applyToWriter($0) }
        } catch {
            throw StorageError(error)
        }
    }

    deinit {
        connections.forgetStatements()
    }

    package func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R
    ) async throws -> R {
        try enter()
        return try await withCheckedThrowingContinuation { continuation in
            let call = ReadCall(
                run: { [callsUnderWay] connection in
                    defer { callsUnderWay.leave() }
                    continuation.resume(with: Result { try body(connection) })
                },
                fail: { [callsUnderWay] error in
                    defer { callsUnderWay.leave() }
                    continuation.resume(throwing: error)
                })
            guard sharedReads.join(call) else { return }
            // The drain ends after its last call, and closing must wait for it as well.
            callsUnderWay.enter()
            pool.asyncUnsafeRead { [sharedReads, connections, callsUnderWay] result in
                defer { callsUnderWay.leave() }
                do {
                    sharedReads.drain(connections.connection(for: try result.get()))
                } catch {
                    sharedReads.drainFailed(StorageError(error))
                }
            }
        }
    }

    @discardableResult
    package func write<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R
    ) async throws -> R {
        try enter()
        return try await withCheckedThrowingContinuation { continuation in
            let call = WriteCall(body, continuation: continuation, callsUnderWay: callsUnderWay)
            guard groupCommit.join(call) else { return }
            pool.asyncWriteWithoutTransaction { [groupCommit, connections] database in
                groupCommit.drain(connections.connection(for: database))
            }
        }
    }

    /// Writes that wait for their group to begin.
    package var writesInLine: Int { groupCommit.count }

    /// Reads that wait for a connection.
    package var readsInLine: Int { sharedReads.count }

    /// Waits for the calls under way, moves the log into the database file and closes it. Later calls throw
    /// `StorageError.closed`. Blocks the thread meanwhile; closing twice is harmless.
    package func close() throws {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        guard !wasClosed else { return }
        callsUnderWay.wait()
        connections.forgetStatements()
        do {
            // GRDB closes its readers last, and those may not move the log. Without it, as on a full disk, nothing is
            // lost: the log stays and is read at the next opening.
            _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try pool.close()
        } catch {
            throw StorageError(error)
        }
    }

    private func enter() throws {
        try isClosed.withLock { isClosed in
            guard !isClosed else { throw StorageError.closed }
            callsUnderWay.enter()
        }
    }

    /// Makes an empty file, which to SQLite is an empty database, so that keys are never readable by others. The log
    /// and its index get the same mode from SQLite.
    private static func createFileIfMissing(_ path: String) throws {
        guard !path.hasPrefix("file:") else { return }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError.cannotOpen(String(cString: strerror(errno)))
        }
        Glibc.close(descriptor)
    }
}
