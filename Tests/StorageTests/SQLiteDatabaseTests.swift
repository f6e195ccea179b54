import Foundation
import Storage
import TestSupport
import Testing

/// How a SQLite file is opened, closed and opened again.
@Suite struct SQLiteDatabaseTests {
    @Test("The writer syncs every commit, keeps a write-ahead log, and enforces foreign keys")
    func settingsOfTheWriter() async throws {
        try await withDatabase { database in
            let settings = try await database.write { connection in
                try ["synchronous", "journal_mode", "foreign_keys", "mmap_size", "cache_size"].map {
                    try connection.query("PRAGMA \($0)")[0][0]
                }
            }
            #expect(settings == [2, "wal", 1, 0, -2_048])
        }
    }

    @Test("Readers have a small cache and cannot write")
    func settingsOfReaders() async throws {
        try await withDatabase { database in
            let settings = try await database.read { connection in
                try ["foreign_keys", "mmap_size", "cache_size"].map { try connection.query("PRAGMA \($0)")[0][0] }
            }
            #expect(settings == [1, 0, -512])
        }
    }

    @Test("The files are readable by their owner only")
    func fileMode() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/a.sqlite")
            defer { try? database.close() }
            try await Migrator.migrate(database, [createNotes])
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(names.sorted() == ["a.sqlite", "a.sqlite-shm", "a.sqlite-wal"])
            for name in names {
                let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/" + name)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
        }
    }

    @Test("What was written is there after closing and opening again")
    func reopening() async throws {
        try await withTemporaryDirectory { directory in
            for round in 0..<3 {
                let database = try SQLiteDatabase(path: directory + "/a.sqlite")
                try await Migrator.migrate(database, [createNotes])
                #expect(try await noteIDs(database) == Set(0..<round * 10))
                for id in round * 10..<round * 10 + 10 {
                    try await database.write { try insertNote(id, on: $0) }
                }
                try database.close()
            }
            // The log has moved into the file, which is whole without it.
            try FileManager.default.copyItem(atPath: directory + "/a.sqlite", toPath: directory + "/copy.sqlite")
            let copy = try SQLiteDatabase(path: directory + "/copy.sqlite")
            defer { try? copy.close() }
            #expect(try await noteIDs(copy) == Set(0..<30))
        }
    }

    @Test("A closed database refuses, and closing waits for the calls under way")
    func closing() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/a.sqlite")
            try await Migrator.migrate(database, [createNotes])
            let succeeded = await withTaskGroup(of: Int?.self) { group in
                for id in 0..<200 {
                    group.addTask {
                        do {
                            try await database.write { try insertNote(id, on: $0) }
                            return id
                        } catch {
                            #expect(error as? StorageError == .closed)
                            return nil
                        }
                    }
                    if id == 100 {
                        group.addTask {
                            #expect(throws: Never.self) { try database.close() }
                            return nil
                        }
                    }
                }
                return await group.reduce(into: Set<Int>()) { if let id = $1 { $0.insert(id) } }
            }
            await #expect(throws: StorageError.closed) { try await database.write { _ in } }
            await #expect(throws: StorageError.closed) { try await database.read { _ in } }
            try database.close()

            let again = try SQLiteDatabase(path: directory + "/a.sqlite")
            defer { try? again.close() }
            #expect(try await noteIDs(again) == succeeded)
        }
    }

    @Test("A database that goes away without being closed leaves a file that opens")
    func notClosed() async throws {
        try await withTemporaryDirectory { directory in
            do {
                let database = try SQLiteDatabase(path: directory + "/a.sqlite")
                try await Migrator.migrate(database, [createNotes])
                try await database.write { try insertNote(1, on: $0) }
                _ = try await noteIDs(database)
            }
            let again = try SQLiteDatabase(path: directory + "/a.sqlite")
            defer { try? again.close() }
            #expect(try await noteIDs(again) == [1])
        }
    }

    @Test("A file that is no database, and a place that is none, are told apart")
    func cannotOpen() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("openwa-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.path + "/picture"
        try Data(repeating: 0x42, count: 5_000).write(to: URL(fileURLWithPath: path))
        #expect { try SQLiteDatabase(path: path) } throws: { error in
            if case .corrupt = error as? StorageError { true } else { false }
        }
        #expect { try SQLiteDatabase(path: directory.path + "/nowhere/a.sqlite") } throws: { error in
            if case .cannotOpen = error as? StorageError { true } else { false }
        }
    }

    @Test("A lock of somebody else makes a write fail as busy, and passes")
    func busy() async throws {
        try await withTemporaryDirectory { directory in
            var configuration = SQLiteDatabase.Configuration.patient
            configuration.busyTimeoutSeconds = 0.02
            let database = try SQLiteDatabase(path: directory + "/a.sqlite", configuration: configuration)
            let other = try SQLiteDatabase(path: directory + "/a.sqlite", configuration: configuration)
            defer {
                try? database.close()
                try? other.close()
            }
            try await Migrator.migrate(database, [createNotes])
            // Holds the lock of the file while writes of the other connection try.
            try await withThrowingTaskGroup(of: Void.self) { group in
                let held = AsyncStream<Void>.makeStream()
                let (released, release) = (ReleaseGate(), held.continuation)
                defer { released.open() }
                group.addTask {
                    defer { release.finish() }
                    try await other.write { connection in
                        try insertNote(1, on: connection)
                        release.finish()
                        released.wait()
                    }
                }
                for await _ in held.stream {}
                await #expect(throws: StorageError.busy) { try await database.write { try insertNote(2, on: $0) } }
                released.open()
                try await group.waitForAll()
            }
            try await database.write { try insertNote(3, on: $0) }
            #expect(try await noteIDs(database) == [1, 3])
        }
    }

    @Test("A changed schema is seen by readers that compiled their statements before")
    func schemaChange() async throws {
        try await withDatabase { database in
            try await database.write { try $0.execute("CREATE TABLE t (a BIGINT)") }
            try await database.write { try $0.execute("INSERT INTO t (a) VALUES (1)") }
            #expect(try await database.read { try $0.query("SELECT * FROM t")[0].columns } == ["a"])
            try await database.write { try $0.execute("ALTER TABLE t ADD COLUMN b BIGINT NOT NULL DEFAULT 2") }
            let row = try await database.read { try $0.query("SELECT * FROM t")[0] }
            #expect(row.columns == ["a", "b"])
            #expect(row.values == [1, 2])
        }
    }

    @Test("Arguments of every size arrive as they were given, many or large, empty or not, again and again")
    func arguments() async throws {
        try await withDatabase { database in
            let texts = ["", "a", String(repeating: "é", count: 100), String(repeating: "x", count: 9_000)]
            let blobs: [[UInt8]] = [[], [0], [UInt8](repeating: 7, count: 16_384), [UInt8](repeating: 9, count: 100_000)]
            var values: [SQLValue] = texts.map { .text($0) } + blobs.map { .blob($0) }
            values += [.null, .integer(-1), .real(0.5)] + texts.reversed().map { .text($0) }
            let names = (0..<values.count).map { "c\($0)" }
            let parameters = (1...values.count).map { "$\($0)" }.joined(separator: ", ")
            let rows = try await database.write { [values] connection in
                try connection.execute("CREATE TABLE a (\(names.joined(separator: ", ")))")
                for _ in 0..<2 { try connection.execute("INSERT INTO a VALUES (\(parameters))", values) }
                return try connection.query("SELECT * FROM a WHERE c3 = $1", [.text(texts[3])])
            }
            #expect(rows.map(\.values) == [values, values])
        }
    }

    @Test("More statements than the cache holds still work")
    func manyTexts() async throws {
        try await withDatabase { database in
            let sum = try await database.write { connection in
                try (0..<1_500).reduce(into: Int64(0)) { sum, number in
                    sum += try connection.query("SELECT \(number) AS n")[0].integer("n")
                }
            }
            #expect(sum == 1_500 * 1_499 / 2)
        }
    }
}
