import Foundation
import NIOPosix
import Storage
package import StrictJSON
import Synchronization

/// The files of messages: what is known of each, its bytes, and when waiting for them is over.
///
/// A message's row and its file's row are written together, so a message that brings a file has one here from the start.
/// Lanes (`InboundMediaLane`) fetch what is `pending`; whoever needs the bytes waits until that is settled.
package final class MediaShelf: Sendable {
    let database: any SQLDatabase
    let files: ReceivedFiles
    let limits: InboundMediaLimits
    /// How many files are fetched at the same time, over all sessions.
    let slots: Slots
    private let waiters = Mutex(Waiters())

    private struct Waiters {
        var next = 0
        var latches: [InboundMedia.Key: [Int: Latch]] = [:]
    }

    init(database: any SQLDatabase, directory: String, limits: InboundMediaLimits) {
        self.database = database
        self.limits = limits
        slots = Slots(count: limits.slotCount)
        files = ReceivedFiles(directory: directory)
    }

    // MARK: - For those who read

    /// The file of a message's row; nil when the message brings none.
    package func media(of messageSeq: Int64, in sessionID: String) async throws -> StoredMedia? {
        let key = InboundMedia.Key(sessionID: sessionID, messageSeq: messageSeq)
        return try await database.read { try InboundMediaStore.media(of: key, on: $0) }.map(stored)
    }

    /// The same, once there is nothing to wait for, or the time is over.
    package func settledMedia(
        of messageSeq: Int64, in sessionID: String, waiting limit: Duration, clock: any Clock<Duration>
    ) async throws -> StoredMedia? {
        let key = InboundMedia.Key(sessionID: sessionID, messageSeq: messageSeq)
        let (number, latch) = addWaiter(for: key)
        defer { removeWaiter(number, for: key) }
        // Asked after the waiter is there: what settles from here on opens it.
        if let media = try await media(of: messageSeq, in: sessionID), media.state.isSettled { return media }
        _ = await latch.wait(atMost: limit, clock: clock)
        return try await media(of: messageSeq, in: sessionID)
    }

    /// The `media` member of a message's payload, with the bytes when they are here and not more than `maximumByteCount`:
    ///
    /// ```
    /// {"mimetype":"image/jpeg","filename":"a.jpg","data":"<base64>"}
    /// {"mimetype":"video/mp4","omitted":true,"sizeBytes":73400320}
    /// ```
    /// - Returns: nil when the message brings no file.
    package func inline(
        _ messageSeq: Int64, in sessionID: String, maximumByteCount: Int
    ) async throws -> JSONObject? {
        guard let media = try await media(of: messageSeq, in: sessionID) else { return nil }
        var members = [JSONObject.Member(name: "mimetype", value: .string(media.mimetype))]
        if let filename = media.filename { members.append(.init(name: "filename", value: .string(filename))) }
        if let path = media.path, media.byteCount <= maximumByteCount, let bytes = await Self.bytes(path, media.byteCount) {
            members.append(.init(name: "data", value: .string(bytes.base64EncodedString())))
        } else {
            members.append(.init(name: "omitted", value: .boolean(true)))
            members.append(.init(name: "sizeBytes", value: .number(.integer(Int64(media.byteCount)))))
        }
        return JSONObject(members)
    }

    /// Nil when the file is gone, or not as long as it was.
    private static func bytes(_ path: String, _ byteCount: Int) async -> Data? {
        let data = try? await NIOThreadPool.singleton.runIfActive { try Data(contentsOf: URL(fileURLWithPath: path)) }
        return data?.count == byteCount ? data : nil
    }

    func stored(_ media: InboundMedia) -> StoredMedia {
        StoredMedia(
            state: media.state, reason: media.reason, mimetype: media.mimetype, filename: media.filename,
            byteCount: media.byteCount, sha256: media.sha256,
            path: media.state == .stored ? files.path(of: media.sha256) : nil)
    }

    // MARK: - Telling those who wait

    /// The row is settled once the transaction is durable.
    func settles(_ key: InboundMedia.Key, on connection: any SQLConnection) {
        connection.afterCommit { self.settled(key) }
    }

    private func settled(_ key: InboundMedia.Key) {
        let latches = waiters.withLock { $0.latches.removeValue(forKey: key) ?? [:] }
        for latch in latches.values { latch.open() }
    }

    private func addWaiter(for key: InboundMedia.Key) -> (Int, Latch) {
        let latch = Latch()
        let number = waiters.withLock { waiters in
            waiters.next += 1
            waiters.latches[key, default: [:]][waiters.next] = latch
            return waiters.next
        }
        return (number, latch)
    }

    private func removeWaiter(_ number: Int, for key: InboundMedia.Key) {
        waiters.withLock { waiters in
            waiters.latches[key]?[number] = nil
            if waiters.latches[key]?.isEmpty == true { waiters.latches[key] = nil }
        }
    }
}
