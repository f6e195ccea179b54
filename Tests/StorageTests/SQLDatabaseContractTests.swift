import Storage
import TestSupport
import Testing

/// The contract of `SQLDatabase`, over every implementation.
@Suite struct SQLDatabaseContractTests {
    enum Implementation: CaseIterable {
        case sqlite
        /// The wrapper without faults must be indistinguishable from what it wraps.
        case faultyWrapper
    }

    @Test("The contract holds", arguments: SQLDatabaseContract.all, Implementation.allCases)
    func contract(promise: SQLDatabaseContract.Promise, implementation: Implementation) async throws {
        try await withDatabase { sqlite in
            let database: any SQLDatabase = implementation == .sqlite ? sqlite : FaultyDatabase(sqlite)
            try await SQLDatabaseContract.createTables(database)
            try await promise.check(database)
        }
    }
}
