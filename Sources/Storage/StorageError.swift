/// Why a read or a write did not happen.
///
/// Messages come from the database and name tables and columns, never values.
package enum StorageError: Error, Equatable, Sendable {
    /// No space is left for the database or its log. Everything of this write is undone; it may be tried again when
    /// there is space.
    case diskFull
    /// The disk or the file system failed. Everything of this write is undone as far as the disk allows.
    case inputOutput(String)
    /// A promise of the schema would have been broken. A defect of the caller, or a conflict that wants `ON CONFLICT`.
    case constraint(Constraint, String)
    /// The file is damaged, or not a database.
    case corrupt(String)
    /// Another process held the database for longer than the busy timeout.
    case busy
    /// The database was closed before the call.
    case closed
    /// A write was tried in a `read` closure, or the file may not be written.
    case readOnly
    /// The SQL does not compile, or the arguments do not fit its parameters. A defect of the caller.
    case invalidStatement(String)
    /// A row does not hold what the store expected under a name.
    case unexpectedValue(column: String, expected: String)
    /// The database could not be opened.
    case cannotOpen(String)
    /// The database was migrated by a newer version of this program, which must be used to open it.
    case newerSchema(owner: String, migration: String)
    /// The migrations of an owner are not those the database went through before: one was removed or put in between.
    case migrationsDiffer(owner: String, migration: String)
    /// Any other failure of the database, with its own code.
    case failed(code: Int32, String)

    /// The kind of promise a schema makes.
    package enum Constraint: Sendable {
        /// UNIQUE or PRIMARY KEY.
        case unique
        case foreignKey, notNull, check
        case other
    }
}

extension StorageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .diskFull: "no space is left on the database's disk"
        case .inputOutput(let message): "the database's disk failed: \(message)"
        case .constraint(_, let message): "a constraint of the database refused the write: \(message)"
        case .corrupt(let message): "the database file is damaged: \(message)"
        case .busy: "another process is holding the database"
        case .closed: "the database is closed"
        case .readOnly: "the database cannot be written here"
        case .invalidStatement(let message): "the statement is not valid: \(message)"
        case .unexpectedValue(let column, let expected): "column \(column) is not \(expected)"
        case .cannotOpen(let message): "the database cannot be opened: \(message)"
        case .newerSchema(let owner, let migration):
            "the database was made by a newer version (it went through \(owner)/\(migration)); use that version or newer"
        case .migrationsDiffer(let owner, let migration):
            "the database did not go through the same migrations (\(owner)/\(migration))"
        case .failed(let code, let message): "the database failed with code \(code): \(message)"
        }
    }
}
