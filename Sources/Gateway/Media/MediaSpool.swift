import Foundation
import Storage
import Synchronization

/// Files on their way out, kept in one folder from before a send is accepted until WhatsApp has answered it.
///
/// ```
/// open ─► SpoolWriter (`<id>.part`) ─► finish: synced, renamed to `<id>` ─► adopt: a row refers to it ─► remove
///                └────────────── dropped, or never adopted: removed when the request ends ──┘
/// ```
///
/// A file belongs to exactly one accepted message or batch item; rows of `referringTables` say to which. What no row refers to
/// at the start of the process, or in a later `sweep`, was left by a crash and goes. So a file is there as long as its row is.
package final class MediaSpool: Sendable {
    /// Largest file in bytes (`MEDIA_DOWNLOAD_MAX_BYTES`).
    package let maximumByteCount: Int
    let directory: String

    /// Tables with a column `file_id` whose rows keep files alive.
    static let referringTables = ["gateway_outbox_media", "gateway_batch_media"]

    /// Of a UUID.
    private static let idLength = 36

    private struct State {
        var directoryExists = false
        /// Files of requests that have not ended: no row may refer to them yet.
        var held: Set<String> = []
    }

    private let state = Mutex(State())

    package init(directory: String, maximumByteCount: Int) {
        self.directory = directory
        self.maximumByteCount = maximumByteCount
    }

    /// A new file to write to; `release` must follow when the request is over.
    ///
    /// - Throws: `GatewayError.storageFull`; `SpoolError` for a folder that cannot be written.
    package func open(_ origin: MediaOrigin) throws -> SpoolWriter {
        try makeDirectory()
        let id = makeUUID()
        let writer = try SpoolWriter(id: id, directory: directory, origin: origin, maximumByteCount: maximumByteCount)
        state.withLock { _ = $0.held.insert(id) }
        return writer
    }

    /// A row refers to the file now: it outlives the request.
    package func adopt(_ id: String) {
        state.withLock { _ = $0.held.remove(id) }
    }

    /// The request is over: a file that was not adopted goes.
    package func release(_ id: String) {
        guard state.withLock({ $0.held.remove(id) }) != nil else { return }
        remove(id)
    }

    /// The row that referred to the file is gone.
    package func remove(_ id: String) {
        unlink(path(of: id))
        unlink(path(of: id) + SpoolWriter.unfinished)
    }

    package func path(of id: String) -> String { directory + "/" + id }

    /// Removes files that nothing refers to, of this process or of one that was killed.
    func sweep(_ database: any SQLDatabase) async throws {
        // In this order: a file that is listed and not held any more was adopted before, so that its row is there to be read.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        guard !names.isEmpty else { return }
        let held = state.withLock { $0.held }
        // One query: a row may move from one table to another meanwhile.
        let query = Self.referringTables.map { "SELECT file_id FROM \($0)" }.joined(separator: " UNION ALL ")
        let referred = try await database.read { connection in
            Set(try connection.query(query).map { try $0.text("file_id") })
        }
        for name in names {
            // What is made of a file has its name and an ending, and lives as long.
            let id = String(name.prefix(Self.idLength))
            if !held.contains(id), !referred.contains(id) { unlink(directory + "/" + name) }
        }
    }

    private func makeDirectory() throws {
        guard !state.withLock({ $0.directoryExists }) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SpoolError.of(errno, doing: "making the folder")
        }
        state.withLock { $0.directoryExists = true }
    }
}

/// The spool's disk failed in a way that space would not help.
struct SpoolError: Error, Equatable, CustomStringConvertible {
    let description: String

    /// - Returns: `GatewayError.storageFull` where space is what is missing.
    static func of(_ code: Int32, doing what: String) -> any Error {
        if code == ENOSPC || code == EDQUOT { return GatewayError.storageFull }
        return SpoolError(description: "media spool: \(what) failed: \(String(cString: strerror(code)))")
    }
}
