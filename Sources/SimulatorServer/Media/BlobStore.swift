import Crypto
import Foundation
import Synchronization
import WASimulator

/// Encrypted media files on disk, as WhatsApp's media servers keep them: named by the hash of their bytes.
///
/// Files live in a temporary folder that goes away with the simulator. What it holds is bounded: the oldest files make
/// room for new ones. An expired file is no longer served, but phones that have it keep it.
package final class BlobStore: Sendable {
    package struct Counts: Sendable, Equatable, Encodable {
        /// Files that came whole, over all requests; the same file again counts again.
        package var uploads = 0
        package var uploadedBytes = 0
        package var uploadsByType: [String: Int] = [:]
        /// Requests that ended before the file was whole and left a part to go on from.
        package var interruptedUploads = 0
        package var resumedUploads = 0
        package var refusedUploads = 0
        /// Questions how far an upload has come.
        package var resumeQueries = 0
        package var downloads = 0
        package var refusedDownloads = 0
        package var deletions = 0
    }

    package struct Blob: Sendable, Equatable {
        /// Base64url, unpadded, of the SHA-256 of the encrypted file.
        package let name: String
        /// The `/mms/` type it was uploaded as.
        package let type: String
        package let byteCount: Int
        package internal(set) var expiredStatus: Int?
        package internal(set) var downloads = 0
        let path: String
    }

    struct Part {
        let path: String
        let byteCount: Int
    }

    /// What goes wrong on purpose.
    package enum UploadFailure: Sendable, Equatable {
        /// The upload is answered with this status, after its body was read.
        case status(Int)
        /// The connection is dropped after so many bytes of the body, which are kept to go on from.
        case cut(afterByteCount: Int)
    }

    private struct State {
        var blobs: [String: Blob] = [:]
        var order: [String] = []
        var parts: [String: Part] = [:]
        var byteCount = 0
        var counts = Counts()
        var uploadFailures: (count: Int, failure: UploadFailure)?
        var downloadFailures: (count: Int, status: Int)?
        var fileCount = 0
    }

    package let folder: String
    private let state = Mutex(State())

    /// Largest file taken: WhatsApp's own limit for documents is 2 GB.
    static let blobByteLimit = 2_147_483_648
    /// What all files together may take.
    static let storeByteLimit = 8 * 1_073_741_824
    /// Unfinished uploads kept to go on from.
    static let partLimit = 256

    init() throws {
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("openwa-blobs-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func removeFolder() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: - For tests and the control API

    package var counts: Counts { state.withLock { $0.counts } }

    package var blobs: [Blob] { state.withLock { state in state.order.compactMap { state.blobs[$0] } } }

    /// Names by direct path; nil for all. Their downloads are answered with the status from now on.
    /// Returns how many there were.
    package func expire(directPath: String? = nil, status: Int = 410) -> Int {
        state.withLock { state in
            let names = directPath.map { [MediaPath.name(of: $0)] } ?? state.order
            var count = 0
            for name in names where state.blobs[name] != nil {
                state.blobs[name]?.expiredStatus = status
                count += 1
            }
            return count
        }
    }

    /// The next so many uploads fail this way; 0 ends it.
    package func failUploads(_ count: Int, _ failure: UploadFailure) {
        state.withLock { $0.uploadFailures = count > 0 ? (count, failure) : nil }
    }

    /// The next so many downloads are answered with this status; 0 ends it.
    package func failDownloads(_ count: Int, status: Int) {
        state.withLock { $0.downloadFailures = count > 0 ? (count, status) : nil }
    }

    // MARK: - Files

    /// A file that a phone of the simulator uploads.
    func put(_ file: [UInt8], type: String) throws -> Blob {
        var writer = try BlobWriter(path: newPath())
        try writer.append(file)
        let (digest, byteCount) = try writer.close()
        return keep(
            Blob(name: MediaPath.base64url(digest), type: type, byteCount: byteCount, path: writer.path),
            isResumed: false)
    }

    /// A file that the simulator itself makes: history, app state, a picture. It is no upload of anybody.
    func place(_ file: StoredFile) {
        guard var writer = try? BlobWriter(path: newPath()), (try? writer.append(file.bytes)) != nil,
            (try? writer.close()) != nil
        else { return }
        insert(
            Blob(
                name: file.name, type: file.type, byteCount: file.bytes.count, expiredStatus: file.status,
                path: writer.path))
    }

    /// The bytes of one file under another name too, whatever became of the first.
    func copy(_ name: String, as other: String) {
        guard let blob = self[name] else { return }
        let path = newPath()
        guard (try? FileManager.default.copyItem(atPath: blob.path, toPath: path)) != nil else { return }
        insert(Blob(name: other, type: blob.type, byteCount: blob.byteCount, path: path))
    }

    package enum Spoiling: String, Sendable, CaseIterable {
        /// One byte is another.
        case hash
        /// The last 16 bytes are missing.
        case truncated
    }

    /// Serves other bytes than were uploaded from now on; false when there is no such file.
    func spoil(directPath: String, _ how: Spoiling) -> Bool {
        let name = MediaPath.name(of: directPath)
        guard let blob = self[name], var bytes = FileManager.default.contents(atPath: blob.path).map({ [UInt8]($0) }),
            !bytes.isEmpty
        else { return false }
        switch how {
        case .hash: bytes[bytes.count / 2] ^= 0xFF
        case .truncated: bytes.removeLast(min(16, bytes.count))
        }
        place(StoredFile(name: name, type: blob.type, bytes: bytes))
        return true
    }

    /// Takes over a whole file whose bytes have the hash that names it.
    @discardableResult
    func keep(_ blob: Blob, isResumed: Bool) -> Blob {
        state.withLock { state in
            state.counts.uploads += 1
            state.counts.uploadedBytes += blob.byteCount
            state.counts.uploadsByType[blob.type, default: 0] += 1
            if isResumed { state.counts.resumedUploads += 1 }
        }
        insert(blob)
        return blob
    }

    private func insert(_ blob: Blob) {
        let removed = state.withLock { state in
            var removed: [String] = []
            if let former = state.blobs.updateValue(blob, forKey: blob.name) {
                state.byteCount -= former.byteCount
                removed.append(former.path)
            } else {
                state.order.append(blob.name)
            }
            state.byteCount += blob.byteCount
            while state.byteCount > Self.storeByteLimit, state.order.count > 1 {
                guard let oldest = state.blobs.removeValue(forKey: state.order.removeFirst()) else { continue }
                state.byteCount -= oldest.byteCount
                removed.append(oldest.path)
            }
            return removed
        }
        for path in removed { try? FileManager.default.removeItem(atPath: path) }
    }

    func newPath() -> String {
        let number = state.withLock { state in
            state.fileCount += 1
            return state.fileCount
        }
        return folder + "/\(number)"
    }

    subscript(name: String) -> Blob? { state.withLock { $0.blobs[name] } }

    func remove(_ name: String) -> Bool {
        state.withLock { state in
            guard state.blobs[name] != nil else { return false }
            state.counts.deletions += 1
            state.blobs[name]?.expiredStatus = 404
            return true
        }
    }

    // MARK: - Parts of uploads

    func partByteCount(of name: String) -> Int {
        state.withLock { state in
            state.counts.resumeQueries += 1
            return state.parts[name]?.byteCount ?? 0
        }
    }

    /// Hands out the part for going on with it: it is nobody else's then.
    func takePart(of name: String) -> Part? { state.withLock { $0.parts.removeValue(forKey: name) } }

    func keep(_ part: Part, of name: String) {
        let removed = state.withLock { state -> [Part] in
            state.counts.interruptedUploads += 1
            var removed = state.parts.updateValue(part, forKey: name).map { [$0] } ?? []
            if state.parts.count > Self.partLimit, let other = state.parts.keys.first(where: { $0 != name }) {
                removed += state.parts.removeValue(forKey: other).map { [$0] } ?? []
            }
            return removed
        }
        for part in removed { try? FileManager.default.removeItem(atPath: part.path) }
    }

    // MARK: - Counting

    func takeUploadFailure() -> UploadFailure? {
        state.withLock { state in
            guard let (count, failure) = state.uploadFailures else { return nil }
            state.uploadFailures = count > 1 ? (count - 1, failure) : nil
            return failure
        }
    }

    func takeDownloadFailure() -> Int? {
        state.withLock { state in
            guard let (count, status) = state.downloadFailures else { return nil }
            state.downloadFailures = count > 1 ? (count - 1, status) : nil
            return status
        }
    }

    func refusedUpload() { state.withLock { $0.counts.refusedUploads += 1 } }

    func refusedDownload() { state.withLock { $0.counts.refusedDownloads += 1 } }

    func downloaded(_ name: String) {
        state.withLock { state in
            state.counts.downloads += 1
            state.blobs[name]?.downloads += 1
        }
    }
}

/// Writes a file and hashes it on the way.
struct BlobWriter {
    let path: String
    private let handle: FileHandle
    private var hash = SHA256()
    private(set) var byteCount = 0

    /// A new file.
    init(path: String) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw CocoaError(.fileWriteUnknown) }
        self.handle = handle
    }

    /// Goes on behind the first so many bytes of a part.
    init(continuing part: BlobStore.Part, at byteCount: Int) throws {
        path = part.path
        guard let handle = FileHandle(forUpdatingAtPath: part.path) else { throw CocoaError(.fileReadNoSuchFile) }
        self.handle = handle
        try handle.truncate(atOffset: UInt64(byteCount))
        try handle.seek(toOffset: 0)
        while let bytes = try handle.read(upToCount: 65_536), !bytes.isEmpty {
            hash.update(data: bytes)
            self.byteCount += bytes.count
        }
    }

    mutating func append(_ bytes: some DataProtocol) throws {
        try handle.write(contentsOf: bytes)
        hash.update(data: bytes)
        byteCount += bytes.count
    }

    func close() throws -> (sha256: [UInt8], byteCount: Int) {
        try handle.close()
        return ([UInt8](hash.finalize()), byteCount)
    }
}
