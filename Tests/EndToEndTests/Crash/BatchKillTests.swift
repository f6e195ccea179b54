import Foundation
import Testing

/// The gateway is killed at random moments while a batch is under way.
///
/// `OPENWA_BATCH` says how many items the batch has (6), `OPENWA_KILLS` how often (3), `OPENWA_SEED` repeats a run.
@Suite("Batches of killed gateways", .serialized, .timeLimit(.minutes(30)))
struct BatchKillTests {
    private static let recipient = CrashScene.recipients[0]

    @Test("After kill -9 at random moments every item is on the phone once, in the order given, and the batch is completed")
    func killed() async throws {
        let run = CrashSeed(standardKillCount: 3)
        let batch = BatchToSend(
            count: ProcessInfo.processInfo.environment["OPENWA_BATCH"].flatMap(Int.init) ?? 6, to: Self.recipient)
        let repeatCommand = run.command("BatchKillTests/killed", settings: "OPENWA_BATCH=\(batch.captions.count) ")
        print(repeatCommand)
        try await withCrashScene { scene in
            let id = try await scene.send(batch)
            // Half of the acknowledgements never come, so that many kills find an item on its way.
            let silence = ["withheldAcks": 500, "recoveryMilliseconds": 600_000]
            _ = try await scene.simulator.control.put("/faults", silence).successful()
            let kills = try await KillPlan(seed: run.seed, count: run.killCount) {
                try await scene.waitForNextItem(of: batch.captions.count)
            }.carryOut(on: scene)
            _ = try await scene.simulator.control.delete("/faults").successful()
            // What is still without its acknowledgement is sent again by the next start.
            await scene.gateway.crash()
            try await scene.gateway.start()
            let report = try await scene.finished(id)
            let inbox = try await scene.inbox(of: Self.recipient, count: batch.captions.count)
            let killsInTime = kills.count { $0 < report.completed ?? .distantPast }

            #expect(report.status == "completed" && killsInTime > 0, "\(repeatCommand)")
            let count = batch.captions.count
            #expect(report.progress == .init(total: count, sent: count, failed: 0, pending: 0, cancelled: 0), "\(repeatCommand)")
            #expect(inbox.map(\.text) == batch.captions, "\(repeatCommand)")
            #expect(inbox.allSatisfy { $0.copyCount == 1 && $0.retryCount == 0 }, "\(repeatCommand)")
            #expect(inbox.map { $0.media != nil } == batch.captions.indices.map(BatchToSend.isImage), "\(repeatCommand)")
            #expect(
                report.results.map(\.messageId) == inbox.map { "true_\(Self.recipient)@c.us_\($0.id)" }, "\(repeatCommand)")
            #expect(try await scene.simulator.violations() == [], "\(repeatCommand)")
            let counters = try await scene.simulator.counters()
            #expect(counters.registrations == 1 && counters.messagesUndecryptable == 0, "\(repeatCommand)")
            #expect(counters.retriesRequested == 0, "\(repeatCommand)")
            print(
                "\(count) items of a batch, \(kills.count) kills, \(killsInTime) of them before it was over;",
                "\(counters.repeatedMessages) repeated stanzas")
        }
    }

    @Test("A message sent while a batch waits for its next item goes out at once")
    func between() async throws {
        try await withCrashScene { scene in
            let batch = BatchToSend(count: 2, to: Self.recipient, delayMilliseconds: 60_000)
            let id = try await scene.send(batch)
            _ = try await scene.inbox(of: Self.recipient, count: 1)
            let api = try #require(try await scene.gateway.listening())
            let message = ["chatId": Self.recipient + "@c.us", "text": "in between"]
            _ = try await api.post("/sessions/\(scene.session)/messages/send-text", message).successful()
            let inbox = try await scene.inbox(of: Self.recipient, count: 2)
            #expect(inbox.map(\.text) == [batch.captions[0], "in between"])
            #expect(try await scene.report(id).progress == .init(total: 2, sent: 1, failed: 0, pending: 1, cancelled: 0))
        }
    }
}

