import Storage
import TestSupport
import Testing
import WABinary
import WAClient

@testable import Gateway

@Suite("Requests that are repeated")
struct IdempotencyTests {
    private static let fingerprint = String(repeating: "a", count: 64)
    private static let otherFingerprint = String(repeating: "b", count: 64)

    private func request(
        _ text: String = "hello", key: String? = "k1", id: String? = nil, fingerprint: String = fingerprint
    ) -> SendRequest {
        SendRequest(
            chatID: "6281234567890@c.us", content: .text(OutgoingText(text)),
            identity: RequestIdentity(key: key, messageID: id, fingerprint: fingerprint))
    }

    @Test("A repetition gets the first answer again, also when WhatsApp has answered since, and nothing more is sent")
    func repeats() async throws {
        try await withLiveGateway { live in
            let first = try await live.gateway.send(request(), session: LiveGateway.session, waiting: .none)
            #expect(!first.acknowledged)
            #expect(!first.isReplay)
            try await live.client.waitUntilGiven(1)
            try await live.acknowledge(live.client.givenIDs[0], seconds: 1_782_379_999)
            let second = try await live.gateway.send(request(), session: LiveGateway.session)
            #expect(second.isReplay)
            #expect(second.messageID == first.messageID)
            #expect(second.timestampSeconds == first.timestampSeconds, "the time that was told stays")
            #expect(live.client.givenIDs.count == 1)
        }
    }

    @Test("An answer with WhatsApp's time is repeated with it")
    func repeatsServerTime() async throws {
        try await withLiveGateway { live in
            async let first = live.gateway.send(request(), session: LiveGateway.session)
            try await live.client.waitUntilGiven(1)
            try await live.acknowledge(live.client.givenIDs[0], seconds: 77)
            let (one, two) = (try await first, try await live.gateway.send(request(), session: LiveGateway.session))
            #expect(one.timestampSeconds == 77 && one.acknowledged)
            #expect(two.timestampSeconds == 77 && two.acknowledged && two.isReplay)
        }
    }

