import NIOHTTP1
import StrictJSON
import Testing

@testable import Gateway

@Suite("Signatures of webhooks")
struct WebhookSignatureTests {
    @Test("are those of the Standard Webhooks reference, and of the contract")
    func vectors() {
        // The published example of Standard Webhooks (and of Svix before it).
        let signature = WebhookSignature.standard(
            secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestampSeconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        // RFC 4231, test case 2.
        #expect(
            WebhookSignature.openWA(secret: "Jefe", body: Array("what do ya want for nothing?".utf8))
                == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test(
        "What begins like a standard key must be one that every library decodes",
        arguments: [
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true), ("whsec_c2VjcmV0LXNlY3JldC0xMg==", true),
            ("whsec_c2VjcmV0LXNlY3JldC0xMg", false), ("whsec_c2VjcmV0LXNlY3JldC0xMh==", false),
            ("whsec_c2Vj cmV0LXNlY3JldC0x", false), ("whsec_c2Vjc-V0LXNlY3JldC0x", false), ("whsec_", false),
            ("whsec_===============", false), ("whsec_übermäßig-lang", false), ("a plain secret, long enough", true),
            ("WHSEC_no standard", true),
        ])
    func readable(secret: String, isReadable: Bool) {
        #expect(WebhookSignature.isReadable(secret) == isReadable)
    }

    @Test("A plain secret signs as its bytes, and where it can be base64 as that too")
    func plainSecrets() {
        #expect(WebhookSignature.keys(of: "whsec_c2VjcmV0LXNlY3JldC0xMg==") == [Array("secret-secret-12".utf8)])
        #expect(WebhookSignature.keys(of: "seventeen letters") == [Array("seventeen letters".utf8)])
        let both = WebhookSignature.keys(of: "c2VjcmV0LXNlY3JldC0xMg==")
        #expect(both == [Array("c2VjcmV0LXNlY3JldC0xMg==".utf8), Array("secret-secret-12".utf8)])
    }
}

@Suite("Filters of webhooks")
struct WebhookFilterTests {
    private func filter(_ field: String, _ comparison: String, _ value: JSONValue, caseSensitive: Bool? = nil) throws -> WebhookFilter {
        try WebhookFilter([
            JSONObject { json in
                json.add("field", field)
                json.add("operator", comparison)
                json.add("value", value)
                json.add("caseSensitive", caseSensitive)
            }
        ])
    }

    private func event(_ name: EventName = .messageReceived, _ build: (inout JSONMembers) -> Void) -> GatewayEvent {
        GatewayEvent(
            sessionID: "s", name: name, occurredAtMilliseconds: 1, identity: "i", data: JSONObject(building: build))
    }

    private var groupMessage: GatewayEvent {
        event { json in
            json.add("from", "120363021234567890@g.us")
            json.add("author", "6281234567890@c.us")
            json.add("to", "6285500000001@c.us")
            json.add("chatId", "120363021234567890@g.us")
            json.add("body", "Hello There")
            json.add("type", "image")
            json.add("isGroup", true)
            json.add("mentionedIds", ["6285500000001@c.us"])
            json.add("media") { $0.add("mimetype", "image/png") }
        }
    }

    private static func list(_ texts: String...) -> JSONValue { .array(texts.map(JSONValue.string)) }

