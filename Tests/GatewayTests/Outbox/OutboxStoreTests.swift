import Storage
import TestSupport
import Testing
import WAClient

@testable import Gateway

@Suite("The outbox's rows")
struct OutboxStoreTests {
    @Test("Accepting keeps the entry and shows a pending message, together")
    func acceptsBoth() async throws {
        try await withStores { stores in
            let stored = try await stores.accept(stores.entry("A", text: "Hello from OpenWA!"))
            let entries = try await stores.database.read { [outbox = stores.outbox] in
                try outbox.page(of: Stores.sessionID, after: 0, limit: 10, on: $0).entries
            }
            #expect(entries == [stored])
            let message = try #require(try await stores.page().messages.first)
            #expect(message.waMessageID == "true_6281234567890@c.us_A")
            #expect(message.status == .pending)
            #expect(message.body == "Hello from OpenWA!")
            #expect(message.from == "6285500000001")
            #expect(message.to == "6281234567890@c.us")
            #expect(message.timestampSeconds == 1_782_372_000)
        }
    }

    @Test("A write that fails leaves neither", arguments: [FaultyDatabase.Moment.beforeBody, .beforeCommit])
    func failsBoth(moment: FaultyDatabase.Moment) async throws {
        try await withStores { stores in
            let faulty = FaultyDatabase(stores.database)
            faulty.failWrite(1, moment, with: StorageError.diskFull)
            let entry = stores.entry("A")
            let outbox = stores.outbox
            await #expect(throws: StorageError.diskFull) {
                _ = try await faulty.write { try outbox.accept(entry, from: "me", on: $0) }
            }
            let (waiting, page) = (try await stores.waitingIDs(), try await stores.page())
            #expect(waiting.isEmpty)
            #expect(page.total == 0)
        }
    }

    @Test("WhatsApp's answer removes the entry and gives the message its time")
    func acknowledges() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("A"))
            try await stores.record(.sendSettled(messageID: "A", .acknowledged(serverSeconds: 1_782_372_099)))
            #expect(try await stores.waitingIDs().isEmpty)
            let message = try #require(try await stores.page().messages.first)
            #expect(message.status == .sent)
            #expect(message.timestampSeconds == 1_782_372_099)
        }
    }

    @Test("A refusal removes the entry and fails the message")
    func fails() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("A"))
            try await stores.record(.sendSettled(messageID: "A", .refused(.notOnWhatsApp)))
            #expect(try await stores.waitingIDs().isEmpty)
            #expect(try await stores.page().messages.map(\.status) == [.failed])
        }
    }

    @Test("A logout fails everything that waited and leaves what was sent")
    func failsAllAtLogout() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("A"))
            _ = try await stores.accept(stores.entry("B"))
            try await stores.record(.sendSettled(messageID: "A", .acknowledged(serverSeconds: 5)))
            try await stores.record(.loggedOut(reason: "the phone unlinked this device"))
            #expect(try await stores.waitingIDs().isEmpty)
            #expect(try await stores.page().messages.map(\.status) == [.failed, .sent])
            let row = try #require(try await stores.database.read { try SessionStore.all(on: $0) }.first)
            #expect(!row.isLinked)
            #expect(!row.isWanted)
            #expect(row.phone == nil)
        }
    }

    @Test("Row numbers grow over restarts, also after everything was answered")
    func numbersGrow() async throws {
        try await withStores { stores in
            let first = try await stores.accept(stores.entry("A"))
            try await stores.record(.sendSettled(messageID: "A", .acknowledged(serverSeconds: 5)))
            let sequence = try await stores.database.read { try RowSequence.load(on: $0) }
            #expect(sequence.next() > first.sequence)
        }
    }

    @Test("Entries of a deleted session are refused by the schema")
    func refusesOrphans() async throws {
        try await withStores { stores in
            try await stores.database.write { try SessionStore.delete(Stores.sessionID, on: $0) }
            await #expect(throws: StorageError.self) { _ = try await stores.accept(stores.entry("A")) }
        }
    }

    @Test("The stored content is read back, also by later versions")
    func contentRoundTrips() throws {
        let content = OutgoingMessage.text(OutgoingText("a \"quoted\" ✅ text", mentions: ["628111111111@c.us"]))
        #expect(try OutgoingMessage(encoded: try content.encoded()) == content)
        // A row as the first version wrote it.
        let row = #"{"text":{"_0":{"text":"hi","mentions":[]}}}"#
        #expect(try OutgoingMessage(encoded: row) == .text(OutgoingText("hi")))
    }
}
