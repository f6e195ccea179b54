import Storage
import Synchronization
import TestSupport
import Testing

/// What is there after the power went.
@Suite struct PowerLossTests {
    @Test("Every write that returned is there after a power cut, and no transaction by half", arguments: 1...12)
    func returnedWritesSurvive(round: Int) async throws {
        // An even round loses all that was not synced, an odd one loses pieces of it by chance.
        let seed = round.isMultiple(of: 2) ? 0 : UInt64(round) &* 0x9E37_79B9_7F4A_7C15
        let result = try await strike(configuration(.full, round: round), afterWrites: 40 * round, seed: seed)
        #expect(result.returned.isSubset(of: result.found), "seed \(seed)")
        #expect(result.found.isSubset(of: result.begun), "seed \(seed)")
        #expect(result.isIntact, "seed \(seed)")
    }

    @Test("Without syncing, the same cut loses writes that returned: the instrument works")
    func unsyncedWritesAreLost() async throws {
        let result = try await strike(configuration(.off, round: 1), afterWrites: 200, seed: 0)
        #expect(result.returned.count >= 200)
        #expect(!result.returned.isSubset(of: result.found))
    }

    @Test("With syncing only at checkpoints, the same cut loses writes that returned")
    func rarelySyncedWritesAreLost() async throws {
        let result = try await strike(configuration(.normal, round: 1), afterWrites: 200, seed: 0)
        #expect(!result.returned.isSubset(of: result.found))
        #expect(result.isIntact)
    }

    @Test("A group that waits for its commit is lost whole")
    func uncommittedGroupIsLost() async throws {
        try await withTemporaryDirectory { directory in
            let disk = PowerLossDisk(directory: directory)
            let database = try SQLiteDatabase(path: disk.uri("test.sqlite"), configuration: .patient)
            try await Migrator.migrate(database, [createNotes])
            try await database.write { try insertNote(1_000, on: $0) }
            let outcomes = await inOneGroup(
                database,
                (0..<30).map { id in
                    { connection in
                        try insertNote(id, on: connection)
                        if id == 20 { disk.strike() }
                        return id
                    }
                })
            #expect(outcomes.allSatisfy { $0.failure is StorageError })
            try? database.close()
            let again = try SQLiteDatabase(path: disk.uri("test.sqlite"))
            defer { try? again.close() }
            #expect(try await noteIDs(again) == [1_000])
        }
    }

    @Test("The disk holds nothing back once a write returned")
    func nothingUnsynced() async throws {
        try await withPowerLossDatabase { database, disk in
            for id in 0..<50 {
                try await database.write { try insertNote(id, on: $0) }
                #expect(disk.unsyncedByteCount == 0)
            }
        }
    }

    private struct Aftermath {
        /// Notes of writes that returned.
        var returned: Set<Int>
        /// Notes of writes that began.
        var begun: Set<Int>
        /// Notes found after the cut.
        var found: Set<Int>
        var isIntact: Bool
    }

    /// A log that is moved into the file often, so that cuts fall into that too.
    private func configuration(
        _ synchronous: SQLiteDatabase.Configuration.Synchronous, round: Int
    ) -> SQLiteDatabase.Configuration {
        var configuration = SQLiteDatabase.Configuration()
        configuration.synchronous = synchronous
        configuration.checkpointPages = synchronous == .full ? 20 * round : 1_000_000
        return configuration
    }

    /// Cuts the power while 16 writers are at work, and opens what is left.
    private func strike(
        _ configuration: SQLiteDatabase.Configuration, afterWrites count: Int, seed: UInt64
    ) async throws -> Aftermath {
        try await withTemporaryDirectory { directory in
            let disk = PowerLossDisk(directory: directory)
            var setUp = SQLiteDatabase.Configuration()
            setUp.checkpointPages = configuration.checkpointPages
            let first = try SQLiteDatabase(path: disk.uri("test.sqlite"), configuration: setUp)
            try await Migrator.migrate(first, [createNotes])
            try first.close()

            let database = try SQLiteDatabase(path: disk.uri("test.sqlite"), configuration: configuration)
            let ledger = Ledger()
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        for id in writer * 10_000..<(writer + 1) * 10_000 {
                            ledger.begin(id)
                            do {
                                try await database.write {
                                    try insertNote(id, body: String(repeating: "b", count: id % 3_000), on: $0)
                                }
                            } catch {
                                return
                            }
                            if ledger.returned(id) == count { disk.strike(seed: seed) }
                        }
                    }
                }
            }
            try? database.close()

            let again = try SQLiteDatabase(path: disk.uri("test.sqlite"))
            defer { try? again.close() }
            let (returned, begun) = ledger.state.withLock { ($0.returned, $0.begun) }
            return try await Aftermath(
                returned: returned, begun: begun, found: noteIDs(again),
                isIntact: again.read { try $0.query("PRAGMA integrity_check")[0][0] } == "ok")
        }
    }
}

/// What the writers were told.
private final class Ledger: Sendable {
    struct State {
        var begun: Set<Int> = []
        var returned: Set<Int> = []
    }

    let state = Mutex(State())

    func begin(_ id: Int) {
        state.withLock { _ = $0.begun.insert(id) }
    }

    /// Notes a write that returned, and tells how many did.
    func returned(_ id: Int) -> Int {
        state.withLock { state in
            state.returned.insert(id)
            return state.returned.count
        }
    }
}
