import CPowerLoss

/// The disk that can lose power, for databases opened through `uri(_:)`.
///
/// What SQLite writes stays in memory until it is synced. `strike` is the power cut: the memory is gone, and
/// connections that are open fail. Close them, open the database again by the same URI, and see what a machine would
/// find after the cut.
package struct PowerLossDisk: Sendable {
    /// The directory whose files are on this disk.
    package let directory: String

    package init(directory: String) {
        let code = power_loss_register(0)
        precondition(code == 0, "SQLite did not accept the disk: code \(code)")
        self.directory = directory
    }

    /// What `SQLiteDatabase(path:)` must be given to put a file of the directory on this disk.
    package func uri(_ name: String) -> String {
        "file:\(directory)/\(name)?vfs=\(POWER_LOSS_VFS)"
    }

    /// Cuts the power.
    ///
    /// - Parameter seed: With 0 every byte that was not synced is lost. With any other each unsynced 4 KiB is lost or
    ///   kept by chance, which is what a system that had begun to write back may leave.
    package func strike(seed: UInt64 = 0) {
        power_loss_strike(directory, seed)
    }

    /// Sets what is wrong with the disk from now on; without arguments nothing is.
    ///
    /// - Parameter capacity: The bytes that the files may take together; writes beyond find the disk full.
    /// - Parameter syncsFail: Every sync fails with an input/output error and keeps nothing.
    package func setCondition(capacity: Int? = nil, syncsFail: Bool = false) {
        let code = power_loss_set_condition(directory, Int64(capacity ?? -1), syncsFail ? 1 : 0)
        precondition(code == 0, "out of memory")
    }

    /// How many times one of the files was synced.
    package var syncCount: Int {
        Int(power_loss_sync_count(directory))
    }

    /// How many bytes a power cut would lose now, in whole blocks.
    package var unsyncedByteCount: Int {
        Int(power_loss_unsynced_bytes(directory))
    }
}
