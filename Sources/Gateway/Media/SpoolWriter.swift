import Foundation
import NIOPosix
import Synchronization
import WACrypto

/// Writes one file of the spool, hashing it on the way and never more than the cap. Not finished means removed.
package final class SpoolWriter: Sendable {
    private struct State {
        /// Negative when it was set aside.
        var descriptor: Int32
        var hash = RunningSHA256()
        var byteCount = 0
        var isFinished = false
    }

    static let unfinished = ".part"

    package let id: String
    private let path: String
    private let directory: String
    private let origin: MediaOrigin
    private let maximumByteCount: Int
    private let state: Mutex<State>

    init(id: String, directory: String, origin: MediaOrigin, maximumByteCount: Int) throws {
        self.id = id
        self.directory = directory
        self.origin = origin
        self.maximumByteCount = maximumByteCount
        path = directory + "/" + id
        let descriptor = Foundation.open(path + Self.unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SpoolError.of(errno, doing: "opening a file") }
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { discard() }

    package var byteCount: Int { state.withLock { $0.byteCount } }

    /// - Throws: `GatewayError.mediaTooLarge` past the cap, `.storageFull`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        try state.withLock { state in
            guard state.byteCount + bytes.count <= maximumByteCount else {
                throw GatewayError.mediaTooLarge(origin, limit: maximumByteCount)
            }
            try Self.writeAll(bytes, to: state.descriptor)
            state.hash.update(bytes)
            state.byteCount += bytes.count
        }
    }

    /// All is written; `finish` may come much later. Gives the descriptor back meanwhile, since a body may bring many files.
    package func setAside() {
        state.withLock { state in
            guard !state.isFinished, state.descriptor >= 0 else { return }
            close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// Syncs file and folder; only then may anything refer to it.
    package func finish() async throws -> SpooledMedia {
        // Syncing takes as long as the disk likes, so it waits on a thread meant for waiting.
        try await NIOThreadPool.singleton.runIfActive { try self.sync() }
        let (byteCount, hash) = state.withLock { ($0.byteCount, $0.hash) }
        return SpooledMedia(id: id, path: path, byteCount: byteCount, sha256: hash.digest())
    }

    /// Removes what was written so far.
    package func discard() {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            if state.descriptor >= 0 { close(state.descriptor) }
            unlink(path + Self.unfinished)
        }
    }

    private func sync() throws {
        try state.withLock { state in
            if state.descriptor < 0 {
                state.descriptor = Foundation.open(path + Self.unfinished, O_WRONLY | O_CLOEXEC)
                guard state.descriptor >= 0 else { throw SpoolError.of(errno, doing: "opening a file again") }
            }
            guard fsync(state.descriptor) == 0 else { throw SpoolError.of(errno, doing: "syncing a file") }
            guard rename(path + Self.unfinished, path) == 0 else { throw SpoolError.of(errno, doing: "naming a file") }
            state.isFinished = true
            close(state.descriptor)
        }
        let folder = Foundation.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw SpoolError.of(errno, doing: "opening the folder") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw SpoolError.of(errno, doing: "syncing the folder") }
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SpoolError.of(errno, doing: "writing") }
            rest = rest.dropFirst(count)
        }
    }
}