    @Test("look at the fields the contract names")
    func fields() throws {
        #expect(try filter("sender", "is", Self.list("+62 812 3456 7890")).passes(groupMessage))
        #expect(try !filter("sender", "is", Self.list("120363021234567890@g.us")).passes(groupMessage))
        #expect(try filter("recipient", "isNot", Self.list("628111111111")).passes(groupMessage))
        #expect(try filter("chatId", "is", Self.list("628111111111", "120363021234567890@g.us")).passes(groupMessage))
        #expect(try filter("mentions", "is", Self.list("6285500000001@s.whatsapp.net")).passes(groupMessage))
        #expect(try !filter("mentions", "isNot", Self.list("6285500000001")).passes(groupMessage))
        #expect(try filter("body", "contains", .string("hello")).passes(groupMessage))
        #expect(try !filter("body", "contains", .string("hello"), caseSensitive: true).passes(groupMessage))
        #expect(try filter("body", "equals", .string("hello there")).passes(groupMessage))
        #expect(try filter("type", "isNot", Self.list("text")).passes(groupMessage))
        #expect(try filter("isGroup", "is", .boolean(true)).passes(groupMessage))
        #expect(try filter("fromMe", "is", .boolean(false)).passes(groupMessage))
        #expect(try filter("hasMedia", "is", .boolean(true)).passes(groupMessage))
    }

    @Test("suppress what a message does not say, and let other events pass")
    func absent() throws {
        let ack = event(.messageAck) { $0.add("chatId", "6281234567890@c.us") }
        #expect(try !filter("sender", "is", Self.list("6281234567890")).passes(ack))
        #expect(try filter("sender", "isNot", Self.list("6281234567890")).passes(ack))
        #expect(try !filter("body", "contains", .string("x")).passes(ack))
        #expect(try filter("hasMedia", "is", .boolean(false)).passes(ack))
        #expect(try filter("sender", "is", Self.list("6281234567890")).passes(event(.sessionStatus) { _ in }))
    }

    @Test("refuse operators and values that do not fit the field")
    func refused() throws {
        let long = JSONValue.string(String(repeating: "x", count: 1_001))
        let many = JSONValue.array((0...100).map { .string("\($0)") })
        let cases: [(String, String, JSONValue)] = [
            ("sender", "contains", .string("x")), ("body", "is", Self.list("x")), ("body", "contains", long),
            ("isGroup", "isNot", .boolean(true)), ("isGroup", "is", .string("true")), ("type", "is", .array([])),
            ("type", "is", many), ("sender", "is", .array([.number(.integer(1))])), ("colour", "is", Self.list("x")),
        ]
        for (field, comparison, value) in cases {
            #expect(throws: GatewayError.self, "\(field) \(comparison)") { try filter(field, comparison, value) }
        }
        let kept = try filter("body", "contains", .string("Hi"), caseSensitive: true)
        #expect(WebhookFilter(stored: kept.json.json) == kept)
    }
}

@Suite("When deliveries are tried again")
struct RetryScheduleTests {
    private func waits(_ schedule: RetrySchedule) -> [Int64] {
        var random = SystemRandomNumberGenerator()
        return (1...20).mapWhile { schedule.wait(after: $0, retryAfterSeconds: nil, using: &random).map { $0 / 1000 } }
    }

