import Foundation
import Storage
import StrictJSON
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

@Suite("Deliveries to webhooks")
struct WebhookDeliveryTests {
    @Test("An event arrives with the contract's headers and a body that its signature fits, over one connection")
    func arrives() async throws {
        try await WebhookCatcher.catching { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher) { $0.secret = "a plain secret, long enough" }
                for number in 1...5 {
                    try await live.record(Stores.text("hello \(number)", id: "3EB0A\(number)"))
                    try await catcher.wait(for: number)
                    // The connection is free for the next one.
                    try await live.settled(webhook, number, .delivered)
                }
                let first = catcher.requests[0]
                #expect(first.path == "/hook")
                #expect(first["Content-Type"] == "application/json")
                #expect(first["X-OpenWA-Event"] == "message.received")
                #expect(first["X-OpenWA-Retry-Count"] == "0")
                #expect(first["Host"] == "127.0.0.1:\(catcher.port)")
                let key = "msg_\(live.session.id)_false_6281234567890@c.us_3EB0A1_\(webhook.id)"
                #expect(first["X-OpenWA-Idempotency-Key"] == key)
                let body = try #require(first.object)
                #expect(body.members.map(\.name) == ["event", "timestamp", "sessionId", "idempotencyKey", "deliveryId", "data"])
                #expect(body["idempotencyKey"]?.string == key)
                #expect(body["deliveryId"]?.string == first["X-OpenWA-Delivery-Id"])
                #expect(
                    first["X-OpenWA-Signature"]
                        == WebhookSignature.openWA(secret: "a plain secret, long enough", body: first.body))
                #expect(catcher.connections == 1)
                // Written down with the delivery, known a moment later.
                try await askPatiently("the time of the last delivery") {
                    try live.gateway.webhook(webhook.id, of: LiveGateway.session).lastTriggeredAtMilliseconds != nil
                }
            }
        }
    }

    @Test("A failed attempt is repeated under the same ids after its wait, until the attempts are used up")
    func retries() async throws {
        try await WebhookCatcher.catching({ _, _ in .init(502) }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher)
                try await live.record(Stores.text("hello", id: "3EB0B1"))
                for attempt in 1...3 {
                    try await catcher.wait(for: attempt)
                    try await live.attempted(webhook, attempt)
                    live.clock.advance(by: .seconds(attempt == 1 ? 6 : 12))
                }
                try await live.settled(webhook, 1, .failed)
                let requests = catcher.requests
                #expect(requests.map { $0["X-OpenWA-Retry-Count"] } == ["0", "1", "2"])
                #expect(Set(requests.map(\.body)).count == 1)
                let failure = try #require(
                    try await live.gateway.deliveryFailures(sessions: nil, limit: 10, offset: 0).first)
                #expect(failure.attempts == 3)
                #expect(failure.lastStatus == 502)
                #expect(failure.lastError == "HTTP 502: Bad Gateway")
                #expect(failure.url == catcher.url())
                #expect(failure.isReplayable)
                let (_, attempts) = try await live.gateway.delivery(
                    of: try #require(failure.eventID), to: webhook.id, of: LiveGateway.session)
                #expect(attempts.map(\.number) == [1, 2, 3])
                #expect(attempts.allSatisfy { $0.status == 502 })
            }
        }
    }

    @Test("What failed is sent again on request, under the same key and a new delivery id, and is a failure no longer")
    func redriven() async throws {
        try await WebhookCatcher.catching({ _, number in .init(number < 2 ? 500 : 200) }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher) { $0.retryCount = 1 }
                for number in 1...2 { try await live.record(Stores.text("hello", id: "3EB0C\(number)")) }
                try await live.settled(webhook, 2, .failed)
                var order = RedriveOrder()
                order.limit = 1
                #expect(try await live.gateway.redrive(order) == RedriveReport(delivered: 1, remaining: 1))
                order.webhookID = "another"
                #expect(try await live.gateway.redrive(order) == RedriveReport())
                order.webhookID = webhook.id
                #expect(try await live.gateway.redrive(order) == RedriveReport(delivered: 1))
                #expect(try await live.gateway.deliveryFailures(sessions: nil, limit: 10, offset: 0).isEmpty)
                let requests = catcher.requests
                #expect(Set(requests.map { $0["X-OpenWA-Idempotency-Key"] }).count == 2)
                #expect(Set(requests.map { $0["X-OpenWA-Delivery-Id"] }).count == 4)
                // What was delivered is sent again too, when asked for.
                order.includesDelivered = true
                order.limit = 10
                #expect(try await live.gateway.redrive(order) == RedriveReport(delivered: 2))
            }
        }
    }

    @Test("What cannot be sent again any more does not stand in the way of what can")
    func redrivenBehindOthers() async throws {
        try await WebhookCatcher.catching({ _, number in .init(number < 4 ? 500 : 200) }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher) { $0.retryCount = 1 }
                for number in 1...3 { try await live.record(Stores.text("hello", id: "3EB0G\(number)")) }
                try await live.settled(webhook, 3, .failed)
                try await live.gateway.events.prune(before: live.clock.nowMilliseconds + 1)
                try await live.gateway.pruneDeliveries()
                live.clock.advance(by: .seconds(60))
                try await live.record(Stores.text("hello", id: "3EB0G4"))
                try await live.settled(webhook, 4, .failed)
                var order = RedriveOrder()
                order.limit = 1
                #expect(try await live.gateway.redrive(order) == RedriveReport(delivered: 1))
                #expect(catcher.requests.last?["X-OpenWA-Idempotency-Key"]?.contains("3EB0G4") == true)
            }
        }
    }

    @Test("Failures of some sessions are listed however many others there are, and an offset may be any")
    func listed() async throws {
        try await withStores { stores in
            try await stores.database.write { connection in
                for (session, seqs) in [("many", 1...12_000), ("few", 12_001...12_003)] as [(String, ClosedRange<Int64>)] {
                    try connection.execute(
                        """
                        WITH RECURSIVE n (seq) AS (SELECT $2 UNION ALL SELECT seq + 1 FROM n WHERE seq < $3)
                        INSERT INTO gateway_deliveries (webhook_id, seq, session_id, event, chat, id, delivery_id, state,
                            attempts, created_at, failed_at)
                        SELECT 'w', seq, $1, 'message.received', 'c', 'f' || seq, 'd', 'failed', 1, 1, 20000 - seq FROM n
                        """, [.text(session), .integer(seqs.lowerBound), .integer(seqs.upperBound)])
                }
            }
            func ids(_ sessions: Set<String>?, limit: Int = 2, offset: Int = 0) async throws -> [String] {
                try await stores.database.read {
                    try DeliveryStore.failures(limit: limit, offset: offset, sessions: sessions, on: $0)
                }.map(\.id)
            }
            #expect(try await ids(["few"]) == ["f12001", "f12002"])
            #expect(try await ids(["few", "none"], offset: 2) == ["f12003"])
            #expect(try await ids(nil, offset: 12_001) == ["f12002", "f12003"])
            #expect(try await ids([]).isEmpty)
            #expect(try await ids(nil, offset: .max).isEmpty)
        }
    }

    @Test("With an order kept, a chat waits for its first event, and other chats do not")
    func ordered() async throws {
        try await WebhookCatcher.catching({ request, number in
            .init(number == 0 ? 503 : 200)
        }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher) { $0.ordering = .chat }
                try await live.record(Stores.text("a1", id: "3EB0D1"))
                try await catcher.wait(for: 1)
                try await live.attempted(webhook, 1)
                try await live.record(Stores.text("a2", id: "3EB0D2"))
                try await live.record(Stores.text("b1", id: "3EB0D3", from: "628111111111"))
                try await catcher.wait(for: 2)
                try await live.settled(webhook, 1, .delivered)
                live.clock.advance(by: .seconds(6))
                try await catcher.wait(for: 4)
                #expect(catcher.requests.map(\.saidText) == ["a1", "b1", "a1", "a2"])
            }
        }
    }

    @Test("What was under way when the process ended is sent again under the same ids")
    func crash() async throws {
        try await WebhookCatcher.catching({ _, number in .init(stalls: number == 0) }) { catcher in
            try await withDatabase { database in
                var id = ""
                try await withWebhooks(on: database) { live in
                    id = try await live.hook(catcher).id
                    try await live.record(Stores.text("hello", id: "3EB0E1"))
                    try await catcher.wait(for: 1)
                }
                try await withWebhooks(on: database) { live in
                    let requests = try await catcher.wait(for: 2)
                    #expect(requests[0].body == requests[1].body)
                    #expect(requests[1]["X-OpenWA-Retry-Count"] == "0")
                    let webhook = try live.gateway.webhook(id, of: LiveGateway.session)
                    try await live.settled(webhook, 1, .delivered)
                }
            }
        }
    }

    @Test("An endpoint that never answers holds up nobody, and its attempt ends after ten seconds")
    func slow() async throws {
        try await WebhookCatcher.catching({ request, _ in .init(stalls: request.path == "/slow") }) { catcher in
            try await withWebhooks { live in
                let slow = try await live.hook(catcher, path: "/slow")
                let healthy = try await live.hook(catcher, path: "/healthy")
                for number in 1...20 { try await live.record(Stores.text("hello", id: "3EB0F\(number)")) }
                try await live.settled(healthy, 20, .delivered)
                #expect(catcher.requests.count { $0.path == "/slow" } <= 2)
                try await live.clock.waitForSleeper(for: .seconds(10))
                live.clock.advance(by: .seconds(10))
                try await live.attempted(slow, 1)
                let first = try await live.gateway.deliveries(
                    to: slow.id, of: LiveGateway.session, state: nil, before: nil, limit: 100
                ).first { $0.attempts == 1 }
                #expect(first?.lastError == "The endpoint did not answer in time")
            }
        }
    }

    @Test("An endpoint that says it is gone is switched off when asked for, and the others hear of it")
    func gone() async throws {
        try await WebhookCatcher.catching({ request, _ in .init(request.path == "/gone" ? 410 : 200) }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher, path: "/gone") { $0.disablesOnGone = true }
                let other = try await live.hook(catcher, path: "/other") { $0.events = ["webhook.disabled"] }
                try await live.record(Stores.text("hello", id: "3EB011"))
                try await live.settled(other, 1, .delivered)
                let told = try #require(catcher.requests.last?.object)
                #expect(told["event"]?.string == "webhook.disabled")
                let disabled = try live.gateway.webhook(webhook.id, of: LiveGateway.session)
                #expect(!disabled.isActive)
                #expect(disabled.disabledReason == .gone)
                try await live.settled(webhook, 1, .failed)
                try await live.record(Stores.text("hello again", id: "3EB012"))
                #expect(try await live.all(webhook).count == 1)
            }
        }
    }

    @Test("An endpoint that has failed for days is switched off when asked for")
    func failing() async throws {
        try await WebhookCatcher.catching({ _, _ in .init(500) }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher) {
                    $0.disableAfterDays = 2
                    $0.retryCount = 1
                }
                for day in 1...3 {
                    try await live.record(Stores.text("day \(day)", id: "3EB01\(day)"))
                    try await live.settled(webhook, day, .failed)
                    live.clock.advance(by: .seconds(86_400))
                }
                // Written down with the attempt, known a moment later.
                try await askPatiently("a webhook that is switched off") {
                    try live.gateway.webhook(webhook.id, of: LiveGateway.session).disabledReason != nil
                }
                let disabled = try live.gateway.webhook(webhook.id, of: LiveGateway.session)
                #expect(disabled.disabledReason == .failing)
            }
        }
    }

    @Test("Events that a webhook did not ask for, or that its filter stops, are no deliveries")
    func filtered() async throws {
        try await WebhookCatcher.catching { catcher in
            try await withWebhooks { live in
                let acks = try await live.hook(catcher, path: "/acks") { $0.events = ["message.ack"] }
                let texts = try await live.hook(catcher, path: "/texts") { draft in
                    draft.filter = .set(
                        try WebhookFilter([
                            JSONObject { json in
                                json.add("field", "body")
                                json.add("operator", "contains")
                                json.add("value", "please")
                            }
                        ]))
                }
                try await live.record(Stores.text("hello", id: "3EB021"))
                try await live.record(Stores.text("please", id: "3EB022"))
                try await live.settled(texts, 1, .delivered)
                #expect(catcher.requests.map(\.saidText) == ["please"])
                #expect(try await live.all(acks).isEmpty)
            }
        }
    }

    @Test("A webhook that is switched off, or gone, gets nothing more")
    func unwanted() async throws {
        try await WebhookCatcher.catching({ _, _ in .init(500) }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher)
                try await live.record(Stores.text("hello", id: "3EB031"))
                try await live.attempted(webhook, 1)
                var draft = WebhookDraft()
                draft.isActive = false
                _ = try await live.gateway.changeWebhook(webhook.id, draft, in: LiveGateway.session)
                live.clock.advance(by: .seconds(6))
                try await live.settled(webhook, 1, .dropped)
                #expect(catcher.requests.count == 1)
                try await live.gateway.deleteWebhook(webhook.id, in: LiveGateway.session)
                let rows = try await live.gateway.environment.database.read {
                    try $0.query("SELECT seq FROM gateway_deliveries").count
                }
                #expect(rows == 0)
            }
        }
    }

    @Test("An address inside is refused when a webhook is made, and at every attempt")
    func guarded() async throws {
        try await WebhookCatcher.catching { catcher in
            try await withLiveGateway { live in
                var draft = WebhookDraft()
                draft.url = catcher.url()
                await #expect(throws: GatewayError.destination(.notAllowed)) {
                    try await live.gateway.createWebhook(draft, in: LiveGateway.session)
                }
                let webhook = WebhookRecord(
                    id: "w", sessionID: live.session.id, url: catcher.url(), events: ["*"], headers: [], isActive: true,
                    retryCount: 1, ordering: .none, schedule: .standard, disablesOnGone: false, disableAfterDays: 0,
                    createdAtMilliseconds: 0, updatedAtMilliseconds: 0)
                try await live.gateway.environment.database.write { try WebhookStore.put(webhook, on: $0) }
                live.gateway.events.webhooks.put(webhook)
                try await live.record(Stores.text("hello", id: "3EB041"))
                try await live.settled(webhook, 1, .failed)
                #expect(try await live.all(webhook).first?.lastError == "Destination address is not allowed")
                #expect(catcher.connections == 0)
            }
        }
    }

    @Test("Redirects are failures and are not followed; a test says what the endpoint answers")
    func redirects() async throws {
        try await WebhookCatcher.catching({ request, _ in
            request.path == "/hook" ? .init(302, [("Location", "/elsewhere")]) : .init(200)
        }) { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher) { $0.retryCount = 1 }
                try await live.record(Stores.text("hello", id: "3EB051"))
                try await live.settled(webhook, 1, .failed)
                #expect(try await live.gateway.testWebhook(webhook.id, of: LiveGateway.session) == .answered(status: 302))
                #expect(catcher.requests.map(\.path) == ["/hook", "/hook"])
                let test = try #require(catcher.requests.last)
                #expect(test["X-OpenWA-Event"] == "test")
                let deliveryID = try #require(test["X-OpenWA-Delivery-Id"])
                #expect(test["X-OpenWA-Idempotency-Key"] == "test_\(deliveryID)_\(webhook.id)")
            }
        }
    }

    @Test("A message's file goes with it once it is here; what does not come is left out, and holds up nobody")
    func media() async throws {
        try await WebhookCatcher.catching { catcher in
            try await withWebhooks { live in
                let webhook = try await live.hook(catcher)
                let bytes = Array("a small picture".utf8)
                for id in ["3EB071", "3EB072"] { try await live.record(picture(bytes, id: id)) }
                try await live.record(Stores.text("hello", id: "3EB073"))
                try await catcher.wait(for: 1)
                #expect(catcher.requests[0].saidText == "hello")

                let shelf = live.gateway.mediaShelf
                let row = try #require(try await live.all(webhook).last)
                let event = try #require(try await live.gateway.events.event(row.seq))
                let key = InboundMedia.Key(sessionID: live.session.id, messageSeq: try #require(event.mediaRow))
                try await shelf.files.withPlace(for: String(repeating: "ab", count: 32)) { path in
                    try Data(bytes).write(to: URL(fileURLWithPath: path))
                }
                let now = live.clock.nowMilliseconds
                try await live.gateway.environment.database.write { connection in
                    try InboundMediaStore.markStored(key, nowMilliseconds: now, on: connection)
                    shelf.settles(key, on: connection)
                }
                try await catcher.wait(for: 2)
                // The other one still waits.
                try await live.clock.waitForSleeper(for: .seconds(30))
                live.clock.advance(by: .seconds(30))
                let requests = try await catcher.wait(for: 3)
                let inlined = requests[1].media
                #expect(inlined?["data"]?.string == Data(bytes).base64EncodedString())
                #expect(inlined?["mimetype"]?.string == "image/png")
                #expect(requests[2].media?["omitted"] == .boolean(true))
                #expect(requests[2].media?["sizeBytes"] == .number(.integer(15)))
            }
        }
    }

    private func picture(_ bytes: [UInt8], id: String) -> ClientEvent {
        let reference = MediaReference(
            directPath: "/v/\(id)", mediaKey: [UInt8](repeating: 1, count: 32),
            fileSHA256: [UInt8](repeating: 0xAB, count: 32), fileEncSHA256: [UInt8](repeating: 2, count: 32),
            byteCount: bytes.count, keyTimestampSeconds: 1_782_372_000)
        let content = MediaContent(kind: .image, reference: reference, mimetype: "image/png")
        let person = JID("6281234567890", .user)
        return .received(
            ReceivedMessage(
                chat: person, sender: person, isFromMe: false, id: id, timestampSeconds: 1_782_372_000, pushName: nil,
                content: .media(content), isFromOfflineQueue: false))
    }

    @Test("Deliveries go with their events, failures stay until their own time, and what still waits has failed")
    func retention() async throws {
        try await WebhookCatcher.catching({ request, _ in .init(request.path == "/good" ? 200 : 500) }) { catcher in
            try await withWebhooks { live in
                let good = try await live.hook(catcher, path: "/good")
                let bad = try await live.hook(catcher, path: "/bad") { $0.retryCount = 2 }
                try await live.record(Stores.text("hello", id: "3EB061"))
                try await live.settled(good, 1, .delivered)
                try await live.attempted(bad, 1)
                try await live.gateway.events.prune(before: live.clock.nowMilliseconds + 1)
                try await live.gateway.pruneDeliveries()
                #expect(try await live.all(good).isEmpty)
                let failure = try #require(
                    try await live.gateway.deliveryFailures(sessions: nil, limit: 10, offset: 0).first)
                #expect(!failure.isReplayable)
                #expect(try await live.gateway.redrive(RedriveOrder()) == RedriveReport())
                var named = RedriveOrder()
                named.ids = [failure.id, failure.id, "unknown"]
                #expect(try await live.gateway.redrive(named) == RedriveReport(skipped: 2))
                live.clock.advance(by: .seconds(91 * 86_400))
                try await live.gateway.pruneDeliveries()
                #expect(try await live.all(bad).isEmpty)
            }
        }
    }
}