/// What `send-bulk` is given: texts and small images in turn, all to one person.
private struct BatchToSend: Encodable {
    struct Item: Encodable {
        struct Content: Encodable {
            struct Image: Encodable {
                let base64: String
                let mimetype: String
            }

            var text: String?
            var image: Image?
            var caption: String?
        }

        let chatId: String
        let type: String
        let content: Content
    }

    struct Options: Encodable {
        let delayBetweenMessages: Int
        let randomizeDelay = false
    }

    let messages: [Item]
    let options: Options
    /// What the phone shows of each, in this order.
    var captions: [String] { messages.map { $0.content.text ?? $0.content.caption ?? "" } }

    static func isImage(_ index: Int) -> Bool { !index.isMultiple(of: 2) }

    init(count: Int, to number: String, delayMilliseconds: Int = 1_000) {
        messages = (0..<count).map { index in
            let words = "item \(index)"
            // Nobody has uploaded these bytes before; what follows a picture's end is not looked at.
            let picture = Data(SampleFile.all[0].bytes + Array(words.utf8)).base64EncodedString()
            return Item(
                chatId: number + "@c.us", type: Self.isImage(index) ? "image" : "text",
                content: Self.isImage(index)
                    ? .init(image: .init(base64: picture, mimetype: "image/jpeg"), caption: words) : .init(text: words))
        }
        options = Options(delayBetweenMessages: delayMilliseconds)
    }
}

private struct BatchState: Decodable {
    struct Progress: Decodable, Equatable {
        let total: Int
        let sent: Int
        let failed: Int
        let pending: Int
        let cancelled: Int
    }

    struct Result: Decodable {
        let status: String
        let messageId: String?
    }

    let status: String
    let progress: Progress
    let results: [Result]
    let completedAt: String?

    var completed: Date? {
        completedAt.flatMap { try? Date($0, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
    }
}

extension CrashScene {
    /// Returns the batch's name.
    fileprivate func send(_ batch: BatchToSend) async throws -> String {
        struct Ticket: Decodable { let batchId: String }
        let api = try #require(try await gateway.listening())
        let answer = try await api.post("/sessions/\(session)/messages/send-bulk", batch).successful()
        return try answer.decoded(as: Ticket.self).batchId
    }

    /// Waits until one more item of so many is accepted, which is when it is about to leave, but not for long: the last
    /// one may never be acknowledged.
    fileprivate func waitForNextItem(of count: Int) async throws {
        let api = try #require(try await gateway.listening())
        let before = try await storedCount(direction: "outgoing", through: api)
        do {
            try await eventually("The next item of the batch", within: .seconds(1), every: .milliseconds(2)) { _ in
                let now = try await storedCount(direction: "outgoing", through: api)
                return now > before || now == count ? () : nil
            }
        } catch is NeverHappened {}
    }

    fileprivate func report(_ batch: String) async throws -> BatchState {
        let api = try #require(try await gateway.listening())
        return try await api.get("/sessions/\(session)/messages/batch/\(batch)").successful().decoded()
    }

    /// What is said of the batch once it is over.
    fileprivate func finished(_ batch: String) async throws -> BatchState {
        try await eventually("The end of the batch", within: .seconds(300)) { last in
            let report = try await report(batch)
            last = "\(report.status), \(report.progress)"
            return ["pending", "processing"].contains(report.status) ? nil : report
        }
    }

    /// What the person's phone shows from us, once it is as much as expected and every file is there.
    fileprivate func inbox(of number: String, count: Int) async throws -> [SimulatorProcess.InboxPage.Message] {
        try await eventually("\(count) messages on the phone") { last in
            let inbox = try await simulator.inbox(of: number).filter { !$0.isFromMe }
            last = "\(inbox.count) messages"
            return inbox.count >= count && inbox.allSatisfy { $0.media.map { $0.state == "downloaded" } ?? true } ? inbox : nil
        }
    }
}
