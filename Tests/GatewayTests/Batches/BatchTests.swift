import Storage
import TestSupport
import Testing
import WAClient
import WAProtocol

@testable import Gateway

@Suite("Batches")
struct BatchTests {
    private static let people = ["628111111111@c.us", "628222222222@c.us", "628987654321@c.us"]

    private func batch(
        _ count: Int = 3, id: String? = "promo", pace: BatchPace = BatchPace(randomizesDelay: false),
        identity: RequestIdentity? = nil
    ) -> BatchRequest {
        let items = (0..<count).map { number in
            BatchItem(
                chatID: Self.people[number % Self.people.count],
                content: .message(.text(OutgoingText("item \(number)"))))
        }
        return BatchRequest(batchID: id, items: items, pace: pace, identity: identity)
    }

    private func report(_ live: LiveGateway, _ id: String = "promo") async throws -> BatchReport {
        try await live.gateway.batch(id, session: LiveGateway.session)
    }

    /// Looks at the rows until the batch is over; its last write is on its way.
    private func finished(_ live: LiveGateway, _ id: String = "promo") async throws -> BatchReport {
        try await askPatiently("the end of the batch") { try await report(live, id).status.isOver }
        return try await report(live, id)
    }

    private func texts(_ client: FakeClient) -> [String] { client.given.compactMap(\.content.text) }

    @Test("Items go one after another, each at its time, and a single send in between goes at once")
    func paces() async throws {
        try await withLiveGateway { live in
            let ticket = try await live.gateway.sendBatch(batch(), session: LiveGateway.session)
            #expect(ticket.totalMessages == 3)
            #expect(ticket.estimatedCompletionMilliseconds == live.clock.nowMilliseconds + 9_000)
            try await live.client.waitUntilGiven(1)
            try await live.acknowledge(live.client.givenIDs[0])
            try await live.clock.waitForSleeper(for: .seconds(3))
            let middle = try await report(live)
            #expect(middle.status == .processing)
            #expect(middle.results.map(\.status) == [.sent, .pending, .pending])
            #expect(middle.results.map(\.chatID) == Self.people)
            #expect(middle.progress == .init(total: 3, sent: 1, failed: 0, pending: 2, cancelled: 0))

            let single = SendRequest(chatID: "6281234567890@c.us", content: .text(OutgoingText("single")))
            _ = try await live.gateway.send(single, session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(2)
            #expect(texts(live.client) == ["item 0", "single"])

            for number in 1...2 {
                live.clock.advance(by: .seconds(3))
                try await live.client.waitUntilGiven(number + 2)
                try await live.acknowledge(live.client.givenIDs[number + 1])
                if number == 1 { try await live.clock.waitForSleeper(for: .seconds(3)) }
            }
            let end = try await finished(live)
            #expect(end.status == .completed)
            #expect(end.results.map(\.status) == [.sent, .sent, .sent])
            #expect(end.results[0].messageID == "true_628111111111@c.us_\(live.client.givenIDs[0])")
            #expect(end.results[0].sentAtMilliseconds == 1_782_372_111_000)
            #expect(end.startedAtMilliseconds != nil && end.completedAtMilliseconds != nil)
        }
    }

    @Test("An item with a hostile URL fails as blocked, and nothing connects", .timeLimit(.minutes(5)))
    func hostileURLs() async throws {
        let names = DestinationResolver { name in (HostileURLs.names[name] ?? []).compactMap { NetworkAddress($0) } }
        try await TestSite.serving { site in
            let urls = HostileURLs.all(port: site.port)
            try await withDatabase { database in
                try await withLiveGateway(on: database, destinations: names) { live in
                    for first in stride(from: 0, to: urls.count, by: 100) {
                        let items = urls[first..<min(first + 100, urls.count)].map { url in
                            var media = OutgoingMedia(.image)
                            media.url = url
                            return BatchItem(chatID: Self.people[0], content: .message(.media(media)))
                        }
                        let request = BatchRequest(
                            batchID: "hostile-\(first)", items: items,
                            pace: BatchPace(delayMilliseconds: 1_000, randomizesDelay: false))
                        _ = try await live.gateway.sendBatch(request, session: LiveGateway.session)
                        for _ in 1..<items.count {
                            try await live.clock.waitForSleeper(for: .seconds(1))
                            live.clock.advance(by: .seconds(1))
                        }
                        let end = try await finished(live, "hostile-\(first)")
                        #expect(end.status == .failed)
                        for (url, result) in zip(urls[first...], end.results) {
                            #expect(result.failure?.code == "SEND_BLOCKED", "\(url): \(String(describing: result.failure))")
                        }
                    }
                    #expect(live.client.given.isEmpty)
                }
            }
            #expect(site.connections == 0)
        }
    }

    @Test("Two batches each keep their own delay")
    func twoBatches() async throws {
        try await withLiveGateway { live in
            for (id, delay) in [("slow", 10_000), ("fast", 1_000)] {
                let pace = BatchPace(delayMilliseconds: delay, randomizesDelay: false)
                _ = try await live.gateway.sendBatch(batch(2, id: id, pace: pace), session: LiveGateway.session)
            }
            try await live.client.waitUntilGiven(2)
            for id in live.client.givenIDs { try await live.acknowledge(id) }
            try await live.clock.waitForSleeper(for: .seconds(1))
            try await live.clock.waitForSleeper(for: .seconds(10))
            live.clock.advance(by: .seconds(1))
            try await live.client.waitUntilGiven(3)
            try await live.acknowledge(live.client.givenIDs[2])
            #expect(try await finished(live, "fast").status == .completed)
            #expect(try await report(live, "slow").progress.pending == 1)
            live.clock.advance(by: .seconds(9))
            try await live.client.waitUntilGiven(4)
            try await live.acknowledge(live.client.givenIDs[3])
            #expect(try await finished(live, "slow").status == .completed)
        }
    }

    @Test("Cancelling stops at once, counts add up, and nothing goes afterwards")
    func cancels() async throws {
        try await withLiveGateway { live in
            _ = try await live.gateway.sendBatch(batch(), session: LiveGateway.session)
            try await live.client.waitUntilGiven(1)
            try await live.acknowledge(live.client.givenIDs[0])
            try await live.clock.waitForSleeper(for: .seconds(3))
            let cancelled = try await live.gateway.cancelBatch("promo", session: LiveGateway.session)
            #expect(cancelled.status == .cancelled)
            #expect(cancelled.results.map(\.status) == [.sent, .cancelled, .cancelled])
            #expect(cancelled.progress == .init(total: 3, sent: 1, failed: 0, pending: 0, cancelled: 2))
            #expect(cancelled.completedAtMilliseconds != nil)
            live.clock.advance(by: .seconds(60))
            let single = SendRequest(chatID: "6281234567890@c.us", content: .text(OutgoingText("single")))
            _ = try await live.gateway.send(single, session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(2)
            #expect(texts(live.client) == ["item 0", "single"])
            await #expect(throws: GatewayError.batchOver("promo", status: "cancelled")) {
                _ = try await live.gateway.cancelBatch("promo", session: LiveGateway.session)
            }
            await #expect(throws: GatewayError.batchNotFound("other")) {
                _ = try await live.gateway.cancelBatch("other", session: LiveGateway.session)
            }
        }
    }

