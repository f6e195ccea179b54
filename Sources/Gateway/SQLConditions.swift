import Storage

/// Conditions joined by AND; each `?` becomes the next numbered parameter. The texts are a small fixed set, in a fixed order,
/// but for the number of values in a list.
struct SQLConditions {
    private(set) var sql: String
    var arguments: [SQLValue]

    /// - Parameter first: A condition whose parameters are numbered already.
    init(_ first: String, _ arguments: [SQLValue]) {
        sql = first
        self.arguments = arguments
    }

    mutating func add(_ condition: String, _ values: [SQLValue]) {
        var number = arguments.count
        sql += " AND "
        for character in condition {
            guard character == "?" else {
                sql.append(character)
                continue
            }
            number += 1
            sql += "$\(number)"
        }
        arguments += values
        precondition(number == arguments.count, "a condition has one value for each ?")
    }

    /// The column is one of these; no condition where there is no set, and nothing fits an empty one.
    mutating func add(_ column: String, oneOf values: Set<String>?) {
        guard let values else { return }
        guard !values.isEmpty else { return add("1 = 0", []) }
        let places = Array(repeating: "?", count: values.count).joined(separator: ", ")
        add("\(column) IN (\(places))", values.sorted().map(SQLValue.text))
    }
}
