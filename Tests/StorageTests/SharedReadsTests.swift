import Foundation
import Storage
import TestSupport
import Testing

/// Reads that share a connection, and where nothing forbids it a snapshot.
@Suite struct SharedReadsTests {
    @Test("A read never uses a snapshot older than itself, though one is open on its connection")
    func noOldSnapshot() async throws {
        var configuration = SQLiteDatabase.Configuration()
        configuration.readers = 1
        try await withDatabase(configuration) { database in
            try await Migrator.migrate(database, [createNotes])
            try await withThrowingTaskGroup(of: Set<Int>.self) { group in
                let gate = ReleaseGate()
                defer { gate.open() }
                let begun = AsyncStream<Void>.makeStream()
                group.addTask {
                    defer { begun.continuation.finish() }
                    return try await database.read { connection in
                        // Opens the snapshot, and holds the only reader.
                        let found = try connection.query("SELECT id FROM note").count
                        begun.continuation.finish()
                        gate.wait()
                        return Set(0..<found)
                    }
                }
                for await _ in begun.stream {}
                try await database.write { try insertNote(7, on: $0) }
                for _ in 0..<10 { group.addTask { try await noteIDs(database) } }
                try await askPatiently("ten reads in line") { database.readsInLine >= 10 }
                gate.open()
                var results = try await group.reduce(into: []) { $0.append($1) }
                #expect(results.removeFirst().isEmpty)
                #expect(results == [Set<Int>](repeating: [7], count: 10))
            }
        }
    }

    @Test("A read that fails disturbs none of those that share its connection")
    func failuresAreIsolated() async throws {
        var configuration = SQLiteDatabase.Configuration()
        configuration.readers = 1
        try await withDatabase(configuration) { database in
            try await Migrator.migrate(database, [createNotes])
            try await database.write { try insertNote(1, on: $0) }
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        switch number % 3 {
                        case 0:
                            await #expect(throws: InjectedFault.self) {
                                try await database.read { _ in throw InjectedFault() }
                            }
                        case 1:
                            await #expect(throws: StorageError.readOnly) {
                                try await database.read { try insertNote(2, on: $0) }
                            }
                        default:
                            let ids = try? await noteIDs(database)
                            #expect(ids == [1])
                        }
                    }
                }
            }
        }
    }

    @Test("A read that cannot get a connection hears why, and later reads get one")
    func noConnection() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.sqlite"
            let database = try SQLiteDatabase(path: path)
            defer { try? database.close() }
            try await Migrator.migrate(database, [createNotes])
            try await database.write { try insertNote(1, on: $0) }
            // Connections for reading are made when first needed, and cannot be now.
            try FileManager.default.moveItem(atPath: path, toPath: path + "-away")
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await #expect {
                            _ = try await noteIDs(database)
                        } throws: { error in
                            if case .cannotOpen = error as? StorageError { true } else { false }
                        }
                    }
                }
            }
            try FileManager.default.moveItem(atPath: path + "-away", toPath: path)
            let ids = try await noteIDs(database)
            #expect(ids == [1])
        }
    }
}
