import Foundation
package import Storage
import Synchronization

/// What every `SQLDatabase` promises, as functions that throw a `ContractViolation` when it does not hold.
///
/// Each takes a database in which `createTables` has run, empty otherwise. `all` names them, so that a test can run
/// each over each implementation.
package enum SQLDatabaseContract {
    /// One promise and the function that checks it.
    package struct Promise: Sendable, CustomStringConvertible {
        package let sentence: String
        package let check: @Sendable (any SQLDatabase) async throws -> Void

        package var description: String { sentence }
    }

    package static let all: [Promise] = [
        Promise(sentence: "A closure's changes are kept together or not at all", check: closuresAreAtomic),
        Promise(sentence: "A failing closure undoes nothing of those beside it", check: failuresAreIsolated),
        Promise(sentence: "A write that returned is seen by every later read", check: writesAreReadAfterwards),
        Promise(sentence: "Readers see whole transactions only", check: readersSeeWholeTransactions),
        Promise(sentence: "A read sees one state from its first statement to its last", check: readsAreSnapshots),
        Promise(sentence: "Every write closure runs exactly once", check: closuresRunOnce),
        Promise(sentence: "Writes are serial: none is lost between a read and an update", check: writesAreSerial),
        Promise(
            sentence: "A cancelled caller's write is kept, and so are the others", check: cancellationCancelsNothing),
        Promise(sentence: "Many readers run beside writers", check: readersRunBesideWriters),
        Promise(sentence: "A read cannot write", check: readsCannotWrite),
        Promise(sentence: "Values of all forms come back as they were", check: valuesComeBack),
        Promise(sentence: "Parameters may repeat and stand in any order", check: parametersAreNumbered),
        Promise(sentence: "Changed rows are counted, and RETURNING gives rows", check: changesAreCounted),
        Promise(sentence: "A broken promise of the schema is a constraint error", check: constraintsAreNamed),
        Promise(
            sentence: "A deferred foreign key without its row fails its own closure only", check: deferredForeignKeys),
        Promise(
            sentence: "What is to run after the commit runs before the write returns, or never", check: actionsFollowCommits),
        Promise(sentence: "Statements that do not fit are refused", check: invalidStatementsAreRefused),
        Promise(sentence: "A closure cannot end or nest the transaction", check: transactionControlIsRefused),
    ]

    package static func createTables(_ database: any SQLDatabase) async throws {
        try await database.write { connection in
            try connection.execute(
                "CREATE TABLE contract_pair (id BIGINT PRIMARY KEY, a BIGINT NOT NULL, b BIGINT NOT NULL)")
            try connection.execute(
                "CREATE TABLE contract_value (id BIGINT PRIMARY KEY, i BIGINT, r DOUBLE PRECISION, t TEXT, b BYTEA)")
            try connection.execute(
                """
                CREATE TABLE contract_child (
                    id BIGINT PRIMARY KEY,
                    parent BIGINT NOT NULL REFERENCES contract_pair (id) DEFERRABLE INITIALLY DEFERRED,
                    strict_parent BIGINT REFERENCES contract_pair (id),
                    name TEXT UNIQUE,
                    small BIGINT CHECK (small < 10)
                )
                """)
        }
    }
}

/// Which actions ran.
private final class ActionLog: Sendable {
    private let ran = Mutex<Set<Int>>([])

    func note(_ id: Int) { ran.withLock { _ = $0.insert(id) } }
    func contains(_ id: Int) -> Bool { ran.withLock { $0.contains(id) } }
}

/// A promise of the contract that did not hold.
package struct ContractViolation: Error, CustomStringConvertible {
    package let description: String
}

/// Throws when a condition of the contract does not hold.
func demand(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
    guard condition else { throw ContractViolation(description: sentence()) }
}

/// The error an operation throws, or nil.
func failure(of operation: () async throws -> Void) async -> (any Error)? {
    do {
        try await operation()
        return nil
    } catch {
        return error
    }
}

// MARK: - Transactions

extension SQLDatabaseContract {
    private static let insertPair = "INSERT INTO contract_pair (id, a, b) VALUES ($1, $2, $3)"

    private static func count(_ database: any SQLDatabase) async throws -> Int64 {
        try await database.read { try $0.query("SELECT count(*) AS n FROM contract_pair")[0].integer("n") }
    }

