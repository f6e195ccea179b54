import GRDBSQLite

/// A compiled statement of one connection, ready to run again and again.
///
/// It calls SQLite directly: GRDB's own execution also serves its observers and request types, which nothing here uses,
/// at several times the cost of a small insert. Used only on the queue of its connection.
final class PreparedStatement {
    private let statement: OpaquePointer
    private let connection: OpaquePointer
    private let buffer: ArgumentBuffer
    /// For each parameter of SQLite, the position of its argument from 0.
    private let argumentPositions: [Int]
    private let argumentCount: Int
    private var columns: [String]

    /// Compiles one statement.
    ///
    /// - Parameter buffer: The connection's.
    init(_ sql: String, on connection: OpaquePointer, _ buffer: ArgumentBuffer) throws {
        self.connection = connection
        self.buffer = buffer
        self.statement = try Self.compile(sql, on: connection)
        do {
            self.argumentPositions = try Self.argumentPositions(of: statement)
        } catch {
            sqlite3_finalize(statement)
            throw error
        }
        self.argumentCount = (argumentPositions.max() ?? -1) + 1
        self.columns = Self.columns(of: statement)
    }

    deinit {
        sqlite3_finalize(statement)
    }

    /// Runs the statement and returns all its rows.
    func query(_ arguments: [SQLValue]) throws -> [SQLRow] {
        var rows: [SQLRow] = []
        try run(arguments) {
            rows.append(row())
        }
        return rows
    }

    /// Runs the statement and returns the number of rows it changed.
    func execute(_ arguments: [SQLValue] = []) throws -> Int {
        // The count of the connection is left as it was by statements that change no rows (CREATE TABLE).
        let changesBefore = sqlite3_total_changes(connection)
        try run(arguments) {}
        return sqlite3_total_changes(connection) == changesBefore ? 0 : Int(sqlite3_changes(connection))
    }

    private func run(_ arguments: [SQLValue], eachRow: () -> Void) throws {
        guard arguments.count == argumentCount else {
            throw StorageError.invalidStatement("\(argumentCount) arguments are needed, \(arguments.count) were given")
        }
        defer {
            // A failed run's error comes back from reset; it was thrown already.
            sqlite3_reset(statement)
            if !argumentPositions.isEmpty { sqlite3_clear_bindings(statement) }
        }
        buffer.reset()
        for (index, position) in argumentPositions.enumerated() {
            try bind(arguments[position], at: Int32(index + 1))
        }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return
            case SQLITE_ROW: eachRow()
            case let code: throw StorageError(code: code, connection: connection)
            }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) throws {
        let code =
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let value): sqlite3_bind_int64(statement, index, value)
            case .real(let value): sqlite3_bind_double(statement, index, value)
            case .text(var value):
                value.withUTF8 { bytes in
                    let (start, isCopied) = placed(UnsafeRawBufferPointer(bytes))
                    // Without bytes there may be no address, and SQLite reads a null pointer as NULL.
                    guard let start else { return sqlite3_bind_text(statement, index, "", 0, transient) }
                    return sqlite3_bind_text64(
                        statement, index, start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count),
                        isCopied ? nil : transient, UInt8(SQLITE_UTF8))
                }
            case .blob(let value):
                value.withUnsafeBytes { bytes in
                    let (start, isCopied) = placed(bytes)
                    guard let start else { return sqlite3_bind_zeroblob(statement, index, 0) }
                    return sqlite3_bind_blob64(
                        statement, index, start, UInt64(bytes.count), isCopied ? nil : transient)
                }
            }
        guard code == SQLITE_OK else { throw StorageError(code: code, connection: connection) }
    }

    /// A copy that lasts while the statement runs, or where there is no room for one the bytes themselves; nil for none.
    private func placed(_ bytes: UnsafeRawBufferPointer) -> (start: UnsafeRawPointer?, isCopied: Bool) {
        if bytes.isEmpty { return (nil, false) }
        if let copy = buffer.place(bytes) { return (copy, true) }
        return (bytes.baseAddress, false)
    }

    private func row() -> SQLRow {
        let count = sqlite3_data_count(statement)
        // A change of the schema makes SQLite compile the statement anew, and `*` may then mean other columns.
        if count != columns.count { columns = Self.columns(of: statement) }
        let values = (0..<count).map { value(at: $0) }
        return SQLRow(columns: columns, values: values)
    }

    private func value(at column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER:
            return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT:
            return .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            return .blob([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default:
            return .null
        }
    }
}

/// Tells SQLite to copy a bound value before the call returns: `SQLITE_TRANSIENT`, a C cast that Swift does not import. Without
/// it (`SQLITE_STATIC`) the value must stay until the bindings are cleared.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

// MARK: - Compiling

extension PreparedStatement {
    private static func compile(_ sql: String, on connection: OpaquePointer) throws -> OpaquePointer {
        try sql.withCString { text in
            var statement: OpaquePointer?
            var rest: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(
                connection, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &rest)
            guard code == SQLITE_OK else {
                throw StorageError(code: code, connection: connection)
            }
            guard let statement else {
                throw StorageError.invalidStatement("there is no statement")
            }
            var second: OpaquePointer?
            let codeOfRest = sqlite3_prepare_v3(connection, rest, -1, 0, &second, nil)
            sqlite3_finalize(second)
            guard codeOfRest == SQLITE_OK, second == nil else {
                sqlite3_finalize(statement)
                throw StorageError.invalidStatement("there is more than one statement")
            }
            return statement
        }
    }

    /// Maps SQLite's parameters to arguments. To SQLite `$2` is a name, and gets its number by where it stands.
    private static func argumentPositions(of statement: OpaquePointer) throws -> [Int] {
        let count = sqlite3_bind_parameter_count(statement)
        return try (0..<count).map { index in
            guard
                let name = sqlite3_bind_parameter_name(statement, index + 1).map({ String(cString: $0) }),
                name.first == "$", let number = Int(name.dropFirst()), number > 0
            else {
                throw StorageError.invalidStatement("parameters are written $1, $2, …")
            }
            return number - 1
        }
    }

    private static func columns(of statement: OpaquePointer) -> [String] {
        (0..<sqlite3_column_count(statement)).map { column in
            sqlite3_column_name(statement, column).map { String(cString: $0) } ?? ""
        }
    }
}
