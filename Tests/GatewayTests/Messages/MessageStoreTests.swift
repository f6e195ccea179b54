import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

@Suite("Stored messages")
struct MessageStoreTests {
    @Test("A received message is stored once, with the ids the API shows")
    func storesOnce() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("hi", id: "3A01"))
            try await stores.record(Stores.text("hi", id: "3A01"))
            let page = try await stores.page()
            #expect(page.total == 1)
            let message = try #require(page.messages.first)
            #expect(message.waMessageID == "false_6281234567890@c.us_3A01")
            #expect(message.chatID == "6281234567890@c.us")
            #expect(message.from == "6281234567890@c.us")
            #expect(message.to == "6285500000001@c.us")
            #expect(message.direction == .incoming)
            #expect(message.type == "text")
            #expect(message.body == "hi")
            #expect(message.status == .delivered)
            #expect(message.sessionID == Stores.sessionID)
        }
    }

    @Test("What our own phone wrote is an outgoing message")
    func storesOwn() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("from my phone", id: "3A02", isFromMe: true))
            let message = try #require(try await stores.page().messages.first)
            #expect(message.waMessageID == "true_6281234567890@c.us_3A02")
            #expect(message.direction == .outgoing)
            #expect(message.from == "6285500000001")
            #expect(message.status == .sent)
        }
    }

    @Test("In a group the writer is told beside the chat")
    func storesGroups() async throws {
        try await withStores { stores in
            try await stores.record(
                .received(
                    ReceivedMessage(
                        chat: JID("120363021234567890", .group), sender: JID("628111111111", .user), isFromMe: false,
                        id: "3A03", timestampSeconds: 5, pushName: nil, content: .text(TextContent("all")),
                        isFromOfflineQueue: false)))
            let message = try #require(try await stores.page().messages.first)
            #expect(message.waMessageID == "false_120363021234567890@g.us_3A03_628111111111@c.us")
            #expect(message.author == "628111111111@c.us")
            #expect(message.from == "120363021234567890@g.us")
        }
    }

    @Test(
        "A status never goes back, whatever order receipts come in",
        arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
    func statusIsMonotonic(order: [Int]) async throws {
        let reports: [ClientEvent] = [
            .sendSettled(messageID: "A", .acknowledged(serverSeconds: 7)), Self.receipt(["A"], .delivered),
            Self.receipt(["A"], .read), Self.receipt(["A"], .played),
        ]
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("A"))
            var highest = MessageStatus.pending
            for index in order {
                try await stores.record(reports[index])
                highest = max(highest, [.sent, .delivered, .read, .read][index])
                #expect(try await stores.page().messages.map(\.status) == [highest])
            }
        }
    }

    @Test("A receipt moves our messages only, and our own reading only received ones")
    func receiptsFindTheirSide() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("A"))
            try await stores.record(Stores.text("hi", id: "A"))
            try await stores.record(Self.receipt(["A", "unknown"], .delivered))
            #expect(try await Self.statuses(stores) == ["false": .delivered, "true": .delivered])
            try await stores.record(Self.receipt(["A"], .read, isOwnReading: true))
            #expect(try await Self.statuses(stores) == ["false": .read, "true": .delivered])
        }
    }

    @Test("A failed message stays failed")
    func failedIsFinal() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("A"))
            try await stores.record(.sendSettled(messageID: "A", .refused(.server(code: 463))))
            try await stores.record(Self.receipt(["A"], .delivered))
            #expect(try await stores.page().messages.map(\.status) == [.failed])
        }
    }

    @Test("Pages by cursor and by offset show every message once, newest first", arguments: MessageQuery.Order.allCases)
    func pages(order: MessageQuery.Order) async throws {
        try await withStores { stores in
            for number in 0..<25 {
                // Times repeat, so that the order within a second matters.
                try await stores.record(Stores.text("n\(number)", id: "M\(number)", seconds: 100 + Int64(number / 4)))
            }
            let expected = (0..<25).reversed().map { "n\($0)" }
            var byCursor: [String] = []
            var after: String?
            repeat {
                let page = try await stores.page(
                    MessageQuery(session: "s", limit: 10, offset: 3, after: after, order: order))
                #expect(page.total == 25)
                byCursor += page.messages.map(\.body)
                after = page.messages.last?.id
                if byCursor.count >= 22 { break }
            } while true
            // The first page had an offset, those with a cursor ignore it.
            #expect(byCursor == Array(expected.dropFirst(3)))

            var byOffset: [String] = []
            for offset in stride(from: 0, to: 25, by: 10) {
                byOffset += try await stores.page(MessageQuery(session: "s", limit: 10, offset: offset, order: order))
                    .messages.map(\.body)
            }
            #expect(byOffset == expected)
        }
    }

    @Test("A cursor stays in place while messages arrive")
    func cursorIsStable() async throws {
        try await withStores { stores in
            for number in 0..<4 { try await stores.record(Stores.text("n\(number)", id: "M\(number)")) }
            let first = try await stores.page(MessageQuery(session: "s", limit: 2))
            try await stores.record(Stores.text("new", id: "new"))
            let second = try await stores.page(MessageQuery(session: "s", limit: 2, after: first.messages.last?.id))
            #expect(first.messages.map(\.body) + second.messages.map(\.body) == ["n3", "n2", "n1", "n0"])
        }
    }

    @Test("A cursor that is no row of the session is refused")
    func refusesUnknownCursor() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("hi", id: "A"))
            for cursor in ["x", MessageRowID(createdAtMilliseconds: 5, sequence: 1).text] {
                await #expect(throws: GatewayError.unknownCursor(cursor)) {
                    _ = try await stores.page(MessageQuery(session: "s", after: cursor))
                }
            }
        }
    }

    /// What a filter leaves of the stored messages.
    struct FilterCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let query: MessageQuery
        let bodies: [String]
    }

    static let filterCases = [
        FilterCase(testDescription: "all", query: MessageQuery(session: "s"), bodies: ["d", "c", "b", "a"]),
        FilterCase(
            testDescription: "chat", query: MessageQuery(session: "s", chatID: "628111111111@c.us"), bodies: ["c", "b"]),
        FilterCase(
            testDescription: "sender", query: MessageQuery(session: "s", from: "628111111111@c.us"), bodies: ["b"]),
        FilterCase(
            testDescription: "incoming", query: MessageQuery(session: "s", direction: .incoming),
            bodies: ["d", "b", "a"]),
        FilterCase(testDescription: "outgoing", query: MessageQuery(session: "s", direction: .outgoing), bodies: ["c"]),
        FilterCase(testDescription: "type", query: MessageQuery(session: "s", type: "image"), bodies: []),
        FilterCase(
            testDescription: "window",
            query: MessageQuery(session: "s", sinceMilliseconds: 200_000, untilMilliseconds: 400_000),
            bodies: ["c", "b"]),
        FilterCase(
            testDescription: "uneven window",
            query: MessageQuery(session: "s", sinceMilliseconds: 200_001, untilMilliseconds: 400_001),
            bodies: ["d", "c"]),
        FilterCase(testDescription: "bare id", query: MessageQuery(session: "s", messageID: "B"), bodies: ["b"]),
        FilterCase(
            testDescription: "serialised id", query: MessageQuery(session: "s", messageID: "true_628111111111@c.us_C"),
            bodies: ["c"]),
        FilterCase(
            testDescription: "id of the other side",
            query: MessageQuery(session: "s", messageID: "false_628111111111@c.us_C"),
            bodies: []),
        FilterCase(
            testDescription: "several at once",
            query: MessageQuery(
                session: "s", chatID: "628111111111@c.us", sinceMilliseconds: 300_000, direction: .outgoing,
                type: "text"),
            bodies: ["c"]),
        FilterCase(testDescription: "page", query: MessageQuery(session: "s", limit: 1, offset: 2), bodies: ["b"]),
    ]

    @Test("Filters leave what they name, and the total counts all pages", arguments: filterCases)
    func filters(filter: FilterCase) async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("a", id: "A", from: "6281234567890", seconds: 100))
            try await stores.record(Stores.text("b", id: "B", from: "628111111111", seconds: 200))
            try await stores.record(Stores.text("c", id: "C", from: "628111111111", isFromMe: true, seconds: 300))
            try await stores.record(Stores.text("d", id: "D", from: "628222222222", seconds: 400))
            let page = try await stores.page(filter.query)
            #expect(page.messages.map(\.body) == filter.bodies)
            #expect(page.total == (filter.query.limit == 1 ? 4 : filter.bodies.count))
        }
    }

    @Test("Unread messages of a chat are those nobody read, newest first")
    func findsUnread() async throws {
        try await withStores { stores in
            for id in ["A", "B", "C"] { try await stores.record(Stores.text(id, id: id)) }
            try await stores.record(Stores.text("other", id: "D", from: "628111111111"))
            try await stores.record(Self.receipt(["B"], .read, isOwnReading: true))
            let unread = try await stores.database.read { [messages = stores.messages] connection in
                try messages.unread(in: ["6281234567890@c.us"], of: Stores.sessionID, limit: 10, on: connection).map(
                    \.messageID)
            }
            #expect(unread == ["C", "A"])
        }
    }

    private static func receipt(
        _ ids: [String], _ status: DeliveryUpdate.Status, isOwnReading: Bool = false
    ) -> ClientEvent {
        .receipt(
            DeliveryUpdate(
                chat: JID("6281234567890", .user), from: JID("6281234567890", .user), messageIDs: ids, status: status,
                timestampSeconds: 9, isOwnReading: isOwnReading))
    }

    private static func statuses(_ stores: Stores) async throws -> [String: MessageStatus] {
        let messages = try await stores.page().messages
        return Dictionary(
            uniqueKeysWithValues: messages.map { (String($0.waMessageID.prefix { $0 != "_" }), $0.status) })
    }
}