    @Test("A batch that stops on errors ends with the first one and tries nothing more")
    func stopsOnError() async throws {
        try await withLiveGateway { live in
            let pace = BatchPace(randomizesDelay: false, stopsOnError: true)
            _ = try await live.gateway.sendBatch(batch(pace: pace), session: LiveGateway.session)
            try await live.client.waitUntilGiven(1)
            try await live.refuse(live.client.givenIDs[0], .notOnWhatsApp)
            let end = try await finished(live)
            #expect(end.status == .failed)
            #expect(end.results.map(\.status) == [.failed, .pending, .pending])
            #expect(end.results[0].failure?.code == "SEND_FAILED")
            #expect(end.results[0].failure?.message.contains("not on WhatsApp") == true)
            #expect(live.client.givenIDs.count == 1)
        }
    }

    @Test("Some failures leave a batch completed, nothing but failures make it failed")
    func finalStatus() async throws {
        try await withLiveGateway { live in
            for (id, refusals) in [("some", 1), ("all", 2)] {
                let before = live.client.givenIDs.count
                _ = try await live.gateway.sendBatch(batch(2, id: id), session: LiveGateway.session)
                for number in 0..<2 {
                    try await live.client.waitUntilGiven(before + number + 1)
                    let messageID = live.client.givenIDs[before + number]
                    if number < refusals {
                        try await live.refuse(messageID, .server(code: 500))
                    } else {
                        try await live.acknowledge(messageID)
                    }
                    guard number == 0 else { continue }
                    try await live.clock.waitForSleeper(for: .seconds(3))
                    live.clock.advance(by: .seconds(3))
                }
                #expect(try await finished(live, id).status == (refusals == 2 ? .failed : .completed))
            }
        }
    }