    static func closuresAreAtomic(_ database: any SQLDatabase) async throws {
        let error = await failure {
            try await database.write { connection in
                try connection.execute(insertPair, [1, 1, 1])
                try connection.execute(insertPair, [2, 2, 2])
                throw InjectedFault()
            }
        }
        try demand(error is InjectedFault, "the closure's own error comes out, not \(String(describing: error))")
        try demand(try await count(database) == 0, "a row of a failed closure is there")
    }

    static func actionsFollowCommits(_ database: any SQLDatabase) async throws {
        let ran = ActionLog()
        let (wrong, kept) = await withTaskGroup(of: (Int, Bool, Bool).self) { group in
            for id in 0..<60 {
                group.addTask {
                    let error = await failure {
                        try await database.write { connection in
                            connection.afterCommit { ran.note(id) }
                            try connection.execute(insertPair, [SQLValue(id), 0, 0])
                            if id % 3 == 0 { throw InjectedFault() }
                        }
                    }
                    return (id, error == nil, ran.contains(id))
                }
            }
            var wrong: [Int] = []
            var kept = 0
            for await (id, isKept, hasRun) in group {
                if isKept != hasRun { wrong.append(id) }
                if isKept { kept += 1 }
            }
            return (wrong, kept)
        }
        try demand(wrong.isEmpty, "the actions of \(wrong) do not agree with what became of their writes")
        try demand(kept == 40, "\(kept) of 40 writes were kept")
    }

