import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

@Suite("One message and its way")
struct MessageDetailsTests {
    private static let chat = "6281234567890@c.us"
    private static let jid = JID("6281234567890", .user)
    private static let phone = DeliveryStep.Device(personID: chat, number: 0)

    private func receipt(
        _ id: String, _ status: DeliveryUpdate.Status, device: UInt16 = 0, chat: JID = jid, at seconds: Int64 = 70
    ) -> ClientEvent {
        .receipt(
            DeliveryUpdate(
                chat: chat, from: chat.with(device: device), messageIDs: [id], status: status,
                timestampSeconds: seconds, isOwnReading: false))
    }

    private func details(_ id: String, _ stores: Stores) async throws -> MessageDetails {
        let found = try await stores.database.read { [messages = stores.messages] in
            try messages.details(
                MessageReference(isFromMe: true, chat: Self.chat, id: id), in: [Self.chat], of: Stores.sessionID, on: $0)
        }
        return try #require(found)
    }

    @Test("The timeline tells each step, each device, and the status is the furthest; what comes twice is told once")
    func tellsTheWay() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("3EB001"))
            try await stores.record(
                .sendProgress(
                    SendProgress(
                        messageID: "3EB001", step: .encrypted(devices: [Self.jid, Self.jid.with(device: 3)]),
                        atMilliseconds: 5)))
            try await stores.record(.sendSettled(messageID: "3EB001", .acknowledged(serverSeconds: 60)))
            try await stores.record(
                .sendProgress(
                    SendProgress(
                        messageID: "3EB001", step: .retried(device: Self.jid.with(device: 3), count: 1),
                        atMilliseconds: 65_000)))
            try await stores.record(receipt("3EB001", .read, at: 80))
            try await stores.record(receipt("3EB001", .delivered, at: 70))
            try await stores.record(receipt("3EB001", .delivered, device: 3, at: 71))
            try await stores.record(receipt("3EB001", .delivered, device: 3, at: 99))
            let details = try await details("3EB001", stores)
            #expect(details.message.status == .read)
            #expect(
                details.timeline == [
                    DeliveryStep(kind: .accepted, atMilliseconds: 1_782_372_000_000),
                    DeliveryStep(
                        kind: .encrypted([Self.phone, .init(personID: Self.chat, number: 3)]), atMilliseconds: 5),
                    DeliveryStep(kind: .server, atMilliseconds: 1_782_372_060_000),
                    DeliveryStep(
                        kind: .retried(count: 1), atMilliseconds: 65_000, device: .init(personID: Self.chat, number: 3)),
                    DeliveryStep(kind: .delivered, atMilliseconds: 70_000, device: Self.phone),
                    DeliveryStep(
                        kind: .delivered, atMilliseconds: 71_000, device: .init(personID: Self.chat, number: 3)),
                    DeliveryStep(kind: .read, atMilliseconds: 80_000, device: Self.phone),
                ])
        }
    }

    @Test("A receipt from somebody else's chat changes nothing")
    func ignoresStrangers() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("3EB001"))
            try await stores.record(.sendSettled(messageID: "3EB001", .acknowledged(serverSeconds: 60)))
            try await stores.record(receipt("3EB001", .read, chat: JID("628999999999", .user)))
            let details = try await details("3EB001", stores)
            #expect(details.message.status == .sent)
            #expect(details.timeline.count == 2)
        }
    }

    @Test("A refusal is told with what it means")
    func tellsRefusals() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("3EB001"))
            try await stores.record(.sendSettled(messageID: "3EB001", .refused(.notOnWhatsApp)))
            let last = try #require(try await details("3EB001", stores).timeline.last)
            guard case .failed(let code, let meaning) = last.kind else {
                Issue.record("\(last) is no refusal")
                return
            }
            #expect(code == "NOT_ON_WHATSAPP")
            #expect(meaning.contains("not on WhatsApp"))
        }
    }

    @Test("Votes count by option, the last word of each person, and may come before their poll")
    func tallies() async throws {
        try await withLiveGateway { live in
            func receive(_ content: MessageContent, _ id: String, from user: String) async throws {
                let jid = JID(user, .user)
                try await live.record(
                    .received(
                        ReceivedMessage(
                            chat: Self.jid, sender: jid, isFromMe: false, id: id, timestampSeconds: 100, pushName: nil,
                            content: content, isFromOfflineQueue: false)))
            }
            let key = MessageKey(chat: Self.jid, id: "3A01", isFromMe: false)
            func vote(_ options: [String], at milliseconds: Int64) -> MessageContent {
                .pollVote(PollVoteContent(key: key, options: options, sentAtMilliseconds: milliseconds))
            }
            try await receive(vote(["Tea"], at: 1_000), "3A02", from: "6281234567890")
            try await receive(
                .poll(PollContent(name: "Drink?", options: ["Tea", "Coffee"], selectableCount: 1)), "3A01",
                from: "6281234567890")
            try await receive(vote(["Coffee"], at: 3_000), "3A03", from: "6281234567890")
            try await receive(vote(["Tea"], at: 2_000), "3A04", from: "6281234567890")
            let tally = try await live.gateway.votes(for: "3A01", in: Self.chat, session: LiveGateway.session)
            #expect(tally.question == "Drink?")
            #expect(tally.options.map(\.name) == ["Tea", "Coffee"])
            #expect(tally.options.map { $0.voters.map(\.id) } == [[], [Self.chat]])

            let target = MessageTarget(chatID: Self.chat, messageID: "3A01")
            await #expect(throws: GatewayError.pollOptionNotFound("Milk", valid: ["Tea", "Coffee"])) {
                _ = try await live.gateway.vote(for: ["Milk"], target, session: LiveGateway.session, waiting: .none)
            }
            _ = try await live.gateway.vote(for: ["Tea"], target, session: LiveGateway.session, waiting: .none)
            try await live.client.waitUntilGiven(1)
            try await live.acknowledge(live.client.givenIDs[0])
            let after = try await live.gateway.votes(for: "3A01", in: Self.chat, session: LiveGateway.session)
            #expect(after.options.map { $0.voters.map(\.id) } == [["6285500000001@c.us"], [Self.chat]])
        }
    }

    @Test("What only the phone could show is a masked row until its content comes")
    func unmasks() async throws {
        try await withStores { stores in
            func message(_ content: MessageContent, unavailable: String?) -> ClientEvent {
                .received(
                    ReceivedMessage(
                        chat: Self.jid, sender: Self.jid, isFromMe: false, id: "3A01", timestampSeconds: 100,
                        pushName: nil, content: content, isFromOfflineQueue: false, unavailable: unavailable))
            }
            try await stores.record(message(.nothing, unavailable: "view_once"))
            let masked = try #require(try await stores.page().messages.first)
            #expect(masked.type == "masked" && masked.body.isEmpty)
            try await stores.record(message(.text(TextContent("here it is")), unavailable: nil))
            let filled = try await stores.page().messages
            #expect(filled.map(\.body) == ["here it is"])
            #expect(filled.map(\.id) == [masked.id])
            try await stores.record(message(.text(TextContent("again")), unavailable: nil))
            #expect(try await stores.page().messages.map(\.body) == ["here it is"])
        }
    }

    @Test("A row's metadata is what the event tells beside the columns")
    func keepsMetadata() async throws {
        try await withStores { stores in
            let quoted = QuotedMessage(id: "3A00", author: Self.jid, message: MessageContent.text(TextContent("before")).message)
            let place = MessageContent.location(LocationContent(latitude: -6.2, longitude: 106.8, name: "Jakarta"))
            try await stores.record(
                .received(
                    ReceivedMessage(
                        chat: Self.jid, sender: Self.jid, isFromMe: false, id: "3A01", timestampSeconds: 100,
                        pushName: nil, content: place.quoting(quoted), isFromOfflineQueue: false,
                        expiresAfterSeconds: 86_400)))
            let message = try #require(try await stores.page().messages.first)
            #expect(
                message.metadataJSON
                    == #"{"ephemeralDuration":86400,"location":{"latitude":-6.2,"longitude":106.8,"description":"Jakarta"},"quotedMessage":{"id":"false_\#(Self.chat)_3A00","body":"before"}}"#
            )
        }
    }

    @Test("A disappearing message is gone after its time, with what was noted of it; a kept one stays")
    func expires() async throws {
        try await withLiveGateway { live in
            let seconds = live.clock.nowMilliseconds / 1000
            for id in ["3A01", "3A02"] {
                try await live.record(
                    .received(
                        ReceivedMessage(
                            chat: Self.jid, sender: Self.jid, isFromMe: false, id: id, timestampSeconds: seconds,
                            pushName: nil, content: .text(TextContent(id)), isFromOfflineQueue: false,
                            expiresAfterSeconds: 3_600)))
            }
            let key = MessageKey(chat: Self.jid, id: "3A02", isFromMe: false)
            for (number, content): (Int, MessageContent) in [
                (3, .keep(KeepContent(key: key, isKept: true, sentAtMilliseconds: 1))),
                (
                    4,
                    .reaction(
                        ReactionContent(
                            key: MessageKey(chat: Self.jid, id: "3A01", isFromMe: false), emoji: "❤️",
                            sentAtMilliseconds: 1))
                ),
            ] {
                try await live.record(
                    .received(
                        ReceivedMessage(
                            chat: Self.jid, sender: Self.jid, isFromMe: false, id: "3A0\(number)",
                            timestampSeconds: seconds, pushName: nil, content: content, isFromOfflineQueue: false)))
            }
            try await live.gateway.removeExpiredMessages()
            #expect(try await live.messages().count == 2)
            live.clock.advance(by: .seconds(3_601))
            try await live.gateway.removeExpiredMessages()
            #expect(try await live.messages().map(\.body) == ["3A02"])
            let left = try await live.gateway.environment.database.read {
                try $0.query("SELECT 1 AS one FROM gateway_reactions").count
            }
            #expect(left == 0)
        }
    }

    @Test("Totals and pages are decided on indexes, whatever is filtered", arguments: [
        MessageQuery(session: "s"), MessageQuery(session: "s", direction: .outgoing), MessageQuery(session: "s", type: "image"),
        MessageQuery(session: "s", sinceMilliseconds: 1, untilMilliseconds: 9_000, order: .timestamp),
        MessageQuery(session: "s", chatID: chat), MessageQuery(session: "s", chatID: chat, direction: .incoming, type: "text"),
        MessageQuery(session: "s", from: chat),
    ])
    func usesIndexes(query: MessageQuery) async throws {
        try await withStores { stores in
            let plans = try await stores.database.read { [messages = stores.messages] connection in
                let watched = PlanWatch(connection)
                _ = try messages.page(
                    query, sessionID: Stores.sessionID, chatForms: query.chatID.map { [$0] } ?? [],
                    fromForms: query.from.map { [$0] } ?? [], on: watched)
                return watched.plans
            }
            let counting = try #require(plans.first { $0.sql.contains("COUNT(*)") })
            for step in counting.steps where step.contains("gateway_messages") {
                #expect(step.contains("COVERING INDEX"), "\(counting.sql): \(step)")
            }
        }
    }
}

/// Asks for the plan of every query on its way.
private final class PlanWatch: SQLConnection {
    private let connection: any SQLConnection
    private(set) var plans: [(sql: String, steps: [String])] = []

    init(_ connection: any SQLConnection) { self.connection = connection }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        let steps = try connection.query("EXPLAIN QUERY PLAN " + sql, arguments).map { try $0.text("detail") }
        plans.append((sql, steps))
        return try connection.query(sql, arguments)
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int { try connection.execute(sql, arguments) }
    func afterCommit(_ action: @escaping @Sendable () -> Void) { connection.afterCommit(action) }
}
