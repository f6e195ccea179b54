import Logging
import Storage
import Synchronization
import WAClient
import WAProtocol

/// Fetches the files of one session's received messages, some at a time, while the session is connected.
///
/// ```
/// rows that are due ─► slot of the process ─► on disk already? ─► download ─► synced ─► row: stored
///                                                                 └─ gone ─► our phone uploads it again ─► download
/// ```
/// The rows are the queue: what a killed process had not finished is due at the next start. A file is on disk, under its own
/// hash, before its row says so. Sessions wait for the process's slots in the order they come, each with a few files only, so
/// that one with a thousand files keeps nobody waiting.
final class InboundMediaLane: Sendable {
    /// What the client does for it.
    struct Client: Sendable {
        /// `WhatsAppClient.download`.
        let download: @Sendable (MediaReference, MediaKind, _ path: String, _ maximumByteCount: Int) async throws -> MediaDownload
        /// `WhatsAppClient.requestReupload`.
        let requestReupload: @Sendable (MessageKey, _ mediaKey: [UInt8]) async throws -> String
        /// Returns once the session is connected, or the task cancelled.
        let waitUntilConnected: @Sendable () async -> Void
    }

    private struct State {
        var bell = Latch()
        var running: Set<InboundMedia.Key> = []
    }

    private let sessionID: String
    private let client: Client
    private let shelf: MediaShelf
    private let slots: Slots
    private let environment: GatewayEnvironment
    private let state = Mutex(State())

    init(sessionID: String, client: Client, shelf: MediaShelf, environment: GatewayEnvironment) {
        self.sessionID = sessionID
        self.client = client
        self.shelf = shelf
        self.environment = environment
        slots = shelf.slots
    }

    /// Something is due.
    func wake() { state.withLock { $0.bell }.open() }

    /// Works until the task is cancelled; what is under way then is begun anew by the next lane.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                await client.waitUntilConnected()
                guard !Task.isCancelled else { return }
                let bell = Latch()
                state.withLock { $0.bell = bell }
                let (due, next) = await look()
                for media in due {
                    state.withLock { _ = $0.running.insert(media.key) }
                    group.addTask {
                        await self.work(on: media)
                        self.state.withLock { _ = $0.running.remove(media.key) }
                        self.wake()
                    }
                }
                guard let next else {
                    await bell.wait()
                    continue
                }
                await bell.wait(orFor: { [environment] in
                    try await environment.clock.sleep(untilMilliseconds: next) { environment.nowMilliseconds }
                })
            }
        }
    }

    /// What may begin now, and when to look again if nothing rings: a time, since more of it passes while we look; nil when
    /// only the bell can bring something.
    private func look() async -> (due: [InboundMedia], next: Int64?) {
        let running = state.withLock { $0.running }
        let free = shelf.limits.concurrency - running.count
        let now = environment.nowMilliseconds
        guard free > 0 else { return ([], nil) }
        do {
            return try await environment.database.read { [sessionID] connection in
                let due = try InboundMediaStore.due(
                    of: sessionID, atMilliseconds: now, limit: free + running.count, on: connection
                ).filter { !running.contains($0.key) }.prefix(free)
                let next = try InboundMediaStore.nextDue(of: sessionID, afterMilliseconds: now, on: connection)
                return (Array(due), next)
            }
        } catch {
            environment.logger.warning("Files to fetch could not be looked up", metadata: ["error": "\(error)"])
            return ([], now + 5_000)
        }
    }

    // MARK: - One file

    private func work(on media: InboundMedia) async {
        do {
            try await slots.run {
                try await shelf.files.withPlace(for: media.sha256) { path in
                    var step = media.next(after: try await fetch(media, to: path))
                    if step == .askPhone { step = media.next(after: try await ask(for: media)) }
                    try await take(step, for: media)
                }
            }
        } catch {
            if error is CancellationError || Task.isCancelled { return }
            environment.logger.warning("A file could not be kept", metadata: ["error": "\(error)"])
            try? await environment.clock.sleep(for: .seconds(5))
        }
    }

    private func fetch(_ media: InboundMedia, to path: String) async throws -> InboundMediaOutcome {
        if shelf.files.contains(media.sha256, byteCount: media.byteCount),
            try await environment.database.read({ try InboundMediaStore.isStored(media, on: $0) })
        {
            return .complete
        }
        do {
            switch try await client.download(media.reference, media.kind, path, shelf.limits.maximumByteCount) {
            case .expired: return .expired
            case .complete:
                try await shelf.files.sync(folderOf: media.sha256)
                return .complete
            }
        } catch let error as MediaError {
            return error.outcome
        } catch is SpoolError {
            return .diskFailed
        } catch is ClientError {
            return .offline
        } catch {
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            environment.logger.info("A file was not fetched", metadata: ["error": "\(error)"])
            return .unavailable
        }
    }

    private func ask(for media: InboundMedia) async throws -> InboundMediaOutcome {
        guard let key = try await environment.database.read({ try InboundMediaStore.messageKey(of: media.key, on: $0) })
        else { return .notOnPhone }
        do {
            return .uploadedAgain(directPath: try await client.requestReupload(key, media.reference.mediaKey))
        } catch ReuploadError.notOnPhone {
            return .notOnPhone
        } catch ClientError.timedOut {
            return .phoneSilent
        } catch is ClientError {
            return .offline
        } catch {
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            return .phoneFailed
        }
    }

    private func take(_ step: InboundMediaStep, for media: InboundMedia) async throws {
        let now = environment.nowMilliseconds
        try await environment.database.write { [shelf] connection in
            switch step {
            case .keep:
                try InboundMediaStore.markStored(media.key, nowMilliseconds: now, on: connection)
                shelf.settles(media.key, on: connection)
            case .giveUp(let state, let reason):
                try InboundMediaStore.giveUp(media.key, state, reason, on: connection)
                shelf.settles(media.key, on: connection)
            case .again(let media, let pause):
                let milliseconds = pause.components.seconds * 1000
                try InboundMediaStore.postpone(media, untilMilliseconds: now + milliseconds, on: connection)
            case .askPhone:
                preconditionFailure("the phone was asked, and its answer decides")
            }
        }
    }
}

extension MediaError {
    fileprivate var outcome: InboundMediaOutcome {
        switch self {
        case .tooLarge: .tooLarge
        case .refused: .refused
        case .unavailable: .unavailable
        case .corrupted, .fileChanged: .corrupted
        case .spool: .diskFailed
        }
    }
}
