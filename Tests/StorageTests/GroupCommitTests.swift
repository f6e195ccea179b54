import Storage
import Synchronization
import TestSupport
import Testing

/// Writes that share a commit.
@Suite struct GroupCommitTests {
    @Test("A write that stands alone is synced once, before it returns")
    func loneWriteIsSynced() async throws {
        try await withPowerLossDatabase { database, disk in
            for id in 0..<20 {
                let before = disk.syncCount
                try await database.write { connection in
                    try insertNote(id, on: connection)
                    // Nothing is synced on the way.
                    guard disk.syncCount == before else { throw HalfTransaction() }
                }
                #expect(disk.syncCount == before + 1)
            }
        }
    }

    @Test("A hundred waiting writes are synced once, and nobody is answered before")
    func groupIsSyncedOnce() async throws {
        try await withPowerLossDatabase { database, disk in
            let before = disk.syncCount
            let syncsSeenInside = Mutex<Set<Int>>([])
            let outcomes = await inOneGroup(
                database,
                (0..<100).map { id in
                    { connection in
                        try insertNote(id, on: connection)
                        syncsSeenInside.withLock { _ = $0.insert(disk.syncCount) }
                        return id
                    }
                },
                answered: { #expect(disk.syncCount == before + 1) })
            #expect(outcomes.compactMap(\.success) == Array(0..<100) + [-1])
            #expect(syncsSeenInside.withLock { $0 } == [before])
            #expect(disk.syncCount == before + 1)
            let kept = try await noteIDs(database)
            #expect(kept.count == 101)
        }
    }

    @Test("Members that fail undo only themselves, wherever they stand in the group")
    func failingMembers() async throws {
        try await withPowerLossDatabase { database, disk in
            let before = disk.syncCount
            let outcomes = await inOneGroup(
                database,
                (0..<60).map { id in
                    { connection in
                        try insertNote(id, on: connection)
                        if id % 3 == 0 { throw InjectedFault() }
                        if id % 3 == 1 { try insertNote(-1, on: connection) }
                        return id
                    }
                })
            for id in 0..<60 {
                switch id % 3 {
                case 0: #expect(outcomes[id].failure is InjectedFault)
                case 1: #expect((outcomes[id].failure as? StorageError)?.isUniqueConstraint == true)
                default: #expect(outcomes[id].success == id)
                }
            }
            let kept = try await noteIDs(database)
            #expect(kept == Set((0..<60).filter { $0 % 3 == 2 } + [-1]))
            #expect(disk.syncCount == before + 1)
        }
    }

    @Test("A group of which every member fails writes nothing, and the next is untouched by it")
    func allMembersFail() async throws {
        try await withPowerLossDatabase { database, disk in
            let before = disk.syncCount
            for id in 0..<10 {
                await #expect(throws: InjectedFault.self) {
                    try await database.write { connection in
                        try insertNote(id, on: connection)
                        throw InjectedFault()
                    }
                }
            }
            #expect(disk.syncCount == before)
            let kept = try await noteIDs(database)
            #expect(kept.isEmpty)
            try await database.write { try insertNote(1, on: $0) }
            let keptLater = try await noteIDs(database)
            #expect(keptLater == [1])
        }
    }

    @Test("A disk that fills up at the commit fails the whole group, and nothing of it is there")
    func diskFullAtCommit() async throws {
        try await withPowerLossDatabase { database, disk in
            try await database.write { try insertNote(1_000, on: $0) }
            disk.setCondition(capacity: 0)
            let outcomes = await inOneGroup(database, (0..<20).map { id in note(id) })
            #expect(outcomes.allSatisfy { $0.failure as? StorageError == .diskFull })
            let kept = try await noteIDs(database)
            #expect(kept == [1_000])

            disk.setCondition()
            let second = await inOneGroup(database, (0..<20).map { id in note(id) })
            #expect(second.allSatisfy { $0.failure == nil })
            let keptLater = try await noteIDs(database)
            #expect(keptLater == Set(-1..<20).union([1_000]))
        }
    }

    @Test("A sync that fails at the commit fails the whole group, and later groups are kept")
    func syncFailsAtCommit() async throws {
        try await withPowerLossDatabase { database, disk in
            disk.setCondition(syncsFail: true)
            let outcomes = await inOneGroup(database, (0..<20).map { id in note(id) })
            for outcome in outcomes {
                guard case .inputOutput? = outcome.failure as? StorageError else {
                    Issue.record("the outcome is \(outcome)")
                    continue
                }
            }
            let kept = try await noteIDs(database)
            #expect(kept.isEmpty)
            disk.setCondition()
            _ = await inOneGroup(database, (0..<20).map { id in note(id) })
            let keptLater = try await noteIDs(database)
            #expect(keptLater == Set(-1..<20))
        }
    }

    @Test("A member that meets the full disk fails those before it, and those after it go into the next group")
    func diskFullInAMember() async throws {
        try await withPowerLossDatabase { database, _ in
            let pages = try await pageCount(database)
            let outcomes = await inOneGroup(
                database,
                (0..<20).map { id in
                    { connection in
                        // Limits this file alone, and this time while the closure runs, not at the commit.
                        _ = try connection.query("PRAGMA max_page_count = \(pages + 4)")
                        try insertNote(id, body: String(repeating: "x", count: id == 10 ? 100_000 : 10), on: connection)
                        return id
                    }
                })
            let kept = try await noteIDs(database)
            for (index, outcome) in outcomes.enumerated() {
                let id = index == 20 ? -1 : index
                if kept.contains(id) {
                    #expect(outcome.success == id)
                } else {
                    #expect(outcome.failure as? StorageError == .diskFull)
                }
            }
            #expect(outcomes[10].failure as? StorageError == .diskFull)
            let check = try await database.read { try $0.query("PRAGMA integrity_check")[0][0] }
            #expect(check == "ok")
        }
    }

    @Test("A closure that swallows the loss of its transaction fails with its group")
    func swallowedAbort() async throws {
        try await withPowerLossDatabase { database, _ in
            let pages = try await pageCount(database)
            await #expect(throws: StorageError.diskFull) {
                try await database.write { connection in
                    try insertNote(1, on: connection)
                    _ = try connection.query("PRAGMA max_page_count = \(pages)")
                    // One row after another, so that SQLite must give up the transaction, not only a statement.
                    for id in 2..<200 {
                        _ = try? connection.execute(
                            "INSERT INTO note (id, body) VALUES ($1, zeroblob(4000))", [SQLValue(id)])
                    }
                }
            }
            let kept = try await noteIDs(database)
            #expect(kept.isEmpty)
        }
    }

