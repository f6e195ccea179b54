import Logging
import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// Takes in the chunks of history that the phone announced, one after the other, at most a hundred items a transaction.
///
/// How far a chunk is stands in its row, written by the transaction that records the items; a kill leads back to that place
/// and nothing is recorded twice. A chunk is never in memory: it lies in a file, is inflated in windows, and cut into items
/// (`HistoryChunkReader`), once for each stage. Its receipt leaves when all of it is recorded. One that cannot be had is tried
/// again, further and further apart, or asked of the phone; in the end it is given up, which is told (`historyLost`).
struct HistoryWork: Sendable {
    let account: String
    let own: OwnAddresses
    let database: any SQLDatabase
    let recorder: ClientRecorder
    /// Brings the blob a notification is about.
    let fetch: @Sendable (WAHistorySyncNotification) async throws -> HistoryBlob
    let send: @Sendable (Node) -> Void
    let nowMilliseconds: @Sendable () -> Int64
    let logger: Logger

    private static let itemsAtOnce = 100
    /// The phone is asked to upload a chunk again this often at most.
    private static let askingIntervalMilliseconds: Int64 = 86_400_000
    /// And this often in all: a phone that has it uploads it whole.
    private static let maximumAsks = 3
    /// A minute, then twice as long each time up to six hours: about three days of trying.
    private static let firstWaitMilliseconds: Int64 = 60_000
    private static let longestWaitMilliseconds: Int64 = 21_600_000
    private static let maximumAttempts = 20

    private var store: HistoryJobStore { HistoryJobStore(account: account) }

    /// Takes in all that is due; answers when something is due again, in Unix milliseconds.
    func run() async throws -> Int64? {
        try await sendReceipts()
        let now = nowMilliseconds()
        try await database.write { [store] in
            try store.retryAsked(before: now - Self.askingIntervalMilliseconds, on: $0)
        }
        while let job = try await database.read({ [store] in try store.next(nowMilliseconds: now, on: $0) }) {
            try Task.checkCancellation()
            try await take(job)
        }
        return try await database.read { [store] in try store.nextDueMilliseconds(askingAgainAfter: Self.askingIntervalMilliseconds, on: $0) }
    }

    private func take(_ job: HistoryJobStore.Job) async throws {
        let failure: String
        do {
            if job.notification.syncType != .noHistory, job.notification.syncType != .messageAccessStatus {
                try await record(job, from: fetch(job.notification))
            } else {
                try await database.write { [store] in try store.finish(job.messageID, on: $0) }
            }
            return try await sendReceipts()
        } catch HistoryBlob.Failure.expired where job.asks < Self.maximumAsks {
            return try await askForUpload(of: job)
        } catch MediaError.corrupted where job.asks < Self.maximumAsks {
            return try await askForUpload(of: job)
        } catch let error as MediaError
            where error != .corrupted && error != .tooLarge && job.attempts < Self.maximumAttempts
        {
            logger.warning("a chunk of history was not fetched", metadata: ["error": "\(error)"])
            return try await postpone(job)
        } catch let error as MediaError {
            failure = "\(error)"
        } catch let error as InflateStream.Failure {
            failure = "\(error)"
        } catch let error as ProtobufSplitter.Failure {
            failure = "\(error)"
        } catch let error as HistoryBlob.Failure {
            failure = error == .nowhere ? "it names no blob" : "it is gone"
        }
        logger.error("a chunk of history is given up", metadata: ["message": "\(job.messageID)", "reason": "\(failure)"])
        try await database.write { [store, recorder] in try store.giveUp(job, because: failure, telling: recorder, on: $0) }
    }

    private func postpone(_ job: HistoryJobStore.Job) async throws {
        let wait = min(Self.firstWaitMilliseconds << min(job.attempts, 10), Self.longestWaitMilliseconds)
        let due = nowMilliseconds() + wait
        try await database.write { [store] in try store.postpone(job.messageID, untilMilliseconds: due, on: $0) }
    }

    // MARK: - Taking a chunk in

    private func record(_ job: HistoryJobStore.Job, from blob: HistoryBlob) async throws {
        let recording = HistoryRecording(
            account: account, own: own, notification: job.notification, recorder: recorder)
        var left = 0
        for stage in HistoryChunkReader.Stage.allCases where stage.rawValue >= job.stage.rawValue {
            var done = stage == job.stage ? job.done : 0
            var reader = HistoryChunkReader(stage: stage, skipping: done)
            var items: [HistoryChunkReader.Item] = []
            try await blob.read { window in
                try reader.feed(window) { items.append($0) }
                var start = 0
                while items.count - start >= Self.itemsAtOnce {
                    let part = items[start..<start + Self.itemsAtOnce]
                    start += part.count
                    done += part.count
                    left += try await record(part, of: job, recording, stage: stage, done: done)
                    try Task.checkCancellation()
                }
                items.removeFirst(start)
            }
            try reader.finish()
            left += try await record(items[...], of: job, recording, stage: stage, done: nil)
        }
        logger.info(
            "a chunk of history is taken in",
            metadata: [
                "kind": "\(HistoryBatch.Kind(job.notification.syncType))", "progress": "\(job.notification.progress)",
                "left": "\(left)",
            ])
    }

    /// Items and how far the chunk is with them; nil where the stage ends.
    private func record(
        _ items: ArraySlice<HistoryChunkReader.Item>, of job: HistoryJobStore.Job, _ recording: HistoryRecording,
        stage: HistoryChunkReader.Stage, done: Int?
    ) async throws -> Int {
        let next = HistoryChunkReader.Stage(rawValue: stage.rawValue + 1)
        let isEnd = done == nil && next == nil
        let now = nowMilliseconds()
        return try await database.write { [store] sql in
            let left = try recording.record(items, isEndOfChunk: isEnd, nowMilliseconds: now, on: sql)
            if let done {
                try store.advance(job.messageID, to: stage, done: done, on: sql)
            } else if let next {
                try store.advance(job.messageID, to: next, done: 0, on: sql)
            } else {
                try store.finish(job.messageID, on: sql)
            }
            return left
        }
    }

    // MARK: - Answering the phone

    private func sendReceipts() async throws {
        let taken = try await database.read { [store] in try store.taken(on: $0) }
        guard !taken.isEmpty else { return }
        for id in taken { send(OutgoingReceipt(ids: [id], to: .jid(own.phone), kind: .historySync).node) }
        try await database.write { [store] in try store.remove(taken, on: $0) }
    }

    private func askForUpload(of job: HistoryJobStore.Job) async throws {
        logger.warning(
            "a chunk of history is gone or spoilt; asking the phone for it", metadata: ["message": "\(job.messageID)"])
        let request = try HistoryUploadRequest(
            messageID: job.messageID, mediaKey: job.mediaKey, own: own.phone,
            iv: SecureRandom.bytes(12))
        let now = nowMilliseconds()
        try await database.write { [store] in try store.ask(for: job.messageID, nowMilliseconds: now, on: $0) }
        send(request.node)
    }
}