    static func failuresAreIsolated(_ database: any SQLDatabase) async throws {
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for id in 0..<200 {
                group.addTask {
                    let error = await failure {
                        try await database.write { connection in
                            try connection.execute(insertPair, [SQLValue(id), 0, 0])
                            // A third throw, a third break a constraint, a third are fine.
                            if id % 3 == 0 { throw InjectedFault() }
                            if id % 3 == 1 { try connection.execute(insertPair, [SQLValue(id), 0, 0]) }
                        }
                    }
                    return (id, error == nil)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let kept = try await database.read { connection in
            try Set(connection.query("SELECT id FROM contract_pair").map { try Int($0.integer("id")) })
        }
        for id in 0..<200 {
            try demand(outcomes[id] == (id % 3 == 2), "write \(id) had the wrong outcome")
            try demand(kept.contains(id) == (id % 3 == 2), "write \(id) is there, or not, against its outcome")
        }
    }

    static func writesAreReadAfterwards(_ database: any SQLDatabase) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for index in 0..<20 {
                        let id = SQLValue(writer * 100 + index)
                        try await database.write { try $0.execute(insertPair, [id, 0, 0]) }
                        let rows = try await database.read {
                            try $0.query("SELECT id FROM contract_pair WHERE id = $1", [id])
                        }
                        try demand(rows.count == 1, "a committed row is not read")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    static func readersSeeWholeTransactions(_ database: any SQLDatabase) async throws {
        try await database.write { try $0.execute(insertPair, [1, 0, 0]) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<25 {
                        try await database.write { connection in
                            try connection.execute("UPDATE contract_pair SET a = a + 1 WHERE id = 1")
                            try connection.execute("UPDATE contract_pair SET b = b + 1 WHERE id = 1")
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<50 {
                        let row = try await database.read {
                            try $0.query("SELECT a, b FROM contract_pair WHERE id = 1")[0]
                        }
                        try demand(try row.integer("a") == row.integer("b"), "half of a closure's changes were seen")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    static func readsAreSnapshots(_ database: any SQLDatabase) async throws {
        try await database.write { try $0.execute(insertPair, [1, 0, 0]) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<50 {
                    try await database.write { try $0.execute("UPDATE contract_pair SET a = a + 1, b = b + 1") }
                }
            }
            for _ in 0..<50 {
                group.addTask {
                    let same = try await database.read { connection in
                        let a = try connection.query("SELECT a FROM contract_pair")[0].integer("a")
                        return try (0..<20).allSatisfy { _ in
                            try connection.query("SELECT b FROM contract_pair")[0].integer("b") == a
                        }
                    }
                    try demand(same, "the state changed under a read")
                }
            }
            try await group.waitForAll()
        }
    }

    static func closuresRunOnce(_ database: any SQLDatabase) async throws {
        let runs = RunCounter()
        await withTaskGroup(of: Void.self) { group in
            for id in 0..<100 {
                group.addTask {
                    try? await database.write { connection in
                        runs.add(id)
                        try connection.execute(insertPair, [SQLValue(id), 0, 0])
                        if id.isMultiple(of: 5) { throw InjectedFault() }
                    }
                }
            }
        }
        try demand(runs.counts == [Int](repeating: 1, count: 100), "closures ran \(runs.counts) times")
    }

    static func writesAreSerial(_ database: any SQLDatabase) async throws {
        try await database.write { try $0.execute(insertPair, [1, 0, 0]) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<10 {
                        try await database.write { connection in
                            let a = try connection.query("SELECT a FROM contract_pair WHERE id = 1")[0].integer("a")
                            try connection.execute("UPDATE contract_pair SET a = $1 WHERE id = 1", [.integer(a + 1)])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let a = try await database.read { try $0.query("SELECT a FROM contract_pair")[0].integer("a") }
        try demand(a == 160, "\(160 - a) updates were lost")
    }

    static func cancellationCancelsNothing(_ database: any SQLDatabase) async throws {
        let tasks = (0..<60).map { id in
            Task {
                try await database.write { connection in
                    try connection.execute(insertPair, [SQLValue(id), 0, 0])
                }
            }
        }
        for (id, task) in tasks.enumerated() where id.isMultiple(of: 2) { task.cancel() }
        for task in tasks { _ = try await task.value }
        try demand(try await count(database) == 60, "a write was lost to a cancellation")

        let reading = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await count(database)
        }
        try demand(try await reading.value == 60, "a cancelled read does not return its result")
    }

    static func readersRunBesideWriters(_ database: any SQLDatabase) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<100 {
                group.addTask {
                    _ = try await database.write { try $0.execute(insertPair, [SQLValue(id), 0, 0]) }
                }
                group.addTask { _ = try await count(database) }
            }
            try await group.waitForAll()
        }
        try demand(try await count(database) == 100, "a write beside readers was lost")
    }

    static func readsCannotWrite(_ database: any SQLDatabase) async throws {
        let error = await failure {
            try await database.read { _ = try $0.execute(insertPair, [1, 0, 0]) }
        }
        try demand(error as? StorageError == .readOnly, "a write in a read gives \(String(describing: error))")
        try demand(try await count(database) == 0, "a read wrote a row")
    }
}

// MARK: - Statements

extension SQLDatabaseContract {
    static func valuesComeBack(_ database: any SQLDatabase) async throws {
        let rows: [[SQLValue]] = [
            [1, .integer(.max), 0.1, "plain", .blob([0, 1, 255])],
            [2, .integer(.min), .real(-.greatestFiniteMagnitude), "", .blob([])],
            [3, nil, nil, nil, nil],
            [
                4, 0, .real(.leastNonzeroMagnitude), "żółw 🐢 'quote' \"double\" $1",
                .blob(.init(repeating: 7, count: 99_999)),
            ],
        ]
        try await database.write { connection in
            for row in rows {
                try connection.execute("INSERT INTO contract_value (id, i, r, t, b) VALUES ($1, $2, $3, $4, $5)", row)
            }
        }
        let back = try await database.read { try $0.query("SELECT id, i, r, t, b FROM contract_value ORDER BY id") }
        try demand(back.map(\.values) == rows, "a value came back changed")
        try demand(back[0].columns == ["id", "i", "r", "t", "b"], "columns are \(back[0].columns)")
        try demand(try back[0].text("t") == "plain" && back[2].optionalBlob("b") == nil, "an accessor is wrong")
        let error = await failure { _ = try back[0].integer("t") }
        try demand(
            error as? StorageError == .unexpectedValue(column: "t", expected: "an integer"),
            "a text read as an integer gives \(String(describing: error))")
    }

    static func parametersAreNumbered(_ database: any SQLDatabase) async throws {
        let row = try await database.write { connection in
            try connection.execute("INSERT INTO contract_pair (b, a, id) VALUES ($3, $2, $1)", [1, 20, 300])
            return try connection.query(
                "SELECT a, b FROM contract_pair WHERE id = $1 OR (id = $1 AND b = $2)", [1, 300])[0]
        }
        try demand(row.values == [20, 300], "arguments went to the wrong parameters: \(row.values)")
    }

    static func changesAreCounted(_ database: any SQLDatabase) async throws {
        let counts = try await database.write { connection in
            for id in 0..<5 { try connection.execute(insertPair, [SQLValue(id), 0, 0]) }
            return [
                try connection.execute("UPDATE contract_pair SET a = 1 WHERE id < 3"),
                try connection.execute("UPDATE contract_pair SET a = 1 WHERE id > 100"),
                try connection.execute(
                    "INSERT INTO contract_pair (id, a, b) VALUES (1, 1, 1) ON CONFLICT (id) DO NOTHING"),
                try connection.execute("CREATE INDEX contract_pair_a ON contract_pair (a)"),
                try connection.query("DELETE FROM contract_pair WHERE id IN (1, 2) RETURNING id").count,
                try connection.execute("DELETE FROM contract_pair"),
            ]
        }
        try demand(counts == [3, 0, 0, 0, 2, 3], "changed rows are \(counts)")
    }

    static func constraintsAreNamed(_ database: any SQLDatabase) async throws {
        try await database.write { try $0.execute(insertPair, [1, 0, 0]) }
        let cases: [(StorageError.Constraint, String)] = [
            (.unique, "INSERT INTO contract_pair (id, a, b) VALUES (1, 0, 0)"),
            (.notNull, "INSERT INTO contract_pair (id, a, b) VALUES (2, NULL, 0)"),
            (.check, "INSERT INTO contract_child (id, parent, small) VALUES (1, 1, 10)"),
            (.foreignKey, "INSERT INTO contract_child (id, parent, strict_parent) VALUES (1, 1, 99)"),
        ]
        for (constraint, sql) in cases {
            let error = await failure { try await database.write { _ = try $0.execute(sql) } }
            guard case .constraint(constraint, _)? = error as? StorageError else {
                throw ContractViolation(description: "\(sql) gives \(String(describing: error))")
            }
        }
    }

    static func deferredForeignKeys(_ database: any SQLDatabase) async throws {
        // The row may come later in the same closure.
        try await database.write { connection in
            try connection.execute("INSERT INTO contract_child (id, parent) VALUES (1, 1)")
            try connection.execute(insertPair, [1, 0, 0])
        }
        let kept = await withTaskGroup(of: Bool.self) { group in
            for id in 10..<40 {
                group.addTask {
                    await failure {
                        try await database.write { connection in
                            let parent: SQLValue = id.isMultiple(of: 3) ? 999 : 1
                            try connection.execute(
                                "INSERT INTO contract_child (id, parent) VALUES ($1, $2)", [SQLValue(id), parent])
                        }
                    } == nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let rows = try await database.read { try $0.query("SELECT id FROM contract_child WHERE id >= 10").count }
        try demand(kept == 20 && rows == 20, "\(kept) writes succeeded and \(rows) rows are there instead of 20")
    }

    static func invalidStatementsAreRefused(_ database: any SQLDatabase) async throws {
        let cases: [(String, [SQLValue])] = [
            ("SELECT nothing FROM nowhere", []),
            ("SELECT $1", []),
            ("SELECT $1", [1, 2]),
            ("SELECT a FROM contract_pair; DELETE FROM contract_pair", []),
            ("", []),
        ]
        for (sql, arguments) in cases {
            let error = await failure { try await database.write { _ = try $0.query(sql, arguments) } }
            guard case .invalidStatement? = error as? StorageError else {
                throw ContractViolation(description: "“\(sql)” gives \(String(describing: error))")
            }
        }
    }

    static func transactionControlIsRefused(_ database: any SQLDatabase) async throws {
        for sql in ["COMMIT", "  rollback", "BEGIN", "END", "SAVEPOINT member", "RELEASE member"] {
            let error = await failure {
                try await database.write { connection in
                    try connection.execute(insertPair, [1, 0, 0])
                    try connection.execute(sql)
                }
            }
            guard case .invalidStatement? = error as? StorageError else {
                throw ContractViolation(description: "“\(sql)” gives \(String(describing: error))")
            }
        }
        try demand(try await count(database) == 0, "a row of a refused closure is there")
    }
}

/// Counts how often each closure ran.
private final class RunCounter: Sendable {
    private let state = Mutex([Int](repeating: 0, count: 100))

    func add(_ index: Int) { state.withLock { $0[index] += 1 } }
    var counts: [Int] { state.withLock { $0 } }
}