    @Test("The contract's attempts, doubled each time and a little later; then, if asked for, for days")
    func schedule() {
        let standard = waits(RetrySchedule(.fixture(retryCount: 5), baseMilliseconds: 5_000))
        #expect(standard.count == 4)
        for (wait, planned) in zip(standard, [5, 10, 20, 40] as [Int64]) { #expect((planned...planned * 11 / 10).contains(wait)) }
        #expect(waits(RetrySchedule(.fixture(retryCount: 0), baseMilliseconds: 5_000)).isEmpty)
        #expect(waits(RetrySchedule(.fixture(retryCount: 1), baseMilliseconds: 5_000)).isEmpty)
        let extended = waits(RetrySchedule(.fixture(retryCount: 2, schedule: .extended), baseMilliseconds: 5_000))
        #expect(extended.count == 9)
        #expect(extended.reduce(0, +) > 3 * 86_400)
    }

    @Test("An endpoint's Retry-After is heeded, in seconds and as a date, up to an hour")
    func retryAfter() {
        var random = SystemRandomNumberGenerator()
        let schedule = RetrySchedule(.fixture(retryCount: 3), baseMilliseconds: 5_000)
        for (asked, expected) in [(60, 60), (2, 5), (1_000_000, 3_600)] as [(Int64, Int64)] {
            let wait = schedule.wait(after: 1, retryAfterSeconds: asked, using: &random) ?? 0
            #expect((expected * 1000...expected * 1_101).contains(wait))
        }
        let now: Int64 = 784_111_777_000
        #expect(RetryAfter.seconds("120", nowMilliseconds: now) == 120)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:50:07 GMT", nowMilliseconds: now) == 30)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:00:00 GMT", nowMilliseconds: now) == 0)
        for junk in ["", "soon", "Sun, 06 Foo 1994 08:50:07 GMT", "1e3"] {
            #expect(RetryAfter.seconds(junk, nowMilliseconds: now) == nil)
        }
    }
}

extension Sequence {
    fileprivate func mapWhile<R>(_ transform: (Element) -> R?) -> [R] {
        var results: [R] = []
        for element in self {
            guard let result = transform(element) else { break }
            results.append(result)
        }
        return results
    }
}

@Suite("Which deliveries start")
struct DeliveryPlanTests {
    private func due(_ seqs: ClosedRange<Int64>, media: Int64? = nil) -> [DeliveryStore.Due] {
        seqs.map { DeliveryStore.Due(seq: $0, deliveryID: "dlv_\($0)", attempts: 0, mediaRow: media, dueAtMilliseconds: 0) }
    }

    private func result(_ key: DeliveryKey, _ outcome: DeliveryResult.Outcome, slow: Bool = false) -> DeliveryResult {
        DeliveryResult(
            key: key, deliveryID: "", url: "", startedAtMilliseconds: 0, durationMilliseconds: slow ? 10_000 : 1,
            outcome: outcome)
    }

    private func keys(_ starts: [DeliveryPlan.Start]) -> [DeliveryKey] {
        starts.map { switch $0 { case .send(let key, _), .prepare(let key, _): key } }
    }

    private func plan(concurrency: Int = 8, _ webhooks: [String]) -> DeliveryPlan {
        var settings = WebhookSettings()
        settings.concurrency = concurrency
        settings.concurrencyPerEndpoint = 4
        var plan = DeliveryPlan(settings)
        for id in webhooks { plan.touch(id, url: "http://\(id)") }
        return plan
    }

    @Test("Webhooks take turns, and dead endpoints leave half of all places to the living")
    func fairness() {
        var plan = plan(["a", "b", "c", "d", "e"])
        for id in ["a", "b", "c", "d", "e"] { plan.found(due(1...64), for: id, limit: 64, atMilliseconds: 1) }
        let first = keys(plan.starts(atMilliseconds: 1))
        #expect(first.count == 4)
        #expect(Set(first.map(\.webhookID)) == ["a", "b", "c", "d"])
        // One endpoint lives: its window opens, beside the others that still hang.
        var delivered = first[0]
        for _ in 0..<6 {
            plan.ended(result(delivered, .answered(status: 200, reason: "OK", retryAfterSeconds: nil)))
            let next = keys(plan.starts(atMilliseconds: 1)).filter { $0.webhookID == "a" }
            if let key = next.first { delivered = key }
        }
        let more = keys(plan.starts(atMilliseconds: 1))
        #expect(more.allSatisfy { $0.webhookID == "a" })
    }

    @Test("A window opens with success, and closes to one when an endpoint hangs")
    func window() {
        var window = EndpointWindow(maximum: 16)
        for _ in 0..<40 {
            window.started(atMilliseconds: 1)
            window.succeeded()
        }
        #expect(window.width == 16)
        for _ in 0..<5 {
            window.started(atMilliseconds: 1)
            window.failed(isSlow: true)
        }
        #expect(window.width == 1)
        #expect(!window.mayStart(atMilliseconds: 2))
        #expect(window.mayStart(atMilliseconds: 51))
        window.started(atMilliseconds: 60)
        window.succeeded()
        #expect(window.mayStart(atMilliseconds: 61))
    }

