import GRDBSQLite

/// One open connection to SQLite with its compiled statements.
///
/// `@unchecked Sendable`: it is used only on the queue of GRDB that owns the connection, and by `forgetStatements`,
/// which is called when no call is under way. Closures get it as `any SQLConnection`, which is not sendable, so they
/// cannot keep it for another thread.
final class SQLiteConnection: SQLConnection, @unchecked Sendable {
    private let connection: OpaquePointer
    private let arguments = ArgumentBuffer()
    private var statements: [String: PreparedStatement] = [:]
    /// Kept apart, so that a closure does not find them by their text.
    private var transactionStatements: [TransactionStatement: PreparedStatement] = [:]

    /// Why the last failed statement failed, for the case that a closure swallowed the error.
    private(set) var lastFailure: StorageError?
    /// What the closures of the open transaction want run after its commit, in order.
    private var afterCommit: [@Sendable () -> Void] = []

    /// The number of texts whose compiled form is kept. A program has a few hundred; more means that texts are being
    /// made up, and then memory matters more than speed.
    private static let statementLimit = 512

    init(_ connection: OpaquePointer) {
        self.connection = connection
        // GRDB listens to the compiler, for observers that nothing here uses: a third of the cost of compiling.
        sqlite3_set_authorizer(connection, nil, nil)
    }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        try noting { try statement(sql).query(arguments) }
    }

    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try noting { try statement(sql).execute(arguments) }
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        afterCommit.append(action)
    }

    private func statement(_ sql: String) throws -> PreparedStatement {
        // SQLite gave the transaction up, and would keep every statement that follows by itself.
        guard isInTransaction else {
            throw lastFailure ?? .failed(code: 0, "the transaction is over")
        }
        if let statement = statements[sql] { return statement }
        let firstWord = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        guard !Self.reservedWords.contains(firstWord) else {
            throw StorageError.invalidStatement("\(firstWord) belongs to the database, not to a closure")
        }
        let statement = try PreparedStatement(sql, on: connection, arguments)
        if statements.count >= Self.statementLimit { statements.removeAll() }
        statements[sql] = statement
        return statement
    }

    private func noting<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            lastFailure = StorageError(error)
            throw error
        }
    }

    /// A closure that ended its own transaction would make its group's closures half visible.
    private static let reservedWords: Set<String> = [
        "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH", "VACUUM",
    ]
}

// MARK: - What only the database does

extension SQLiteConnection {
    /// The statements that shape a transaction.
    enum TransactionStatement: String {
        case begin = "BEGIN IMMEDIATE"
        case beginReading = "BEGIN"
        case commit = "COMMIT"
        case rollback = "ROLLBACK"
        case openSavepoint = "SAVEPOINT member"
        case releaseSavepoint = "RELEASE member"
        case rollbackToSavepoint = "ROLLBACK TO member"
    }

    func perform(_ statement: TransactionStatement) throws {
        if let statement = transactionStatements[statement] {
            _ = try statement.execute()
        } else {
            let compiled = try PreparedStatement(statement.rawValue, on: connection, arguments)
            transactionStatements[statement] = compiled
            _ = try compiled.execute()
        }
    }

    /// False after SQLite undid the transaction by itself, as it does when the disk is full.
    var isInTransaction: Bool {
        sqlite3_get_autocommit(connection) == 0
    }

    /// True while a deferred foreign key waits for its row: COMMIT would be refused.
    var hasUnresolvedForeignKeys: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(connection, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current != 0
    }

    /// How many actions wait for the commit.
    var actionCount: Int { afterCommit.count }

    /// Forgets the actions beyond the first so many: those of a closure whose changes are undone.
    func forgetActions(beyond count: Int) {
        afterCommit.removeSubrange(min(count, afterCommit.count)...)
    }

    /// Hands over what is to run now that the transaction is committed.
    func takeActions() -> [@Sendable () -> Void] {
        defer { afterCommit = [] }
        return afterCommit
    }

    func forgetFailure() {
        lastFailure = nil
    }

    /// Frees the compiled statements, without which the connection cannot be closed.
    func forgetStatements() {
        statements.removeAll()
        transactionStatements.removeAll()
    }
}

// MARK: - Reading

extension SQLiteConnection {
    /// Ends a reading transaction, if one is open. There is nothing to undo; SQLite may have ended it itself after an
    /// input/output error.
    func endSnapshot() {
        if isInTransaction { try? perform(.rollback) }
    }
}
