import Foundation
package import Storage

/// Lends a new empty SQLite database in a directory of its own, and removes both afterwards.
package func withDatabase<R>(
    _ configuration: SQLiteDatabase.Configuration = .init(),
    _ body: (SQLiteDatabase) async throws -> R
) async throws -> R {
    try await withTemporaryDirectory { directory in
        let database = try SQLiteDatabase(path: directory + "/test.sqlite", configuration: configuration)
        defer { try? database.close() }
        return try await body(database)
    }
}

/// Lends the path of a new empty directory, and removes it afterwards with all that is in it.
package func withTemporaryDirectory<R>(_ body: (String) async throws -> R) async throws -> R {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("openwa-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory.path)
}
