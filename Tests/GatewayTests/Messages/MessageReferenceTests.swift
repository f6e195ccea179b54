import Testing

@testable import Gateway

@Suite("Message ids")
struct MessageReferenceTests {
    @Test("A serialised id is read back as it was written")
    func roundTrips() throws {
        let sent = MessageReference(isFromMe: true, chat: "6281234567890@c.us", id: "3EB0ABCD")
        #expect(sent.serialized == "true_6281234567890@c.us_3EB0ABCD")
        #expect(MessageReference(parsing: sent.serialized) == sent)
        let inGroup = MessageReference(
            isFromMe: false, chat: "120363@g.us", id: "3A5F", participant: "628111111111@c.us")
        #expect(inGroup.serialized == "false_120363@g.us_3A5F_628111111111@c.us")
        #expect(MessageReference(parsing: inGroup.serialized) == inGroup)
    }

    @Test("A bare id says nothing of its chat")
    func acceptsBareIDs() throws {
        let bare = try #require(MessageReference(parsing: "3EB0ABCD"))
        #expect(bare.id == "3EB0ABCD")
        #expect(bare.chat == nil)
        #expect(bare.isFromMe == nil)
        #expect(bare.serialized == "3EB0ABCD")
    }

    @Test(
        "What cannot be an id is refused",
        arguments: ["", "3EB0 AB", "true_1@c.us_", String(repeating: "A", count: 201)])
    func refuses(text: String) {
        #expect(MessageReference(parsing: text) == nil)
    }

    @Test("A fresh id has WhatsApp Web's shape and never repeats")
    func makesIDs() {
        var generator = SystemRandomNumberGenerator()
        let ids = (0..<1_000).map { _ in MessageReference.makeID(using: &generator) }
        for id in ids {
            #expect(id.count == 22)
            #expect(id.hasPrefix("3EB0"))
            #expect(id.allSatisfy { "0123456789ABCDEF".contains($0) })
        }
        #expect(Set(ids).count == ids.count)
    }

    @Test("A row id is a UUID that carries time and number", arguments: [0, 1, 1 << 40, 1 << 60, -1, -(1 << 60)])
    func rowIDRoundTrips(sequence: Int64) throws {
        let id = MessageRowID(createdAtMilliseconds: 1_782_372_060_123, sequence: sequence)
        #expect(id.text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(MessageRowID(id.text) == id)
        #expect(MessageRowID(id.text.uppercased()) == id)
    }

    @Test(
        "Other UUIDs are no row ids",
        arguments: ["", "b0a7a3b8-6d3e-4a0d-a6fe-0c2b9d5a9f11", "0190d1c2-1234-8000-0000-000000000001", "x"])
    func refusesOtherUUIDs(text: String) {
        #expect(MessageRowID(text) == nil)
    }
}