/// A live gateway whose webhooks may be on the loopback.
private func withWebhooks(
    on database: (any SQLDatabase)? = nil, _ body: (LiveGateway) async throws -> Void
) async throws {
    let change: (inout GatewayConfiguration) -> Void = { $0.allowedDestinations = ["127.0.0.1"] }
    if let database { return try await withLiveGateway(on: database, change, body) }
    try await withLiveGateway(change, body)
}

extension LiveGateway {
    fileprivate func hook(
        _ catcher: WebhookCatcher, path: String = "/hook", _ change: (inout WebhookDraft) throws -> Void = { _ in }
    ) async throws -> WebhookRecord {
        var draft = WebhookDraft()
        draft.url = catcher.url(path)
        try change(&draft)
        return try await gateway.createWebhook(draft, in: Self.session)
    }

    func all(_ webhook: WebhookRecord) async throws -> [DeliveryRecord] {
        try await gateway.deliveries(to: webhook.id, of: Self.session, state: nil, before: nil, limit: 1_000)
    }

    /// Waits until so many of a webhook's deliveries are in this state.
    func settled(_ webhook: WebhookRecord, _ count: Int, _ state: DeliveryRecord.State) async throws {
        try await askPatiently("\(count) deliveries that are \(state)") {
            try await all(webhook).count { $0.state == state } >= count
        }
    }

    /// Waits until an attempt of this number is written down.
    func attempted(_ webhook: WebhookRecord, _ number: Int) async throws {
        try await askPatiently("attempt \(number)") { try await all(webhook).contains { $0.attempts >= number } }
    }
}

extension WebhookCatcher.Request {
    fileprivate var object: JSONObject? {
        guard case .object(let object)? = try? JSONReader.read(body) else { return nil }
        return object
    }

    fileprivate var media: JSONObject? {
        guard case .object(let data)? = object?["data"], case .object(let media)? = data["media"] else { return nil }
        return media
    }

    fileprivate var saidText: String? {
        guard case .object(let data)? = object?["data"] else { return nil }
        return data["body"]?.string
    }
}
