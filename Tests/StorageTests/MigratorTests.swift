import Storage
import TestSupport
import Testing

/// Schema steps: once, in order, whole, and never backwards.
@Suite struct MigratorTests {
    private static let first = Migration(owner: "a", name: "1", statements: ["CREATE TABLE a1 (x BIGINT)"])
    private static let second = Migration(
        owner: "a", name: "2",
        statements: [
            "CREATE TABLE a2 (x BIGINT)", "INSERT INTO a1 (x) VALUES (2)", "INSERT INTO a2 (x) SELECT x FROM a1",
        ])
    private static let other = Migration(owner: "b", name: "1", statements: ["CREATE TABLE b1 (x BIGINT)"])

    @Test("Migrations are applied once and in order, over any number of starts")
    func appliedOnce() async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, [Self.first])
            try await Migrator.migrate(database, [Self.first])
            try await Migrator.migrate(database, [Self.first, Self.second, Self.other])
            try await Migrator.migrate(database, [Self.other, Self.first, Self.second])
            #expect(try await count("a1", database) == 1)
            #expect(try await count("a2", database) == 1)
            #expect(try await count("b1", database) == 0)
        }
    }

    @Test("An owner's migrations may be given alone")
    func ownersAreIndependent() async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, [Self.first, Self.other])
            try await Migrator.migrate(database, [Self.other])
            try await Migrator.migrate(database, [Self.first, Self.second])
            #expect(try await count("a2", database) == 1)
        }
    }

    @Test("A migration that fails leaves nothing of itself nor of those beside it, and all are tried again at the next start")
    func failureIsWhole() async throws {
        try await withDatabase { database in
            let broken = Migration(
                owner: "a", name: "2", statements: Self.second.statements + ["INSERT INTO nowhere VALUES (1)"])
            await #expect(throws: StorageError.self) {
                try await Migrator.migrate(database, [Self.first, broken, Self.other])
            }
            for table in ["a1", "a2", "b1"] {
                await #expect(throws: StorageError.self) { _ = try await count(table, database) }
            }

            try await Migrator.migrate(database, [Self.first, Self.second, Self.other])
            #expect(try await count("a2", database) == 1)
        }
    }

    @Test("A database of a newer version is refused and left as it is")
    func newerVersion() async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, [Self.first, Self.second])
            let expected = StorageError.newerSchema(owner: "a", migration: "2")
            await #expect(throws: expected) { try await Migrator.migrate(database, [Self.first, Self.other]) }
            #expect("\(expected)".contains("newer version"))
            await #expect(throws: StorageError.self) { _ = try await count("b1", database) }
        }
    }

    @Test("A migration put before one that was applied is refused")
    func reordered() async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, [Self.first])
            let inserted = Migration(owner: "a", name: "0", statements: [])
            await #expect(throws: StorageError.migrationsDiffer(owner: "a", migration: "0")) {
                try await Migrator.migrate(database, [inserted, Self.first])
            }
        }
    }

    @Test("Two starts at the same time apply each migration once")
    func concurrentStarts() async throws {
        try await withDatabase { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await Migrator.migrate(database, [Self.first, Self.second, Self.other]) }
                }
                try await group.waitForAll()
            }
            #expect(try await count("a1", database) == 1)
        }
    }

    @Test("A start whose one write fails is made good by the next")
    func failingWrite() async throws {
        try await withDatabase { sqlite in
            for moment in FaultyDatabase.Moment.allCases {
                let database = FaultyDatabase(sqlite)
                database.failWrite(1, moment)
                _ = try? await Migrator.migrate(database, [Self.first, Self.second, Self.other])
                try await Migrator.migrate(sqlite, [Self.first, Self.second, Self.other])
                #expect(try await count("a1", sqlite) == 1)
                #expect(try await count("a2", sqlite) == 1)
                try await sqlite.write { connection in
                    for table in ["a1", "a2", "b1", "storage_migrations"] {
                        try connection.execute("DROP TABLE \(table)")
                    }
                }
            }
        }
    }

    private func count(_ table: String, _ database: SQLiteDatabase) async throws -> Int64 {
        try await database.read { try $0.query("SELECT count(*) AS n FROM \(table)")[0].integer("n") }
    }
}