    @Test("An empty batch is completed at once; a taken id, too many batches and bad items are refused with nothing kept")
    func accepts() async throws {
        try await withLiveGateway({ $0.maximumBatches = 1 }) { live in
            _ = try await live.gateway.sendBatch(batch(0, id: "empty"), session: LiveGateway.session)
            #expect(try await finished(live, "empty").status == .completed)
            var bad = batch()
            bad.items[1].chatID = "nonsense"
            await #expect(throws: GatewayError.invalidChatID(field: "messages.1.chatId", given: "nonsense")) {
                _ = try await live.gateway.sendBatch(bad, session: LiveGateway.session)
            }
            await #expect(throws: GatewayError.batchNotFound("promo")) { _ = try await report(live) }
            // The empty one gives its place back a moment after its last write.
            try await askPatiently("the place of the empty batch") {
                do {
                    _ = try await live.gateway.sendBatch(batch(), session: LiveGateway.session)
                    return true
                } catch GatewayError.tooManyBatches {
                    return false
                }
            }
            await #expect(throws: GatewayError.tooManyBatches(limit: 1)) {
                _ = try await live.gateway.sendBatch(batch(id: "more"), session: LiveGateway.session)
            }
            await #expect(throws: GatewayError.sessionNotActive("nobody")) {
                _ = try await live.gateway.sendBatch(batch(), session: "nobody")
            }
            _ = try await live.gateway.cancelBatch("promo", session: LiveGateway.session)
        }
        try await withLiveGateway { live in
            _ = try await live.gateway.sendBatch(batch(), session: LiveGateway.session)
            await #expect(throws: GatewayError.batchIDTaken("promo")) {
                _ = try await live.gateway.sendBatch(batch(), session: LiveGateway.session)
            }
        }
    }

    @Test("The same request again is the same batch")
    func repeats() async throws {
        try await withLiveGateway { live in
            let identity = RequestIdentity(key: "bulk-1", fingerprint: String(repeating: "c", count: 64))
            let request = batch(id: nil, identity: identity)
            let first = try await live.gateway.sendBatch(request, session: LiveGateway.session)
            live.clock.advance(by: .seconds(1))
            let second = try await live.gateway.sendBatch(request, session: LiveGateway.session)
            #expect(second.isReplay)
            #expect(second.batchID == first.batchID)
            #expect(second.estimatedCompletionMilliseconds == first.estimatedCompletionMilliseconds)
        }
    }

    @Test("A logout fails what waits: another account must not send it")
    func loggedOut() async throws {
        try await withLiveGateway { live in
            _ = try await live.gateway.sendBatch(batch(), session: LiveGateway.session)
            try await live.client.waitUntilGiven(1)
            try await live.record(.loggedOut(reason: "test"))
            let end = try await report(live)
            #expect(end.status == .failed)
            #expect(end.results.map(\.status) == [.failed, .failed, .failed])
        }
    }

    @Test("Killed at any write, a batch goes on where it stopped: no item twice, none left out", arguments: 0..<16)
    func killed(atWrite number: Int) async throws {
        try await withDatabase { database in
            let pace = BatchPace(delayMilliseconds: 0, randomizesDelay: false)
            let clock = ManualClock()
            let before = FakeClient()
            try await withLiveGateway(on: database, clock: clock) { _ in }
            let mortal = MortalDatabase(database)
            try await withLiveGateway(on: mortal, clock: clock, client: before) { live in
                _ = try await live.gateway.sendBatch(batch(4, pace: pace), session: LiveGateway.session)
                mortal.die(afterWrites: number / 2, keepingTheLast: number % 2 == 1)
                // WhatsApp has whatever was given to it, and says so as long as anybody listens.
                for given in 1...4 {
                    guard try await before.isGiven(given, unless: { mortal.isDead }) else { break }
                    do { try await live.acknowledge(before.givenIDs[given - 1]) } catch { break }
                }
            }
            let after = FakeClient()
            try await withLiveGateway(on: database, clock: clock, client: after) { live in
                let answering = Task {
                    for given in 1...4 {
                        try await after.waitUntilGiven(given)
                        try await live.acknowledge(after.givenIDs[given - 1])
                    }
                }
                let end = try await finished(live)
                answering.cancel()
                #expect(end.status == .completed)
                #expect(end.results.allSatisfy { $0.status == .sent })
                let stored = try await live.messages()
                #expect(stored.map(\.body) == (0..<4).map { "item \($0)" })
            }
            // Sent again under the same id is the same message; a second id would be a second one.
            let ids = Set(before.givenIDs + after.givenIDs)
            #expect(ids.count == 4)
        }
    }
}
