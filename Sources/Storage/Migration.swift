/// One step of an owner's schema, applied once to a database and never changed afterwards.
///
/// An owner is the part of the program whose tables these are (`client`, `gateway`, …). Its migrations are applied in
/// the order they are given, all that are missing in one transaction.
package struct Migration: Sendable, Hashable {
    package let owner: String
    /// Unique for its owner, e.g. `001-sessions`.
    package let name: String
    /// Statements without parameters, one each.
    package let statements: [String]

    package init(owner: String, name: String, statements: [String]) {
        self.owner = owner
        self.name = name
        self.statements = statements
    }
}
