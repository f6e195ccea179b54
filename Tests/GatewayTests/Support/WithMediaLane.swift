import Logging
import Storage
import Synchronization
import TestSupport
import WABinary
import WACrypto
import WAClient
import WAProtocol

@testable import Gateway

/// A session's lane for received files over fresh stores, a folder and a clock of a test's own; WhatsApp is a script.
struct MediaLaneFixture: Sendable {
    let stores: Stores
    let shelf: MediaShelf
    let clock: ManualClock
    let hosts: ScriptedHosts
    let directory: String

    /// A message with a file arrives.
    ///
    /// - Returns: The message's row.
    @discardableResult
    func receive(
        _ bytes: [UInt8], id: String, mediaKey: UInt8 = 7, kind: MediaKind = .image, byteCount: Int? = nil,
        mimetype: String = "image/jpeg", filename: String? = nil, chat: JID = JID("6281234567890", .user)
    ) async throws -> Int64 {
        let reference = MediaReference(
            directPath: "/v/\(id)", mediaKey: [UInt8](repeating: mediaKey, count: 32), fileSHA256: Digest.sha256(bytes),
            fileEncSHA256: Digest.sha256(bytes + [mediaKey]), byteCount: byteCount ?? bytes.count, keyTimestampSeconds: 1)
        hosts.put(bytes, at: reference.directPath)
        let message = ReceivedMessage(
            chat: chat, sender: JID("6281234567890", .user), isFromMe: false, id: id, timestampSeconds: 1_782_372_000,
            pushName: nil,
            content: .media(MediaContent(kind: kind, reference: reference, mimetype: mimetype, filename: filename)),
            isFromOfflineQueue: false)
        try await stores.database.write { connection in
            try recording.record(.received(message), on: connection)
        }
        return try await stores.database.read { connection in
            try connection.query("SELECT MAX(seq) AS seq FROM gateway_messages").first?.integer("seq") ?? 0
        }
    }

    private var recording: ClientRecording {
        var recording = stores.recording
        recording.media = InboundMediaRecording(limits: shelf.limits) { hosts.lane.withLock { $0 }?.wake() }
        return recording
    }

    func media(_ row: Int64) async throws -> InboundMedia? {
        let key = InboundMedia.Key(sessionID: Stores.sessionID, messageSeq: row)
        return try await stores.database.read { try InboundMediaStore.media(of: key, on: $0) }
    }

    /// Waits until the file's fate is known.
    func settled(_ row: Int64) async throws -> StoredMedia? {
        try await shelf.settledMedia(of: row, in: Stores.sessionID, waiting: .seconds(60), clock: ContinuousClock())
    }

    func environment() -> GatewayEnvironment {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = ClientEnvironment(
            openLink: { _, _ in throw ClientError.unreachable("this test has no WhatsApp") }, clock: clock,
            nowMilliseconds: { [clock] in clock.nowMilliseconds }, logger: logger)
        return GatewayEnvironment(database: stores.database, client: client, logger: logger, mediaTool: nil)
    }

    /// Runs a lane for the length of `body`; then it is gone as if killed.
    func withLane(_ body: () async throws -> Void) async throws {
        let lane = InboundMediaLane(
            sessionID: Stores.sessionID,
            client: InboundMediaLane.Client(
                download: { reference, _, path, _ in try await hosts.download(reference, to: path) },
                requestReupload: { key, _ in try hosts.uploadAgain(key) }, waitUntilConnected: {}),
            shelf: shelf, environment: environment())
        hosts.lane.withLock { $0 = lane }
        let running = Task { await lane.run() }
        defer {
            running.cancel()
            hosts.lane.withLock { $0 = nil }
        }
        try await body()
        running.cancel()
        await running.value
    }
}

/// Media hosts and a phone that do as they are told.
final class ScriptedHosts: Sendable {
    enum Fault: Sendable {
        case throwing(MediaError)
        case offline
        case gone
        /// Never answers.
        case stalls
    }

    private struct State {
        var files: [String: [UInt8]] = [:]
        var faults: [Fault] = []
        var fault: Fault?
        var downloads: [String] = []
        var atOnce = 0
        var mostAtOnce = 0
        var phone: [Result<String, ReuploadError>] = []
        var asked: [MessageKey] = []
    }

    private let state = Mutex(State())
    let lane = Mutex<InboundMediaLane?>(nil)

    var downloads: [String] { state.withLock { $0.downloads } }
    var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }
    var asked: [MessageKey] { state.withLock { $0.asked } }

    func put(_ bytes: [UInt8], at path: String) { state.withLock { $0.files[path] = bytes } }
    func remove(_ path: String) { state.withLock { $0.files[path] = nil } }
    /// The next downloads fail so, one after the other.
    func fail(_ faults: Fault...) { state.withLock { $0.faults += faults } }
    /// All fail so from now on; nil: none.
    func failAll(_ fault: Fault?) { state.withLock { $0.fault = fault } }
    func phoneAnswers(_ answers: Result<String, ReuploadError>...) { state.withLock { $0.phone += answers } }

    func download(_ reference: MediaReference, to path: String) async throws -> MediaDownload {
        let (fault, bytes) = state.withLock { state in
            state.downloads.append(reference.directPath)
            state.atOnce += 1
            state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
            let fault = state.faults.isEmpty ? state.fault : state.faults.removeFirst()
            return (fault, state.files[reference.directPath])
        }
        defer { state.withLock { $0.atOnce -= 1 } }
        switch fault {
        case .throwing(let error)?: throw error
        case .offline?: throw ClientError.notConnected
        case .stalls?: try await Task.sleep(for: .seconds(600))
        case .gone?: return .expired
        case nil: break
        }
        guard let bytes else { return .expired }
        await Task.yield()
        try writeFile(bytes, at: path)
        return .complete
    }

    func uploadAgain(_ key: MessageKey) throws -> String {
        try state.withLock { state in
            state.asked.append(key)
            return try state.phone.isEmpty ? "/v/\(key.id)" : state.phone.removeFirst().get()
        }
    }
}

func withMediaLane(
    _ change: (inout InboundMediaLimits) -> Void = { _ in }, _ body: (MediaLaneFixture) async throws -> Void
) async throws {
    var limits = InboundMediaLimits()
    change(&limits)
    try await withTemporaryDirectory { folder in
        try await withStores { stores in
            let shelf = MediaShelf(database: stores.database, directory: folder + "/received", limits: limits)
            try await body(
                MediaLaneFixture(
                    stores: stores, shelf: shelf, clock: ManualClock(startMilliseconds: 1_782_372_060_000), hosts: ScriptedHosts(),
                    directory: folder + "/received"))
        }
    }
}
