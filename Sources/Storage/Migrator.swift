/// Brings a database to the schema this program needs.
///
/// What was applied is remembered in the table `storage_migrations`. All that is missing is one transaction with its records:
/// after a crash at any moment everything is there or nothing, and a new database costs one wait for the disk. Of two
/// processes that start together the second finds the work done.
package enum Migrator {
    /// Applies the migrations that the database has not seen, and leaves a database of a newer version untouched.
    ///
    /// - Throws: `StorageError.newerSchema` when the database went through a migration of one of these owners that is
    ///   not among `migrations`, `StorageError.migrationsDiffer` when those it went through are not the first of the
    ///   list.
    package static func migrate(_ database: some SQLDatabase, _ migrations: [Migration]) async throws {
        var positions: [String: Int] = [:]
        let steps = migrations.map { migration in
            let position = positions[migration.owner, default: 0]
            positions[migration.owner] = position + 1
            return Step(migration: migration, position: position)
        }
        precondition(
            Set(steps.map { [$0.migration.owner, $0.migration.name] }).count == steps.count,
            "a migration's name is unique for its owner")

        try await database.write { connection in
            try connection.execute(createTable)
            let applied = try Applied(connection)
            try applied.check(against: steps)
            for step in steps where !applied.contains(step) {
                try connection.execute(record, step.arguments)
                for statement in step.migration.statements {
                    try connection.execute(statement)
                }
            }
        }
    }

    private static let createTable = """
        CREATE TABLE IF NOT EXISTS storage_migrations (
            owner TEXT NOT NULL,
            position BIGINT NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (owner, name)
        )
        """

    private static let record = """
        INSERT INTO storage_migrations (owner, position, name) VALUES ($1, $2, $3)
        """
}

/// A migration and its place, from 0, among those of its owner.
private struct Step: Sendable {
    let migration: Migration
    let position: Int

    var arguments: [SQLValue] { [.text(migration.owner), SQLValue(position), .text(migration.name)] }
}

/// The names of the migrations a database went through, in order, for each owner.
private struct Applied: Sendable {
    private var names: [String: [String]] = [:]

    init(_ connection: any SQLConnection) throws {
        for row in try connection.query("SELECT owner, name FROM storage_migrations ORDER BY owner, position") {
            names[try row.text("owner"), default: []].append(try row.text("name"))
        }
    }

    func contains(_ step: Step) -> Bool {
        names[step.migration.owner]?.contains(step.migration.name) ?? false
    }

    func check(against steps: [Step]) throws {
        let known = Dictionary(grouping: steps, by: \.migration.owner).mapValues { $0.map(\.migration.name) }
        for (owner, known) in known.sorted(by: { $0.key < $1.key }) {
            let applied = names[owner] ?? []
            if let stranger = applied.first(where: { !known.contains($0) }) {
                throw StorageError.newerSchema(owner: owner, migration: stranger)
            }
            for (position, name) in applied.enumerated() where known[position] != name {
                throw StorageError.migrationsDiffer(owner: owner, migration: known[position])
            }
        }
    }
}