    @Test("A group grows no larger than its limit")
    func countLimit() async throws {
        var configuration = SQLiteDatabase.Configuration.patient
        configuration.groupCountLimit = 10
        try await withPowerLossDatabase(configuration) { database, disk in
            let before = disk.syncCount
            let outcomes = await inOneGroup(database, (0..<39).map { id in note(id) })
            #expect(outcomes.allSatisfy { $0.failure == nil })
            #expect(disk.syncCount == before + 4)
        }
    }

    @Test("A group that is old is committed although more is waiting")
    func ageLimit() async throws {
        var configuration = SQLiteDatabase.Configuration()
        configuration.groupAgeLimit = .zero
        try await withPowerLossDatabase(configuration) { database, disk in
            let before = disk.syncCount
            _ = await inOneGroup(database, (0..<9).map { id in note(id) })
            #expect(disk.syncCount == before + 10)
        }
    }

    @Test("A cancelled member is kept like the others")
    func cancelledMember() async throws {
        try await withPowerLossDatabase { database, _ in
            let outcomes = await withTaskGroup(of: [Outcome].self) { group in
                group.addTask { await inOneGroup(database, (0..<20).map { id in note(id) }) }
                group.cancelAll()
                return await group.next() ?? []
            }
            #expect(outcomes.count == 21)
            #expect(outcomes.allSatisfy { $0.failure == nil })
            let kept = try await noteIDs(database)
            #expect(kept.count == 21)
        }
    }

    private func note(_ id: Int) -> @Sendable (any SQLConnection) throws -> Int {
        { connection in
            try insertNote(id, on: connection)
            return id
        }
    }

    private func pageCount(_ database: SQLiteDatabase) async throws -> Int64 {
        try await database.write { try $0.query("PRAGMA page_count")[0].integer("page_count") }
    }
}

extension StorageError {
    fileprivate var isUniqueConstraint: Bool {
        if case .constraint(.unique, _) = self { true } else { false }
    }
}