    @Test("A delivery waits for its file without taking a place, and what is under way is not started twice")
    func media() {
        var plan = plan(["a"])
        plan.found(due(1...1, media: 7) + due(2...2), for: "a", limit: 64, atMilliseconds: 1)
        let starts = plan.starts(atMilliseconds: 1)
        #expect(starts.count == 2)
        guard case .prepare(let key, _) = starts[0] else {
            Issue.record("its file was not waited for")
            return
        }
        #expect(plan.starts(atMilliseconds: 1).isEmpty)
        plan.prepared(key)
        #expect(keys(plan.starts(atMilliseconds: 1)) == [key])
        plan.touch("a", url: "http://a")
        #expect(plan.looks(atMilliseconds: 1).map(\.webhookID) == ["a"])
        plan.found(due(1...2), for: "a", limit: 66, atMilliseconds: 1)
        #expect(plan.starts(atMilliseconds: 1).isEmpty)
    }

    @Test("However many wait for their files, what has none goes at once")
    func textsBehindFiles() {
        var plan = plan(["a"])
        plan.found(due(1...64, media: 7) + due(65...66), for: "a", limit: 64, atMilliseconds: 1)
        let started = plan.starts(atMilliseconds: 1)
        #expect(started.count == 34)
        let sent = started.compactMap { start -> Int64? in
            guard case .send(let key, _) = start else { return nil }
            return key.seq
        }
        #expect(sent == [65, 66])
        // The rest waits here, and its turn comes when a file is there.
        #expect(plan.looks(atMilliseconds: 1).isEmpty)
        plan.prepared(DeliveryKey(webhookID: "a", seq: 5))
        #expect(keys(plan.starts(atMilliseconds: 1)).map(\.seq) == [33])
        plan.ended(result(DeliveryKey(webhookID: "a", seq: 65), .answered(status: 200, reason: "", retryAfterSeconds: nil)))
        #expect(keys(plan.starts(atMilliseconds: 1)).map(\.seq) == [5])
    }

    @Test("Files that the database still has are fetched from it, and those that are ready are kept meanwhile")
    func moreFiles() {
        var plan = plan(concurrency: 1, ["a"])
        plan.found(due(1...20, media: 7) + due(100...100), for: "a", limit: 20, atMilliseconds: 1)
        #expect(plan.starts(atMilliseconds: 1).count == 21)
        plan.prepared(DeliveryKey(webhookID: "a", seq: 3))
        #expect(plan.starts(atMilliseconds: 1).isEmpty)
        #expect(plan.looks(atMilliseconds: 1).map(\.webhookID) == ["a"])
        plan.found(due(1...30, media: 7) + due(100...100), for: "a", limit: 85, atMilliseconds: 1)
        #expect(keys(plan.starts(atMilliseconds: 1)).map(\.seq) == Array(21...30))
        plan.ended(result(DeliveryKey(webhookID: "a", seq: 100), .answered(status: 200, reason: "", retryAfterSeconds: nil)))
        #expect(keys(plan.starts(atMilliseconds: 1)).map(\.seq) == [3])
    }

