import Storage
import Synchronization
import TestSupport

/// The table most tests here write to.
let createNotes = Migration(
    owner: "test", name: "1",
    statements: [
        "CREATE TABLE note (id BIGINT PRIMARY KEY, body TEXT NOT NULL)",
        "CREATE TABLE note_copy (id BIGINT PRIMARY KEY REFERENCES note (id), body TEXT NOT NULL)",
    ])

/// Writes one note and its copy; a transaction that is half there has one without the other.
func insertNote(_ id: Int, body: String = "text", on connection: any SQLConnection) throws {
    try connection.execute("INSERT INTO note (id, body) VALUES ($1, $2)", [SQLValue(id), .text(body)])
    try connection.execute("INSERT INTO note_copy (id, body) VALUES ($1, $2)", [SQLValue(id), .text(body)])
}

/// The ids of the notes. Throws when a note is without its copy, or a copy without its note.
func noteIDs(_ database: any SQLDatabase) async throws -> Set<Int> {
    try await database.read { connection in
        let notes = try connection.query("SELECT id, body FROM note ORDER BY id")
        let copies = try connection.query("SELECT id, body FROM note_copy ORDER BY id")
        guard notes == copies else { throw HalfTransaction() }
        return try Set(notes.map { try Int($0.integer("id")) })
    }
}

/// A transaction of which only a part is there.
struct HalfTransaction: Error {}

/// What became of one write of a group.
typealias Outcome = Result<Int, any Error>

/// Runs closures as the members of exactly one group, and returns what became of each.
///
/// The first member holds the writer until the others stand in line, in an order that is not theirs to choose. It
/// counts as a member itself: it writes the note −1, and its outcome comes last. `answered` is called after each
/// answer.
func inOneGroup(
    _ database: SQLiteDatabase, _ members: [@Sendable (any SQLConnection) throws -> Int],
    answered: @escaping @Sendable () -> Void = {}
) async -> [Outcome] {
    let begun = Signal()
    return await withTaskGroup(of: (Int, Outcome).self) { group in
        group.addTask {
            let outcome = await outcome {
                try await database.write { connection in
                    begun.give()
                    while database.writesInLine < members.count {}
                    try insertNote(-1, on: connection)
                    return -1
                }
            }
            answered()
            return (members.count, outcome)
        }
        while !begun.isGiven { await Task.yield() }
        for (index, member) in members.enumerated() {
            group.addTask {
                let outcome = await outcome { try await database.write(member) }
                answered()
                return (index, outcome)
            }
        }
        var outcomes = [Outcome?](repeating: nil, count: members.count + 1)
        for await (index, outcome) in group { outcomes[index] = outcome }
        return outcomes.compactMap { $0 }
    }
}

/// Something that happened once.
private final class Signal: Sendable {
    private let state = Mutex(false)

    var isGiven: Bool { state.withLock { $0 } }
    func give() { state.withLock { $0 = true } }
}

private func outcome(_ body: () async throws -> Int) async -> Outcome {
    do {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}

extension Result {
    /// The error of a failure.
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }

    /// The value of a success.
    var success: Success? {
        if case .success(let value) = self { value } else { nil }
    }
}

extension SQLiteDatabase.Configuration {
    /// Groups that do not end before all members are in, however slow the machine.
    static var patient: Self {
        var configuration = Self()
        configuration.groupAgeLimit = .seconds(60)
        return configuration
    }
}

/// Lends a database on a disk that can lose power, with the tables of `createNotes`.
func withPowerLossDatabase<R>(
    _ configuration: SQLiteDatabase.Configuration = .patient,
    _ body: (SQLiteDatabase, PowerLossDisk) async throws -> R
) async throws -> R {
    try await withTemporaryDirectory { directory in
        let disk = PowerLossDisk(directory: directory)
        let database = try SQLiteDatabase(path: disk.uri("test.sqlite"), configuration: configuration)
        defer { try? database.close() }
        try await Migrator.migrate(database, [createNotes])
        return try await body(database, disk)
    }
}