    @Test("A repetition that comes while the first is under way waits for its answer")
    func waits() async throws {
        try await withLiveGateway { live in
            try await withThrowingTaskGroup(of: SendResult.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await live.gateway.send(self.request(), session: LiveGateway.session) }
                }
                try await live.client.waitUntilGiven(1)
                try await live.acknowledge(live.client.givenIDs[0])
                var answers: [SendResult] = []
                for try await answer in group { answers.append(answer) }
                #expect(Set(answers.map(\.messageID)).count == 1)
                #expect(answers.count { !$0.isReplay } == 1)
            }
            #expect(live.client.givenIDs.count == 1)
        }
    }

    @Test("Past the wait a repetition is told to ask again")
    func waitEnds() async throws {
        try await withLiveGateway({ $0.sendAckTimeoutMilliseconds = 600_000 }) { live in
            let first = Task { try await live.gateway.send(request(), session: LiveGateway.session) }
            try await live.client.waitUntilGiven(1)
            let second = Task { try await live.gateway.send(request(), session: LiveGateway.session) }
            try await live.clock.waitForSleeper(for: live.gateway.configuration.repetitionWait)
            live.clock.advance(by: live.gateway.configuration.repetitionWait)
            await #expect(throws: GatewayError.requestInProgress) { _ = try await second.value }
            try await live.acknowledge(live.client.givenIDs[0])
            let answer = try await first.value
            #expect(answer.acknowledged)
        }
    }

    @Test("A key used for something else is refused, under way and afterwards")
    func otherRequest() async throws {
        try await withLiveGateway { live in
            let first = Task { try await live.gateway.send(request(), session: LiveGateway.session) }
            try await live.client.waitUntilGiven(1)
            let other = request("other", fingerprint: Self.otherFingerprint)
            await #expect(throws: GatewayError.idempotencyKeyReused) {
                _ = try await live.gateway.send(other, session: LiveGateway.session)
            }
            try await live.acknowledge(live.client.givenIDs[0])
            _ = try await first.value
            await #expect(throws: GatewayError.idempotencyKeyReused) {
                _ = try await live.gateway.send(other, session: LiveGateway.session)
            }
            #expect(live.client.givenIDs.count == 1)
        }
    }

    @Test("A refusal before acceptance frees the key, one by WhatsApp does not, a number without account does")
    func refusals() async throws {
        try await withLiveGateway { live in
            var bad = request(key: "bad")
            bad.chatID = "nonsense"
            await #expect(throws: GatewayError.invalidChatID(field: "chatId", given: "nonsense")) {
                _ = try await live.gateway.send(bad, session: LiveGateway.session)
            }
            _ = try await live.gateway.send(request(key: "bad"), session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(1)

            let refused = Task {
                try await live.gateway.send(request(key: "refused"), session: LiveGateway.session)
            }
            try await live.client.waitUntilGiven(2)
            try await live.refuse(live.client.givenIDs[1], .server(code: 463))
            await #expect(throws: GatewayError.sendRefused(code: "REACHOUT_RESTRICTED")) { _ = try await refused.value }
            await #expect(throws: GatewayError.sendRefused(code: "REACHOUT_RESTRICTED")) {
                _ = try await live.gateway.send(request(key: "refused"), session: LiveGateway.session)
            }
            #expect(live.client.givenIDs.count == 2, "never retried blindly")

            let nobody = Task { try await live.gateway.send(request(key: "nobody"), session: LiveGateway.session) }
            try await live.client.waitUntilGiven(3)
            try await live.refuse(live.client.givenIDs[2], .notOnWhatsApp)
            await #expect(throws: GatewayError.notOnWhatsApp(chatID: "6281234567890@c.us")) { _ = try await nobody.value }
            _ = try await live.gateway.send(request(key: "nobody"), session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(4)
        }
    }

    @Test("An answer is given again also when its message is gone")
    func messageIsGone() async throws {
        try await withLiveGateway { live in
            async let acknowledged = live.gateway.send(request(), session: LiveGateway.session)
            try await live.client.waitUntilGiven(1)
            try await live.acknowledge(live.client.givenIDs[0], seconds: 77)
            let first = try await acknowledged
            let second = try await live.gateway.send(request(key: "k2"), session: LiveGateway.session, waiting: .none)
            let refused = Task { try await live.gateway.send(request(key: "k3"), session: LiveGateway.session) }
            try await live.client.waitUntilGiven(3)
            try await live.refuse(live.client.givenIDs[2], .server(code: 479))
            await #expect(throws: GatewayError.sendRefused(code: "MESSAGE_MALFORMED")) { _ = try await refused.value }
            let target = MessageTarget(
                chatID: "6281234567890@c.us", messageID: first.messageID,
                identity: RequestIdentity(key: "k4", fingerprint: Self.fingerprint))
            let edit = try await live.gateway.edit(
                target, to: OutgoingText("hullo"), session: LiveGateway.session, waiting: .none)

            let chat = JID("6281234567890", .user)
            let cleared = ChatChange.Change.cleared(throughSeconds: WireTime.lastSecond, keepsStarred: false)
            try await live.record(.chatChanged(ChatChange(chat: chat, change: cleared, atMilliseconds: 1)))
            #expect(try await live.messages().isEmpty)

            for (key, answer) in [("k1", first), ("k2", second)] {
                let again = try await live.gateway.send(request(key: key), session: LiveGateway.session)
                #expect(again.messageID == answer.messageID && again.isReplay)
                #expect(again.timestampSeconds == answer.timestampSeconds)
                #expect(again.acknowledged == answer.acknowledged)
            }
            await #expect(throws: GatewayError.sendRefused(code: "MESSAGE_MALFORMED")) {
                _ = try await live.gateway.send(request(key: "k3"), session: LiveGateway.session)
            }
            let again = try await live.gateway.edit(
                target, to: OutgoingText("hullo"), session: LiveGateway.session, waiting: .none)
            #expect(again.messageID == edit.messageID && again.timestampSeconds == edit.timestampSeconds)
            #expect(again.isReplay)
            // WhatsApp's answer to the one that waited is heard all the same.
            try await live.refuse(live.client.givenIDs[1], .server(code: 479))
            await #expect(throws: GatewayError.sendRefused(code: "MESSAGE_MALFORMED")) {
                _ = try await live.gateway.send(request(key: "k2"), session: LiveGateway.session)
            }
            #expect(live.client.givenIDs.count == 4)
        }
    }

    @Test("A key is forgotten after 24 hours")
    func expires() async throws {
        try await withLiveGateway { live in
            _ = try await live.gateway.send(request(), session: LiveGateway.session, waiting: .none)
            live.clock.advance(by: .seconds(24 * 3_600 - 1))
            #expect(try await live.gateway.send(request(), session: LiveGateway.session, waiting: .none).isReplay)
            live.clock.advance(by: .seconds(1))
            #expect(try await !live.gateway.send(request(), session: LiveGateway.session, waiting: .none).isReplay)
            try await live.client.waitUntilGiven(2)
            live.clock.advance(by: .seconds(24 * 3_600))
            await live.gateway.pruneRequests()
            let left = try await live.gateway.environment.database.read {
                try $0.query("SELECT COUNT(*) AS n FROM gateway_request_keys")[0].integer("n")
            }
            #expect(left == 0)
        }
    }

    @Test("A chosen message id is the message's; the same again is the same send, another is refused")
    func chosenID() async throws {
        try await withLiveGateway { live in
            let mine = request(key: nil, id: "ABCDEF0123456789")
            let first = try await live.gateway.send(mine, session: LiveGateway.session, waiting: .none)
            #expect(first.messageID == "true_6281234567890@c.us_ABCDEF0123456789")
            #expect(try await live.gateway.send(mine, session: LiveGateway.session, waiting: .none).isReplay)
            let other = request("other", key: nil, id: "ABCDEF0123456789", fingerprint: Self.otherFingerprint)
            await #expect(throws: GatewayError.messageIDTaken("ABCDEF0123456789")) {
                _ = try await live.gateway.send(other, session: LiveGateway.session, waiting: .none)
            }
            let plain = SendRequest(chatID: mine.chatID, content: mine.content)
            let drawn = try await live.gateway.send(plain, session: LiveGateway.session, waiting: .none)
            let id = try #require(MessageReference(parsing: drawn.messageID)?.id)
            await #expect(throws: GatewayError.messageIDTaken(id)) {
                _ = try await live.gateway.send(
                    request(key: nil, id: id), session: LiveGateway.session, waiting: .none)
            }
            try await live.client.waitUntilGiven(2)
            #expect(live.client.givenIDs.count == 2)
        }
    }

    @Test("A thousand requests with a hundred keys make a hundred messages, every answer right")
    func manyAtOnce() async throws {
        try await withLiveGateway { live in
            let answers = try await withThrowingTaskGroup(of: (Int, SendResult).self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let request = self.request("text \(number % 100)", key: "key-\(number % 100)")
                        return (
                            number % 100,
                            try await live.gateway.send(request, session: LiveGateway.session, waiting: .none)
                        )
                    }
                }
                var answers: [Int: [SendResult]] = [:]
                for try await (key, answer) in group { answers[key, default: []].append(answer) }
                return answers
            }
            try await live.client.waitUntilGiven(100)
            #expect(live.client.givenIDs.count == 100)
            let bodies = Dictionary(
                uniqueKeysWithValues: try await live.messages().map { ($0.waMessageID, $0.body) })
            #expect(bodies.count == 100)
            for (key, answers) in answers {
                #expect(Set(answers.map(\.messageID)).count == 1)
                #expect(answers.count { !$0.isReplay } == 1)
                #expect(bodies[answers[0].messageID] == "text \(key)")
            }
        }
    }

    @Test("Killed at any write, a repeated request is one message with one answer", arguments: 0..<6)
    func killed(atWrite number: Int) async throws {
        try await withDatabase { database in
            let client = FakeClient()
            let mortal = MortalDatabase(database)
            let first: SendResult? = try await withLiveGateway(on: database, client: client) { _ in nil }
            #expect(first == nil)
            let before: SendResult? = try await withLiveGateway(on: mortal, client: client) { live in
                mortal.die(afterWrites: number / 2, keepingTheLast: number % 2 == 1)
                return try? await live.gateway.send(request(), session: LiveGateway.session, waiting: .none)
            }
            let after = try await withLiveGateway(on: database) { live in
                let after = try await live.gateway.send(request(), session: LiveGateway.session, waiting: .none)
                try await live.client.waitUntilGiven(1)
                #expect(live.client.givenIDs.count == 1)
                #expect(try await live.messages().count == 1)
                return after
            }
            if let before {
                #expect(after.messageID == before.messageID)
                #expect(after.timestampSeconds == before.timestampSeconds)
            }
        }
    }
}
