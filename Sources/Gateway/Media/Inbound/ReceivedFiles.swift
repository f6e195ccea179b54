#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import Foundation
import NIOPosix
import Synchronization

/// Received files on our disk, each under the hash of its bytes, so that the same file is there once however often it was sent.
///
/// ```
/// <directory>/ab/abcd…   (64 hex digits)      abcd….XXXXXX   (being received)
/// ```
///
/// A file is there before its row says so, and goes after the last row that says so. `sweep` removes what no row refers to.
final class ReceivedFiles: Sendable {
    let directory: String
    /// Files being put there, whose rows do not say so yet, and how many messages bring each.
    private let held = Mutex<[String: Int]>([:])

    init(directory: String) { self.directory = directory }

    /// - Parameter sha256: 64 hex digits; anything else is a defect, not a path.
    func path(of sha256: String) -> String { folder(of: sha256) + "/" + sha256 }

    func contains(_ sha256: String, byteCount: Int) -> Bool {
        var status = stat()
        return stat(path(of: sha256), &status) == 0 && Int(status.st_size) == byteCount
    }

    /// Lends the place for a file; until `body` returns the file is not swept away.
    func withPlace<R: Sendable>(for sha256: String, _ body: (String) async throws -> R) async throws -> R {
        held.withLock { $0[sha256, default: 0] += 1 }
        defer {
            held.withLock { held in
                held[sha256, default: 1] -= 1
                if held[sha256] == 0 { held[sha256] = nil }
            }
        }
        try makeFolder(of: sha256)
        return try await body(path(of: sha256))
    }

    /// Makes a file's name durable, as its bytes are already.
    func sync(folderOf sha256: String) async throws {
        let folders = [folder(of: sha256), directory]
        try await NIOThreadPool.singleton.runIfActive {
            for folder in folders {
                let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
                guard descriptor >= 0 else { throw SpoolError.of(errno, doing: "opening a folder") }
                defer { close(descriptor) }
                guard fsync(descriptor) == 0 else { throw SpoolError.of(errno, doing: "syncing a folder") }
            }
        }
    }

    /// Removes files that nothing refers to.
    ///
    /// - Parameter referred: The hashes from one text on and below another that rows say are stored.
    /// - Returns: how many went.
    @discardableResult
    func sweep(referred: (_ from: String, _ below: String) async throws -> Set<String>) async throws -> Int {
        var count = 0
        for prefix in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] where prefix.utf8.count == 2 {
            let folder = directory + "/" + prefix
            // In this order: what is listed and not held any more has its row there to be read.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            guard !names.isEmpty else { continue }
            let held = held.withLock { Set($0.keys) }
            let referred = try await referred(prefix, prefix + "g")
            for name in names {
                let sha256 = String(name.prefix(64))
                if !held.contains(sha256), !(referred.contains(sha256) && name.utf8.count == 64) {
                    unlink(folder + "/" + name)
                    count += 1
                }
            }
        }
        return count
    }

    private func folder(of sha256: String) -> String {
        precondition(sha256.utf8.count == 64, "a file's name is a SHA-256 in hex")
        return directory + "/" + sha256.prefix(2)
    }

    private func makeFolder(of sha256: String) throws {
        let folder = folder(of: sha256)
        var status = stat()
        if stat(folder, &status) == 0 { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SpoolError.of(errno, doing: "making the folder")
        }
    }
}
