/// One row of a query's result: its values under their column names.
///
/// The accessors that throw say which column was not what the store expected. An `optional…` accessor gives nil for
/// NULL, and still throws for a value of another form.
package struct SQLRow: Sendable, Hashable {
    /// The names as the query gives them (`AS name`); shared by all rows of one result.
    package let columns: [String]
    /// The values in the order of the columns.
    package let values: [SQLValue]

    package init(columns: [String], values: [SQLValue]) {
        precondition(columns.count == values.count, "a row has one value for each column")
        self.columns = columns
        self.values = values
    }

    /// The value under a name. The query must have such a column; when two share a name it is the first.
    package subscript(_ column: String) -> SQLValue {
        guard let index = columns.firstIndex(of: column) else {
            preconditionFailure("the query has no column \(column), only \(columns)")
        }
        return values[index]
    }

    /// The value at a position, from 0.
    package subscript(_ index: Int) -> SQLValue {
        values[index]
    }
}

extension SQLRow {
    package func integer(_ column: String) throws -> Int64 {
        try required(optionalInteger(column), column, "an integer")
    }

    /// True for an integer other than 0.
    package func boolean(_ column: String) throws -> Bool {
        try integer(column) != 0
    }

    /// A real, or an integer widened to one.
    package func real(_ column: String) throws -> Double {
        try required(optionalReal(column), column, "a real")
    }

    package func text(_ column: String) throws -> String {
        try required(optionalText(column), column, "a text")
    }

    package func blob(_ column: String) throws -> [UInt8] {
        try required(optionalBlob(column), column, "a blob")
    }

    package func optionalInteger(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .integer(let value): value
        case .null: nil
        default: throw StorageError.unexpectedValue(column: column, expected: "an integer")
        }
    }

    package func optionalBoolean(_ column: String) throws -> Bool? {
        try optionalInteger(column).map { $0 != 0 }
    }

    package func optionalReal(_ column: String) throws -> Double? {
        switch try value(column) {
        case .real(let value): value
        case .integer(let value): Double(value)
        case .null: nil
        default: throw StorageError.unexpectedValue(column: column, expected: "a real")
        }
    }

    package func optionalText(_ column: String) throws -> String? {
        switch try value(column) {
        case .text(let value): value
        case .null: nil
        default: throw StorageError.unexpectedValue(column: column, expected: "a text")
        }
    }

    package func optionalBlob(_ column: String) throws -> [UInt8]? {
        switch try value(column) {
        case .blob(let value): value
        case .null: nil
        default: throw StorageError.unexpectedValue(column: column, expected: "a blob")
        }
    }

    private func value(_ column: String) throws -> SQLValue {
        guard let index = columns.firstIndex(of: column) else {
            throw StorageError.unexpectedValue(column: column, expected: "a column of the query")
        }
        return values[index]
    }

    private func required<V>(_ value: V?, _ column: String, _ expected: String) throws -> V {
        guard let value else { throw StorageError.unexpectedValue(column: column, expected: expected) }
        return value
    }
}
