import Foundation
import Storage
import Synchronization
import WAClient
import WAProtocol

/// Uploads files, each once: who sends the same bytes as the same kind again is given what was uploaded before.
///
/// ```
/// row, young enough? ─► reuse
///        └─ no ─► someone uploading it now? ─► wait for them
///                        └─ no ─► convert if needed ─► look at it ─► upload ─► row
/// ```
///
/// WhatsApp keeps files for weeks; a row counts for less than that, so that what it names outlives the message's delivery.
/// At most six files are worked on at the same time, over all sessions.
final class MediaLibrary: Sendable {
    /// Puts a file on WhatsApp's hosts: `WhatsAppClient.upload`.
    typealias Upload = @Sendable (SpooledMedia, MediaKind) async throws -> MediaReference

    private struct Key: Hashable {
        let sessionID: String
        let sha256: String
        let kind: OutgoingMedia.Kind
    }

    private let spool: MediaSpool
    private let tool: MediaTool?
    private let environment: GatewayEnvironment
    private let slots = Slots(count: 6)
    private let running = Mutex<[Key: Task<PreparedMedia, any Error>]>([:])

    /// Media is seen to vanish from the hosts after two and a half weeks.
    private static let lifetimeMilliseconds: Int64 = 7 * 24 * 3_600_000

    init(spool: MediaSpool, tool: MediaTool?, environment: GatewayEnvironment) {
        self.spool = spool
        self.tool = tool
        self.environment = environment
    }

    /// - Throws: what `upload` throws, `MediaUnavailable`, `StorageError`.
    func prepare(_ media: OutgoingMedia, for sessionID: String, upload: @escaping Upload) async throws -> PreparedMedia {
        guard let file = media.file else { throw MediaUnavailable() }
        let key = Key(sessionID: sessionID, sha256: file.sha256, kind: media.kind)
        let oldest = environment.nowMilliseconds - Self.lifetimeMilliseconds
        let stored = try await environment.database.read { connection in
            try MediaReferenceStore.find(
                key.sha256, key.kind, of: sessionID, uploadedSinceMilliseconds: oldest, on: connection)
        }
        if let stored { return stored }
        let task = running.withLock { running in
            if let task = running[key] { return task }
            let task = Task {
                defer { self.running.withLock { $0[key] = nil } }
                return try await self.slots.run { try await self.make(file, key, upload) }
            }
            running[key] = task
            return task
        }
        return try await task.value
    }

    /// Removes the rows that are too old to be reused, and the files that nothing refers to.
    func tidy() async throws {
        let oldest = environment.nowMilliseconds - Self.lifetimeMilliseconds
        try await environment.database.write { connection in
            try MediaReferenceStore.prune(olderThanMilliseconds: oldest, on: connection)
        }
        try await spool.sweep(environment.database)
    }

    /// The file of a message that is over.
    func discard(_ media: OutgoingMedia) {
        if let id = media.file?.id { spool.remove(id) }
    }

    private func make(_ file: OutgoingMedia.File, _ key: Key, _ upload: Upload) async throws -> PreparedMedia {
        let path = spool.path(of: file.id)
        guard FileManager.default.fileExists(atPath: path) else { throw MediaUnavailable() }
        var source = SpooledMedia(id: file.id, path: path, byteCount: file.byteCount, sha256: Self.bytes(file.sha256))
        var mimetype = MediaConversion.onlyType(of: key.kind)
        if let conversion = MediaConversion.needed(for: key.kind, prefix: MediaExaminer.prefix(of: path)) {
            let converted = await convert(source, conversion)
            source = converted ?? source
            if converted == nil { mimetype = nil }
        }
        defer { if source.path != path { unlink(source.path) } }
        let facts = await MediaExaminer(tool: tool).facts(of: source.path, kind: key.kind)
        let prepared = PreparedMedia(
            reference: try await upload(source, key.kind.mediaKind), mimetype: mimetype, facts: facts)
        let now = environment.nowMilliseconds
        try await environment.database.write { connection in
            try MediaReferenceStore.keep(
                prepared, key.sha256, key.kind, of: key.sessionID, uploadedAtMilliseconds: now, on: connection)
        }
        return prepared
    }

    /// Nil when it cannot be done: then the file goes as it is.
    private func convert(_ source: SpooledMedia, _ conversion: MediaConversion) async -> SpooledMedia? {
        guard let tool else { return nil }
        let output = source.path + ".converted"
        let isMade = await tool.convert(
            source.path, to: output, conversion.options, byteLimit: spool.maximumByteCount, seconds: 120)
        guard isMade, let digest = try? MediaDigest.of(output) else {
            unlink(output)
            return nil
        }
        return SpooledMedia(id: source.id, path: output, byteCount: digest.byteCount, sha256: digest.sha256)
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0
        }
    }
}

/// The file of an accepted message is not there: somebody has removed it.
struct MediaUnavailable: Error {}
