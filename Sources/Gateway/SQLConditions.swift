import Storage

/// Conditions joined by AND; each `?` becomes the next numbered parameter. The texts are a small fixed set, in a fixed order.
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
}