    @Test("The next look is when the next delivery is due")
    func wake() {
        var plan = plan(["a"])
        var later = due(1...1)
        later[0] = DeliveryStore.Due(seq: 1, deliveryID: "d", attempts: 1, mediaRow: nil, dueAtMilliseconds: 5_000)
        plan.found(later, for: "a", limit: 64, atMilliseconds: 1)
        #expect(plan.starts(atMilliseconds: 1).isEmpty)
        #expect(plan.looks(atMilliseconds: 1).isEmpty)
        #expect(plan.nextWake(atMilliseconds: 1) == 5_000)
        #expect(plan.looks(atMilliseconds: 5_000).map(\.webhookID) == ["a"])
        // Due by now and not looked up yet: at once, not a moment later on a clock that may stand still.
        #expect(plan.nextWake(atMilliseconds: 5_000) == 5_000)
    }
}

extension WebhookRecord {
    static func fixture(
        id: String = "w1", url: String = "http://127.0.0.1/hook", secret: String? = nil, headers: [Header] = [],
        retryCount: Int = 3, schedule: Schedule = .standard
    ) -> WebhookRecord {
        WebhookRecord(
            id: id, sessionID: "s", url: url, events: ["*"], secret: secret, headers: headers, isActive: true,
            retryCount: retryCount, ordering: .none, schedule: schedule, disablesOnGone: false, disableAfterDays: 0,
            createdAtMilliseconds: 0, updatedAtMilliseconds: 0)
    }
}

@Suite("Requests to endpoints")
struct WebhookRequestTests {
    private func request(_ webhook: WebhookRecord) -> WebhookRequest {
        WebhookRequest(
            event: "message.received", atMilliseconds: 1_793_520_000_000, sessionID: "s", identity: "msg_s_m", id: "evt_1",
            data: #"{"id":"m"}"#, deliveryID: "dlv_1", webhook: webhook)
    }

    @Test("have the contract's body and headers")
    func contract() {
        let webhook = WebhookRecord.fixture(secret: "0123456789abcdef")
        let request = request(webhook)
        #expect(
            String(decoding: request.body, as: UTF8.self) == """
                {"event":"message.received","timestamp":"2026-11-01T08:00:00.000Z","sessionId":"s",\
                "idempotencyKey":"msg_s_m_w1","deliveryId":"dlv_1","data":{"id":"m"}}
                """)
        let headers = request.headers(for: webhook, attempt: 2, nowMilliseconds: 1_793_520_001_500)
        #expect(headers["User-Agent"] == ["OpenWA-Webhook/1.0.0"])
        #expect(headers["X-OpenWA-Event"] == ["message.received"])
        #expect(headers["X-OpenWA-Idempotency-Key"] == ["msg_s_m_w1"])
        #expect(headers["X-OpenWA-Delivery-Id"] == ["dlv_1"])
        #expect(headers["X-OpenWA-Retry-Count"] == ["2"])
        #expect(
            headers["X-OpenWA-Signature"] == [WebhookSignature.openWA(secret: "0123456789abcdef", body: request.body)])
        #expect(headers["webhook-id"] == ["evt_1"])
        #expect(headers["webhook-timestamp"] == ["1793520001"])
    }

    @Test("bring the webhook's own headers, but none of ours and none of the connection's; unsigned without a secret")
    func ownHeaders() {
        let webhook = WebhookRecord.fixture(
            headers: ["X-Team", "Content-Type", "x-openwa-event", "Transfer-Encoding", "Webhook-Id", "Host"].map {
                WebhookRecord.Header(name: $0, value: "mine")
            })
        let headers = request(webhook).headers(for: webhook, attempt: 0, nowMilliseconds: 1)
        #expect(headers["X-Team"] == ["mine"])
        #expect(headers.filter { $0.value == "mine" }.count == 1)
        #expect(headers["X-OpenWA-Signature"].isEmpty)
        #expect(headers["webhook-signature"].isEmpty)
    }

    @Test("A replaced secret signs beside the new one for a while, a removed one no more")
    func rotation() {
        var draft = WebhookDraft()
        draft.secret = "another-secret-0"
        let old = WebhookRecord.fixture(secret: "0123456789abcdef")
        let rotated = draft.applied(to: old, nowMilliseconds: 0, overlapUntil: 1_000)
        #expect(rotated.secrets(nowMilliseconds: 999) == ["another-secret-0", "0123456789abcdef"])
        #expect(rotated.secrets(nowMilliseconds: 1_000) == ["another-secret-0"])
        draft.secret = ""
        #expect(draft.applied(to: rotated, nowMilliseconds: 0, overlapUntil: 1_000).secrets(nowMilliseconds: 1).isEmpty)
    }
}
