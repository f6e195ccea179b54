import GRDB

extension SQLiteDatabase {
    /// How the database is opened.
    package struct Configuration: Sendable {
        /// Connections for reading, made when first needed.
        package var readers = 4
        /// How long the writer waits for a lock of another process. Readers wait only where the log must be recovered,
        /// for at most 10 s, which GRDB fixes.
        package var busyTimeoutSeconds = 5.0
        /// Page cache of the writer. Small: the operating system caches the file as well.
        package var writerCacheKibibytes = 2_048
        /// Page cache of each reader.
        package var readerCacheKibibytes = 512
        /// Pages (4 KiB) in the log at which a commit moves them into the database file. A page that many commits change
        /// is moved once; the log stays at 16 MiB.
        package var checkpointPages = 4_000
        /// Writes that share one commit at most.
        package var groupCountLimit = 128
        /// Age at which a group is committed although more writes wait.
        package var groupAgeLimit = Duration.milliseconds(10)
        /// When the disk is told to keep what was written. Only a test that shows the difference sets another than
        /// `full`.
        package var synchronous = Synchronous.full

        package init() {}

        /// The values of `PRAGMA synchronous`.
        package enum Synchronous: Int64, Sendable {
            /// Never synced: a power cut may lose everything.
            case off = 0
            /// Synced when the log moves into the file: a power cut may lose the last commits.
            case normal = 1
            /// Synced before a commit returns.
            case full = 2
        }
    }
}

extension SQLiteDatabase.Configuration {
    var forGRDB: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "openwa.storage"
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        configuration.prepareDatabase { [writerCacheKibibytes, readerCacheKibibytes] database in
            let cache = database.configuration.readonly ? readerCacheKibibytes : writerCacheKibibytes
            try database.execute(sql: "PRAGMA cache_size = \(-cache)")
            try database.execute(sql: "PRAGMA mmap_size = 0")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            // Deleted keys and messages are overwritten where that costs no further input and output.
            try database.execute(sql: "PRAGMA secure_delete = FAST")
        }
        return configuration
    }

    /// Sets what GRDB would change again while it opens the pool, and reads back what durability rests on.
    func applyToWriter(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = \(synchronous.rawValue)")
        try database.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
        // A log that one large transaction blew up is cut back to this; a usual one keeps its size and is overwritten
        // in place, which spares the file system's journal.
        try database.execute(sql: "PRAGMA journal_size_limit = \(16 << 20)")

        let actual = try Int64.fetchOne(database, sql: "PRAGMA synchronous")
        guard actual == synchronous.rawValue else {
            throw StorageError.cannotOpen("synchronous is \(actual.map(String.init) ?? "unknown"), not \(synchronous)")
        }
        let journal = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        guard journal == "wal" else {
            throw StorageError.cannotOpen("journal_mode is \(journal ?? "unknown"), not wal")
        }
    }
}
