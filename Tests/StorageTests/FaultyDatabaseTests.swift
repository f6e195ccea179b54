import Storage
import TestSupport
import Testing

/// The instrument that fails stores does what it says.
@Suite struct FaultyDatabaseTests {
    @Test("The chosen write fails, at the chosen moment, and no other", arguments: FaultyDatabase.Moment.allCases)
    func chosenWriteFails(moment: FaultyDatabase.Moment) async throws {
        try await withDatabase { sqlite in
            try await Migrator.migrate(sqlite, [createNotes])
            let database = FaultyDatabase(sqlite)
            database.failWrite(3, moment, with: StorageError.inputOutput("test"))
            for id in 1...5 {
                let failed = await outcomeIsFailure { try await database.write { try insertNote(id, on: $0) } }
                #expect(failed == (id == 3))
            }
            #expect(try await noteIDs(database) == (moment == .afterCommit ? [1, 2, 3, 4, 5] : [1, 2, 4, 5]))
            #expect(database.writeCount == 5)
        }
    }

    @Test("The write that runs a chosen statement fails at the chosen moment", arguments: FaultyDatabase.Moment.allCases)
    func chosenStatementFails(moment: FaultyDatabase.Moment) async throws {
        try await withDatabase { sqlite in
            try await Migrator.migrate(sqlite, [createNotes])
            let database = FaultyDatabase(sqlite)
            database.failWrite(running: "INSERT INTO note", moment)
            try await database.write { _ = try $0.query("SELECT id FROM note") }
            for id in 1...2 {
                let failed = await outcomeIsFailure { try await database.write { try insertNote(id, on: $0) } }
                #expect(failed == (id == 1))
            }
            try await database.waitForFaults()
            #expect(try await noteIDs(database) == (moment == .afterCommit ? [1, 2] : [2]))
        }
    }

    @Test("After its death nothing is written until it is revived", arguments: FaultyDatabase.Moment.allCases)
    func death(moment: FaultyDatabase.Moment) async throws {
        try await withDatabase { sqlite in
            try await Migrator.migrate(sqlite, [createNotes])
            let database = FaultyDatabase(sqlite)
            database.die(running: "INSERT INTO note", moment)
            for id in 1...2 {
                #expect(await outcomeIsFailure { try await database.write { try insertNote(id, on: $0) } })
            }
            try await database.waitUntilDead()
            #expect(try await noteIDs(database) == (moment == .afterCommit ? [1] : []))
            database.revive()
            try await database.write { try insertNote(3, on: $0) }
            #expect(try await noteIDs(database) == (moment == .afterCommit ? [1, 3] : [3]))
        }
    }

    @Test("The chosen read fails")
    func chosenReadFails() async throws {
        try await withDatabase { sqlite in
            let database = FaultyDatabase(sqlite)
            database.failRead(2)
            try await database.read { _ in }
            await #expect(throws: InjectedFault.self) { try await database.read { _ in } }
            try await database.read { _ in }
        }
    }

    @Test("A full disk refuses changes, keeps nothing of them, and recovers")
    func fullDisk() async throws {
        try await withDatabase { sqlite in
            try await Migrator.migrate(sqlite, [createNotes])
            let database = FaultyDatabase(sqlite)
            try await database.write { try insertNote(1, on: $0) }
            database.isFull = true
            await #expect(throws: StorageError.diskFull) { try await database.write { try insertNote(2, on: $0) } }
            await #expect(throws: StorageError.diskFull) {
                try await database.write { connection in
                    _ = try? connection.query("INSERT INTO note (id, body) VALUES (3, '') RETURNING id")
                }
            }
            // What changes nothing needs no space.
            try await database.write { try $0.execute("DELETE FROM note WHERE id = 99") }
            #expect(try await noteIDs(database) == [1])
            database.isFull = false
            try await database.write { try insertNote(2, on: $0) }
            #expect(try await noteIDs(database) == [1, 2])
        }
    }

    private func outcomeIsFailure(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return false
        } catch {
            return true
        }
    }
}
