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
        // In this order: a file that is adopted in between was held when it was listed.
        let held = state.withLock { $0.held }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        guard !names.isEmpty else { return }
        let referred = try await database.read { connection in
            var ids: Set<String> = []
            for table in Self.referringTables {
                for row in try connection.query("SELECT file_id FROM \(table)") { ids.insert(try row.text("file_id")) }
            }
            return ids
        }
        for name in names {
            let id = name.hasSuffix(SpoolWriter.unfinished) ? String(name.dropLast(SpoolWriter.unfinished.count)) : name
            guard !held.contains(id), id != name || !referred.contains(id) else { continue }
            unlink(directory + "/" + name)
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
