import Storage
import TestSupport
import Testing

/// A disk without space: refused, nothing half done, and well again when there is space.
@Suite struct FullDiskTests {
    @Test("A file that may not grow refuses what does not fit, keeps the rest whole, and recovers")
    func fileMayNotGrow() async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, [createNotes])
            let pages = try await database.write { try $0.query("PRAGMA page_count")[0].integer("page_count") }
            try await setLimit(pages + 40, database)

            let kept = try await insertMany(database)
            #expect(kept.count < 320)
            #expect(try await noteIDs(database) == kept)

            try await setLimit(1_000_000, database)
            for id in Set(0..<320).subtracting(kept) {
                try await database.write { try insertNote(id, on: $0) }
            }
            #expect(try await noteIDs(database) == Set(0..<320))
            #expect(try await database.read { try $0.query("PRAGMA integrity_check")[0][0] } == "ok")
        }
    }

    @Test("A disk that fills up under the log does the same", arguments: [60_000, 150_000, 400_000])
    func logMayNotGrow(capacity: Int) async throws {
        try await withPowerLossDatabase(.init()) { database, disk in
            disk.setCondition(capacity: capacity)
            let kept = try await insertMany(database)
            #expect(kept.count < 320)
            #expect(try await noteIDs(database) == kept)
            // Reading needs no space.
            disk.setCondition()
            for id in Set(0..<320).subtracting(kept) {
                try await database.write { try insertNote(id, on: $0) }
            }
            #expect(try await noteIDs(database) == Set(0..<320))
            #expect(try await database.read { try $0.query("PRAGMA integrity_check")[0][0] } == "ok")
        }
    }

    @Test("What was kept before the disk filled up is there after a power cut")
    func fullAndThenCut() async throws {
        try await withTemporaryDirectory { directory in
            let disk = PowerLossDisk(directory: directory)
            let database = try SQLiteDatabase(path: disk.uri("test.sqlite"))
            try await Migrator.migrate(database, [createNotes])
            disk.setCondition(capacity: 200_000)
            let kept = try await insertMany(database)
            disk.strike()
            disk.setCondition()
            try? database.close()
            let again = try SQLiteDatabase(path: disk.uri("test.sqlite"))
            defer { try? again.close() }
            #expect(try await noteIDs(again) == kept)
        }
    }

    /// Tries 320 notes of about 2 KB from 32 writers; returns those that were accepted.
    private func insertMany(_ database: SQLiteDatabase) async throws -> Set<Int> {
        try await withThrowingTaskGroup(of: Set<Int>.self) { group in
            for writer in 0..<32 {
                group.addTask {
                    var kept: Set<Int> = []
                    for id in writer * 10..<writer * 10 + 10 {
                        do {
                            try await database.write {
                                try insertNote(id, body: String(repeating: "n", count: 1_000), on: $0)
                            }
                            kept.insert(id)
                        } catch StorageError.diskFull {
                            continue
                        }
                    }
                    return kept
                }
            }
            return try await group.reduce(into: []) { $0.formUnion($1) }
        }
    }

    private func setLimit(_ pages: Int64, _ database: SQLiteDatabase) async throws {
        try await database.write { _ = try $0.query("PRAGMA max_page_count = \(pages)") }
    }
}
