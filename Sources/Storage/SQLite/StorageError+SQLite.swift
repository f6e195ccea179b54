import GRDB
import GRDBSQLite

#if canImport(Glibc)
    import Glibc
#endif

extension StorageError {
    /// Translates the last failure of a connection.
    ///
    /// - Parameter code: The extended result code that SQLite returned.
    init(code: Int32, connection: OpaquePointer) {
        self.init(
            code: code, message: String(cString: sqlite3_errmsg(connection)),
            systemError: sqlite3_system_errno(connection))
    }

    /// Translates a result code of SQLite.
    ///
    /// - Parameter systemError: The `errno` behind the failure, 0 when unknown. It tells a full disk from a broken one
    ///   where SQLite says only "I/O error", as when the file of the log's index cannot grow.
    init(code: Int32, message: String, systemError: Int32 = 0) {
        switch code & 0xFF {
        case SQLITE_FULL:
            self = .diskFull
        case SQLITE_IOERR:
            self = [ENOSPC, EDQUOT].contains(systemError) ? .diskFull : .inputOutput("\(message) (\(code))")
        case SQLITE_CONSTRAINT:
            self = .constraint(Constraint(code: code), message)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self = .corrupt(message)
        case SQLITE_BUSY, SQLITE_LOCKED:
            self = .busy
        case SQLITE_READONLY:
            self = .readOnly
        case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE, SQLITE_TOOBIG, SQLITE_MISMATCH:
            self = .invalidStatement(message)
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
            self = .cannotOpen(message)
        default:
            self = .failed(code: code, message)
        }
    }

    /// Translates what GRDB throws while it opens or closes a database.
    init(_ error: any Error) {
        switch error {
        case let error as StorageError:
            self = error
        case let error as DatabaseError:
            self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "no message")
        default:
            self = .failed(code: SQLITE_ERROR, "\(error)")
        }
    }
}

extension StorageError.Constraint {
    /// The constraint in an extended result code (`SQLITE_CONSTRAINT | kind << 8`).
    fileprivate init(code: Int32) {
        // The names of the extended codes are C expressions, which Swift does not import.
        switch code >> 8 {
        case 1: self = .check
        case 3: self = .foreignKey
        case 5: self = .notNull
        case 6, 8, 10: self = .unique  // primary key, unique, rowid
        default: self = .other
        }
    }
}
