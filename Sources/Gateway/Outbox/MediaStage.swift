import Logging
import Storage
import Synchronization
import WAClient
import WAProtocol

/// The lane's stage between its queue and the client: entries with a file wait here until the file is uploaded.
///
/// Only their chat waits with them (`ChatHolds`). What can be tried again is tried again, with growing pauses, until the lane
/// closes; the entry is in the database all the while, and so is what was uploaded (`MediaLibrary`), so a restart goes on where
/// this one was, and nothing is sent twice.
final class MediaStage: Sendable {
    /// How an entry fared.
    enum Outcome {
        /// These wait, for an upload of their own or of their chat.
        case held([String])
        case ready([(OutboxEntry, MessageContent)])
        /// Final: the file cannot be sent. What it held back may go.
        case failed(OutboxEntry, SendRefusal)
    }

    private struct State {
        var holds = ChatHolds()
        var contents: [String: MessageContent] = [:]
        var tasks: [String: Task<Void, Never>] = [:]
        /// Of entries that are not settled.
        var files: [String: OutgoingMedia] = [:]
        var isClosed = false
    }

    private let sessionID: String
    private let library: MediaLibrary
    private let upload: MediaLibrary.Upload
    private let outbox: OutboxStore
    private let database: any SQLDatabase
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state = Mutex(State())

    private static let pauses: [Duration] = [1, 2, 4, 8, 15, 30, 60].map { .seconds($0) }

    init(
        sessionID: String, library: MediaLibrary, outbox: OutboxStore, database: any SQLDatabase,
        clock: any Clock<Duration>, logger: Logger, upload: @escaping MediaLibrary.Upload
    ) {
        self.sessionID = sessionID
        self.library = library
        self.outbox = outbox
        self.database = database
        self.clock = clock
        self.logger = logger
        self.upload = upload
    }

    /// Takes what the queue hands out; `report` is told what may go, now and later, in each chat's order.
    func admit(_ entries: [OutboxEntry], report: @escaping @Sendable (Outcome) -> Void) {
        let (ready, toPrepare) = state.withLock { state in
            let (ready, toPrepare) = state.holds.admit(entries)
            let passed = Set(ready.map(\.messageID))
            let held = entries.map(\.messageID).filter { !passed.contains($0) }
            // Reported under the lock: none of them can be ready before it is known as held.
            if !held.isEmpty { report(.held(held)) }
            return (ready, toPrepare)
        }
        if !ready.isEmpty { report(.ready(ready.map { ($0, $0.content.messageContent) })) }
        for entry in toPrepare { start(entry, report) }
    }

    /// Ends what is under way; it begins anew with the next lane.
    func close() {
        let tasks = state.withLock { state in
            state.isClosed = true
            defer { state.tasks = [:] }
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
    }

    /// The message's fate is written down: its file has done its duty.
    func settled(_ messageID: String) {
        if let media = state.withLock({ $0.files.removeValue(forKey: messageID) }) { library.discard(media) }
    }

    private func start(_ entry: OutboxEntry, _ report: @escaping @Sendable (Outcome) -> Void) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.files[entry.messageID] = entry.content.media
            state.tasks[entry.messageID] = Task { await self.prepare(entry, report) }
        }
    }

    private func prepare(_ entry: OutboxEntry, _ report: @Sendable (Outcome) -> Void) async {
        guard let media = entry.content.media else { return }
        var attempt = 0
        while !Task.isCancelled {
            do {
                let prepared = try await library.prepare(media, for: sessionID, upload: upload)
                let content = entry.content.messageContent(with: .media(media.content(prepared)))
                try await database.write { [outbox] connection in
                    try outbox.messages.keep(
                        content.encoded, of: entry.messageID, in: entry.sessionID, on: connection)
                }
                return finish(entry) { state in
                    state.contents[entry.messageID] = content
                    return state.holds.prepared(entry)
                } report: { report(.ready($0)) }
            } catch let error as MediaError where error.isFinal {
                return await fail(entry, .mediaUnavailable, error, report)
            } catch let error as MediaUnavailable {
                return await fail(entry, .mediaUnavailable, error, report)
            } catch {
                logger.info("An upload is tried again", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
                try? await clock.sleep(for: Self.pauses[min(attempt, Self.pauses.count - 1)])
                attempt += 1
            }
        }
    }

    private func fail(
        _ entry: OutboxEntry, _ refusal: SendRefusal, _ error: any Error, _ report: @Sendable (Outcome) -> Void
    ) async {
        logger.warning("A file cannot be sent", metadata: ["error": "\(error)", "code": "\(refusal.code)"])
        while !Task.isCancelled {
            do {
                try await database.write { [outbox] connection in
                    try outbox.fail(entry.messageID, in: entry.sessionID, code: refusal.code, on: connection)
                }
                break
            } catch {
                try? await clock.sleep(for: .seconds(1))
            }
        }
        guard !Task.isCancelled else { return }
        report(.failed(entry, refusal))
        finish(entry) { $0.holds.dropped(entry) } report: { report(.ready($0)) }
    }

    /// Lets go what an entry's end sets free.
    private func finish(
        _ entry: OutboxEntry, _ change: @Sendable (inout State) -> [OutboxEntry],
        report: @Sendable ([(OutboxEntry, MessageContent)]) -> Void
    ) {
        // Reported under the lock: two entries of a chat, prepared at the same moment, must not overtake each other.
        state.withLock { state in
            state.tasks[entry.messageID] = nil
            guard !state.isClosed else { return }
            let ready = change(&state).map { entry in
                (entry, state.contents.removeValue(forKey: entry.messageID) ?? entry.content.messageContent)
            }
            if !ready.isEmpty { report(ready) }
        }
    }
}

extension MediaError {
    /// Whether trying again changes nothing.
    fileprivate var isFinal: Bool {
        switch self {
        case .tooLarge, .fileChanged: true
        case .refused(let status): status != 408 && status != 429
        case .unavailable, .corrupted, .spool: false
        }
    }
}
