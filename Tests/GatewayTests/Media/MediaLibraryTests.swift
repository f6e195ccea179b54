import Logging
import Synchronization
import TestSupport
import Testing
import WAClient
import WAProtocol

@testable import Gateway

@Suite("Uploads, and what is sent after them")
struct MediaLibraryTests {
    /// Counts who is there, and how many were at most.
    private final class Crowd: Sendable {
        private let counts = Mutex((now: 0, most: 0))

        var most: Int { counts.withLock { $0.most } }

        func change(by step: Int) {
            counts.withLock { counts in
                counts.now += step
                counts.most = max(counts.most, counts.now)
            }
        }
    }

    /// Counts uploads and answers as told.
    private final class Host: Sendable {
        private let answers: Mutex<[any Error]>
        private let seen = Mutex<[(byteCount: Int, kind: MediaKind)]>([])

        init(failing answers: [any Error] = []) { self.answers = Mutex(answers) }

        var count: Int { seen.withLock { $0.count } }

        func upload(_ file: SpooledMedia, _ kind: MediaKind) async throws -> MediaReference {
            seen.withLock { $0.append((file.byteCount, kind)) }
            if let error = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw error }
            return MediaReference(
                directPath: "/v/\(seen.withLock { $0.count })", mediaKey: [UInt8](repeating: 1, count: 32), fileSHA256: file.sha256,
                fileEncSHA256: [UInt8](repeating: 2, count: 32), byteCount: file.byteCount, keyTimestampSeconds: 1)
        }
    }

    private func withLane<R: Sendable>(
        _ host: Host, clock: any Clock<Duration> = ImmediateClock(),
        _ body: (Stores, MediaSpool, OutboxLane, FakeClient) async throws -> R
    ) async throws -> R {
        try await withTemporaryDirectory { folder in
            try await withStores { stores in
                let spool = MediaSpool(directory: folder + "/media", maximumByteCount: 1000)
                let client = FakeClient()
                let lane = OutboxLane(
                    sessionID: Stores.sessionID, waiting: 0, limit: 100, window: 16, store: stores.outbox, database: stores.database,
                    clock: ContinuousClock(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    media: stores.mediaStage(spool: spool, clock: clock, upload: { try await host.upload($0, $1) }),
                    transmit: { client.submit($0, $1) })
                let task = Task { await lane.run() }
                defer {
                    lane.giveUp()
                    task.cancel()
                }
                return try await body(stores, spool, lane, client)
            }
        }
    }

    private func image(_ bytes: String, in spool: MediaSpool) async throws -> OutgoingMedia {
        try await media(.image, bytes, calledType: "image/jpeg", in: spool)
    }

    private func media(
        _ kind: OutgoingMedia.Kind, _ bytes: String, calledType: String, in spool: MediaSpool
    ) async throws -> OutgoingMedia {
        let writer = try spool.open(.upload)
        try Array(bytes.utf8).withUnsafeBytes { try writer.write($0) }
        let file = try await writer.finish()
        spool.adopt(file.id)
        return OutgoingMedia(kind, file: .init(file), mimetype: calledType, caption: "x")
    }

    private func accept(_ id: String, _ content: OutgoingMessage, _ stores: Stores, _ lane: OutboxLane) async throws -> SendTicket {
        let ticket = try #require(try lane.reserve(id))
        let entry = OutboxEntry(
            sessionID: Stores.sessionID, messageID: id, chat: ChatID(.phone, "6281234567890"), content: content,
            acceptedAtMilliseconds: 1_782_372_000_000)
        lane.accepted(try await stores.accept(entry))
        return ticket
    }

    @Test("A file is uploaded before its message leaves, what follows waits, and the file goes with the answer")
    func uploads() async throws {
        let host = Host()
        try await withLane(host) { stores, spool, lane, client in
            let media = try await image("abc", in: spool)
            let ticket = try await accept("A", .media(media), stores, lane)
            _ = try await accept("B", .text(OutgoingText("after")), stores, lane)
            try await client.waitUntilGiven(2)
            #expect(client.givenIDs == ["A", "B"])
            guard case .media(let content)? = client.content(of: "A") else {
                Issue.record("no media")
                return
            }
            #expect(content.reference.directPath == "/v/1" && content.reference.byteCount == 3)
            #expect(content.caption == "x" && content.mimetype == "image/jpeg" && content.kind == .image)
            try await stores.record(.sendSettled(messageID: "A", .acknowledged(serverSeconds: 5)))
            client.answer("A", .acknowledged(serverSeconds: 5))
            #expect(await ticket.outcome(within: .seconds(60), clock: ContinuousClock()) == .acknowledged(serverSeconds: 5))
            #expect(MediaTool.read(spool.path(of: try #require(media.file).id), limit: 10) == nil)
        }
    }

    @Test("The same bytes are uploaded once, also when two ask at the same moment")
    func uploadsOnce() async throws {
        let host = Host()
        try await withLane(host) { stores, spool, lane, client in
            for id in ["A", "B", "C"] {
                _ = try await accept(id, .media(try await image("same", in: spool)), stores, lane)
            }
            try await client.waitUntilGiven(3)
            #expect(host.count == 1)
            _ = try await accept("D", .media(try await image("other", in: spool)), stores, lane)
            try await client.waitUntilGiven(4)
            #expect(host.count == 2)
        }
    }

    @Test("A voice note and a sticker are called by the one type phones show them with, if that is what they are", arguments: [
        (OutgoingMedia.Kind.voice, "OggS" + String(repeating: "\0", count: 24) + "OpusHead", "audio/ogg", "audio/ogg; codecs=opus"),
        (.sticker, "RIFF0000WEBPVP8 ", "image/png", "image/webp"),
        // What is something else and cannot be converted keeps its name.
        (.voice, "RIFF0000WAVE", "audio/wav", "audio/wav"),
        (.audio, "OggS" + String(repeating: "\0", count: 24) + "OpusHead", "audio/ogg", "audio/ogg"),
    ])
    func onlyTypes(kind: OutgoingMedia.Kind, bytes: String, called: String, shown: String) async throws {
        try await withLane(Host()) { stores, spool, lane, client in
            _ = try await accept("A", .media(try await media(kind, bytes, calledType: called, in: spool)), stores, lane)
            try await client.waitUntilGiven(1)
            guard case .media(let content)? = client.content(of: "A") else {
                Issue.record("no media")
                return
            }
            #expect(content.mimetype == shown)
        }
    }

    @Test("An upload that fails for now is tried again until it works")
    func triesAgain() async throws {
        let host = Host(failing: [MediaError.unavailable, ClientError.notConnected, MediaError.unavailable])
        try await withLane(host) { stores, spool, lane, client in
            _ = try await accept("A", .media(try await image("abc", in: spool)), stores, lane)
            try await client.waitUntilGiven(1)
            #expect(host.count == 4)
        }
    }

    @Test("An upload refused for good fails the message by name, and frees its chat")
    func refused() async throws {
        let host = Host(failing: [MediaError.refused(status: 413)])
        try await withLane(host) { stores, spool, lane, client in
            let ticket = try await accept("A", .media(try await image("abc", in: spool)), stores, lane)
            _ = try await accept("B", .text(OutgoingText("after")), stores, lane)
            #expect(await ticket.outcome(within: .seconds(60), clock: ContinuousClock()) == .refused(.mediaUnavailable))
            try await client.waitUntilGiven(1)
            #expect(client.givenIDs == ["B"])
            let page = try await stores.page()
            #expect(page.messages.first { $0.waMessageID.hasSuffix("A") }?.status == .failed)
            #expect(try await stores.waitingIDs() == ["B"])
        }
    }

    @Test("While no file of one chat can be uploaded the other chats go on, and closing waits for none of it",
        .timeLimit(.minutes(5)))
    func outage() async throws {
        let host = Host(failing: Array(repeating: MediaError.unavailable, count: 1_000_000))
        try await withLane(host, clock: ContinuousClock()) { stores, spool, lane, client in
            let media = try await image("abc", in: spool)
            // More than the lane's window of 16.
            for number in 0..<40 { _ = try await accept("M\(number)", .media(media), stores, lane) }
            let ticket = try #require(try lane.reserve("other"))
            lane.accepted(try await stores.accept(stores.entry("other", to: "628111111111")))
            try await client.waitUntilGiven(1)
            #expect(client.givenIDs == ["other"])
            client.answer("other", .acknowledged(serverSeconds: 1))
            #expect(await ticket.outcome(within: .seconds(60), clock: ContinuousClock()) != nil)
            lane.close()
            await lane.drain(atMost: .seconds(3600))
            #expect(client.givenIDs == ["other"])
        }
    }

    @Test("Work beyond the slots waits for its turn")
    func slots() async throws {
        let (slots, crowd) = (Slots(count: 2), Crowd())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    try await slots.run {
                        crowd.change(by: 1)
                        for _ in 0..<10 { await Task.yield() }
                        crowd.change(by: -1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most == 2)
    }

    @Test("A file that is gone fails its message instead of holding its chat for ever")
    func lost() async throws {
        try await withLane(Host()) { stores, spool, lane, client in
            let media = try await image("abc", in: spool)
            spool.remove(try #require(media.file).id)
            let ticket = try await accept("A", .media(media), stores, lane)
            #expect(await ticket.outcome(within: .seconds(60), clock: ContinuousClock()) == .refused(.mediaUnavailable))
        }
    }
}

/// A clock whose sleeps are over at once.
private struct ImmediateClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { try Task.checkCancellation() }
}
